import { join } from 'node:path';
import { SupervisionError } from '../../core/model/errors.ts';
import type { Clock, Log, Records, Texts, Vault } from '../../core/model/ports.ts';
import { nodeFileSystem } from './file-system.ts';
import type { FileSystem } from './file-system.ts';
import { openLog } from './log.ts';
import { takeFolder } from './owner-lock.ts';
import { makePrivateFolder } from './private-folder.ts';
import { openRecords } from './records.ts';
import { openTexts } from './texts.ts';
import { openVault } from './vault.ts';

export interface FolderOptions {
  /** The data folder; created if it is not there. */
  readonly dir: string;
  readonly clock: Clock;
  /** Default: the one of Node. */
  readonly files?: FileSystem;
  /** When a file of the log or of the vault is full (bytes; default 64 MiB). */
  readonly segmentBytes?: number;
  /** How long what nobody waits for may stay unsynced (default 50 milliseconds). */
  readonly lingerMs?: number;
}

/** The durable state of one hypervisor, in one folder that this process owns until `close`. */
export interface Folder {
  readonly log: Log;
  readonly vault: Vault;
  readonly records: Records;
  /** Of rule files, for their history. */
  readonly texts: Texts;
  /** Flushes and closes all of them, and gives up the folder. */
  close(): Promise<void>;
}

/** Where the texts lie in a data folder. */
export const textsFolder = 'rule-texts';

/**
 * Opens a data folder: `log/`, `vault/`, `rule-texts/`, `records.db`, `owner.json`.
 * Throws DIR_UNUSABLE, DIR_OWNED (another owner, named by its pid) or AUDIT_BROKEN.
 */
export async function openFolder(options: FolderOptions): Promise<Folder> {
  const { dir, clock, files = nodeFileSystem, segmentBytes, lingerMs } = options;
  await makePrivateFolder(dir);
  const opened: { close(): Promise<void> }[] = [];
  const close = () => closeAll(opened);
  try {
    const records = openRecords(await takeFolder(dir, clock.nowMs()));
    opened.push(records);
    const shared = { clock, files, ...(lingerMs === undefined ? {} : { lingerMs }) };
    const size = segmentBytes === undefined ? {} : { segmentBytes, fileBytes: segmentBytes };
    const vault = await openVault({ ...shared, ...size, dir: join(dir, 'vault') });
    opened.push(vault);
    const log = await openLog({ ...shared, ...size, dir: join(dir, 'log'), before: vault.flush });
    opened.push(log);
    const texts = await openTexts(join(dir, textsFolder));
    return { log, vault, records, texts, close };
  } catch (error) {
    await close().catch(() => {}); // the first error is the one to tell
    throw error instanceof SupervisionError ? error : unusable(dir, error);
  }
}

function unusable(dir: string, cause: unknown): SupervisionError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an unknown error';
  const message = `\`${dir}\` cannot be opened (${code}); check its rights and that the disk has room`;
  return new SupervisionError('DIR_UNUSABLE', message, { cause });
}

/** The last opened first: the lock is given up when all else is written. */
async function closeAll(opened: { close(): Promise<void> }[]): Promise<void> {
  const errors: unknown[] = [];
  for (let part = opened.pop(); part !== undefined; part = opened.pop()) {
    await part.close().catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}
