import { constants, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { SupervisionError, type ErrorCode } from '../core/model/errors.ts';
import { checkPermissions } from './check-permissions.ts';

export interface ReadOptions {
  /** Bytes. */
  readonly maxBytes: number;
  /** The code for what cannot be read, is no file, is too large or is not UTF-8. */
  readonly invalid: ErrorCode;
  /** The code for what others can write. */
  readonly unsafe: ErrorCode;
}

/** How often a file that is being written is read again before it counts as unreadable. */
const attempts = 5;

/**
 * The text of a file that nobody else can write, as it stood at one moment: permissions, size and contents are of
 * the same open file, which did not change meanwhile. A byte order mark is kept, for the parser to refuse.
 */
export async function readSteady(path: string, options: ReadOptions): Promise<string> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const text = await readOnce(path, options);
    if (text !== undefined) return text;
  }
  throw new SupervisionError(
    options.invalid,
    `file \`${path}\` keeps changing while it is read; write it beside and rename it into place`,
  );
}

/** Undefined if it changed meanwhile. */
async function readOnce(path: string, options: ReadOptions): Promise<string | undefined> {
  const handle = await openFile(path, options.invalid);
  try {
    const before = await handle.stat({ bigint: true });
    if (!before.isFile()) throw notAFile(path, options.invalid);
    await checkPermissions(path, before, options.unsafe);
    if (before.size > options.maxBytes) throw tooLarge(path, options);
    const bytes = await readBytes(handle, Number(before.size));
    const after = await handle.stat({ bigint: true });
    return isSameState(before, after) ? decode(path, bytes, options.invalid) : undefined;
  } finally {
    await handle.close();
  }
}

/** Whether a file or folder is still the same and unchanged. */
export function isSameState(one: BigIntStats, other: BigIntStats): boolean {
  return (
    one.dev === other.dev &&
    one.ino === other.ino &&
    one.size === other.size &&
    one.mtimeNs === other.mtimeNs &&
    one.ctimeNs === other.ctimeNs
  );
}

async function openFile(path: string, code: ErrorCode): Promise<FileHandle> {
  try {
    // not blocking: a named pipe in the folder would hold us forever
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw unreadable('file', path, code, error);
  }
}

async function readBytes(handle: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function decode(path: string, bytes: Uint8Array, code: ErrorCode): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    const { line, column } = firstBroken(bytes);
    const message = `file \`${path}\` is not UTF-8 at line ${line}, column ${column}; save it as UTF-8`;
    throw new SupervisionError(code, message, { cause: error });
  }
}

/** Behind the longest beginning that is UTF-8; line and column from 1, as editors count. */
function firstBroken(bytes: Uint8Array): { readonly line: number; readonly column: number } {
  let [sound, broken] = [0, bytes.length + 1];
  while (broken - sound > 1) {
    const middle = (sound + broken) >>> 1;
    if (beginningOf(bytes, middle) === undefined) broken = middle;
    else sound = middle;
  }
  const lines = (beginningOf(bytes, sound) ?? '').split(/\r\n|\n|\r/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** A character that is cut off is left out; undefined where there is one that is wrong. */
function beginningOf(bytes: Uint8Array, length: number): string | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes.subarray(0, length), { stream: true });
  } catch {
    return undefined;
  }
}

/** Says of a file or folder that it is missing or cannot be read, and what to do. */
export function unreadable(
  what: 'file' | 'folder' | 'file or folder',
  path: string,
  code: ErrorCode,
  cause: unknown,
): SupervisionError {
  const system = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no code';
  return new SupervisionError(code, describe(what, path, system), { cause });
}

function describe(what: string, path: string, system: string): string {
  if (system === 'ENOENT')
    return `${what} \`${path}\` does not exist; create it or correct the path`;
  if (system === 'ENOTDIR' && what === 'folder') {
    return `\`${path}\` is a file, or below one, and no folder; name a folder`;
  }
  if (system === 'ENOTDIR') return `${what} \`${path}\` would stand below a file; correct the path`;
  return `${what} \`${path}\` cannot be read (${system}); give this user the right to read it`;
}

function notAFile(path: string, code: ErrorCode): SupervisionError {
  return new SupervisionError(
    code,
    `\`${path}\` is not a regular file; rename it or move it elsewhere`,
  );
}

function tooLarge(path: string, { invalid, maxBytes }: ReadOptions): SupervisionError {
  return new SupervisionError(
    invalid,
    `file \`${path}\` takes the size beyond ${maxBytes} bytes; split it or leave something out`,
  );
}
