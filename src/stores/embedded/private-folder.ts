import { mkdir, stat } from 'node:fs/promises';
import { SupervisionError } from '../../core/model/errors.ts';

/** Creates the folder for its owner alone (0700), or refuses one that somebody else can write to. */
export async function makePrivateFolder(dir: string): Promise<void> {
  const made = await mkdir(dir, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    const message = `\`${dir}\` cannot be created; check the path and its rights`;
    throw new SupervisionError('DIR_UNUSABLE', message, { cause });
  });
  if (made !== undefined || process.platform === 'win32') return; // Windows has no mode bits to look at
  const { mode, uid, gid } = await stat(dir);
  const problem = findForeignWriter({ mode, uid, gid });
  if (problem === undefined) return;
  throw new SupervisionError(
    'DIR_UNUSABLE',
    `\`${dir}\` ${problem}; make it yours alone (\`chmod 700\`, \`chown\`) or use another folder`,
  );
}

function findForeignWriter(folder: { mode: number; uid: number; gid: number }): string | undefined {
  const { mode, uid, gid } = folder;
  if ((mode & 0o002) !== 0) return 'can be written by everybody';
  if ((mode & 0o020) !== 0 && gid !== process.getgid?.()) return 'can be written by another group';
  if (uid !== process.getuid?.() && uid !== 0) return 'belongs to another user';
  return undefined;
}
