import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { SupervisionError } from '../../core/model/errors.ts';

/**
 * Takes the data folder for this process: opens `records.db` in it exclusively. SQLite's lock is of the operating
 * system and dies with the process, however that dies. A second owner, here or elsewhere, gets DIR_OWNED.
 */
export async function takeFolder(dir: string, timeMs: number): Promise<DatabaseSync> {
  const { DatabaseSync } = await import('node:sqlite'); // lazily: an import of the package loads no database
  const path = join(dir, 'records.db');
  await createPrivate(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    lock(database);
    const owner = JSON.stringify({ pid: process.pid, since: timeMs });
    await writeFile(join(dir, 'owner.json'), owner, { mode: 0o600 });
    return database;
  } catch (cause) {
    database.close();
    throw isBusy(cause) ? await owned(dir, cause) : unusable(dir, cause);
  }
}

function lock(database: DatabaseSync): void {
  database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON; BEGIN IMMEDIATE; COMMIT`);
}

/**
 * SQLite would create the database, and beside it its journal, readable by all.
 * WARNING: only when it is not there; closing any other handle of the file gives up the locks of this process on it.
 */
async function createPrivate(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

const busy: ReadonlySet<unknown> = new Set([5, 6]); // SQLITE_BUSY, SQLITE_LOCKED; the low byte of extended codes

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  return typeof error.errcode === 'number' && busy.has(error.errcode % 256);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

async function owned(dir: string, cause: unknown): Promise<SupervisionError> {
  const owner = await readFile(join(dir, 'owner.json'), 'utf8').catch(() => '');
  const pid = /"pid":(\d{1,10})/u.exec(owner)?.[1] ?? 'unknown';
  const message = `\`${dir}\` is owned by process ${pid}; stop that process, or use another folder`;
  return new SupervisionError('DIR_OWNED', message, { cause });
}

function unusable(dir: string, cause: unknown): SupervisionError {
  const message = `\`${dir}\`: \`records.db\` cannot be opened; check that it is a file of ours and that the disk has room`;
  return new SupervisionError('DIR_UNUSABLE', message, { cause });
}
