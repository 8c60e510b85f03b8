import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach } from 'vitest';
import type { CliIo } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Around {
  readonly cwd?: string;
  readonly env?: CliIo['env'];
  /** What somebody types. */
  readonly stdin?: string;
  /** All three streams are terminals. */
  readonly isTty?: boolean;
  readonly nodeVersion?: string;
  readonly signal?: AbortSignal;
  /** Hears every write to the answers. */
  readonly onOut?: (text: string) => void;
}

/** Runs a command line in this process. */
export async function cli(argv: readonly string[], around: Around = {}): Promise<Ran> {
  const { cwd = tmpdir(), env = {}, stdin = '', isTty = false, signal, onOut } = around;
  const { nodeVersion = process.versions.node } = around;
  const [stdout, out] = collector(onOut);
  const [stderr, err] = collector();
  const code = await run(argv, {
    stdout,
    stderr,
    stdin: Readable.from([stdin]),
    env,
    cwd,
    nodeVersion,
    isTty: { stdin: isTty, stdout: isTty, stderr: isTty },
    ...(signal === undefined ? {} : { signal }),
  });
  return { code, out: out(), err: err() };
}

function collector(onText?: (text: string) => void): [Writable, () => string] {
  let text = '';
  const write = (chunk: Buffer, _: string, done: () => void): void => {
    text += chunk.toString('utf8');
    onText?.(chunk.toString('utf8'));
    done();
  };
  return [new Writable({ write }), () => text];
}

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** A folder of its own for one test, with these files; JSON for what is no text. */
export async function folderWith(files: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ringfence-cli-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    await chmod(path, 0o600);
  }
  return folder;
}
