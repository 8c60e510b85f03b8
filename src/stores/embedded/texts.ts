import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SupervisionError } from '../../core/model/errors.ts';
import type { Ids, Texts } from '../../core/model/ports.ts';
import { createRandomIds } from '../system/ids.ts';
import { nodeFileSystem, writeAll } from './file-system.ts';
import { makePrivateFolder } from './private-folder.ts';

/**
 * One file a text, under its hash: whoever may read the folder reads them without us, and checks them by their names.
 * Nothing here keeps the event loop busy: hashing and syncing are done by other threads.
 */
export async function openTexts(dir: string, ids: Ids = createRandomIds()): Promise<Texts> {
  await makePrivateFolder(dir);
  return {
    put: (text) => putText(dir, text, ids),
    get: (sha256) => readText(dir, sha256),
  };
}

/** The text of that name in the folder; undefined if it is not there. Throws AUDIT_BROKEN if it was changed. */
export async function readText(dir: string, sha256: string): Promise<string | undefined> {
  if (!isSha256(sha256)) return undefined;
  const bytes = await readFile(join(dir, sha256)).catch(orMissing);
  if (bytes === undefined) return undefined;
  if ((await hashOf(bytes)) === sha256) return bytes.toString('utf8');
  throw new SupervisionError(
    'AUDIT_BROKEN',
    `\`${join(dir, sha256)}\` was changed: its contents are not what its name says; restore it from a copy`,
  );
}

async function putText(dir: string, text: string, ids: Ids): Promise<string> {
  const bytes = Buffer.from(text, 'utf8');
  const sha256 = await hashOf(bytes);
  const path = join(dir, sha256);
  const known = await stat(path).catch(orMissing);
  if (known?.size === bytes.length && (await isSame(dir, sha256))) return sha256;
  const fresh = `${path}.${ids.id()}.new`;
  try {
    await writeDurably(fresh, bytes);
    await rename(fresh, path);
    await nodeFileSystem.syncDir(dir);
  } catch (cause) {
    await rm(fresh, { force: true });
    const message = `\`${dir}\` cannot be written; free or repair the disk`;
    throw new SupervisionError('DIR_UNUSABLE', message, { cause });
  }
  return sha256;
}

/** What was changed by hand is written anew, from what we know to be right. */
async function isSame(dir: string, sha256: string): Promise<boolean> {
  return (await readText(dir, sha256).catch(() => undefined)) !== undefined;
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await nodeFileSystem.open(path, 'create');
  try {
    await writeAll(file, bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Buffer.from(digest).toString('hex');
}

function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function orMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
