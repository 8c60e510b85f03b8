import { join } from 'node:path';
import { openFrame } from '../../core/audit/segment-format.ts';
import type { Sealed } from '../../core/model/ports.ts';
import { brokenAt } from './broken.ts';
import { writeAll } from './file-system.ts';
import type { FileSystem, OpenFile } from './file-system.ts';
import { readLines } from './lines.ts';
import type { FileLine } from './lines.ts';
import { parseSealed } from './sealed-record.ts';

// The files of a vault are one long text, cut in pieces: each is named by the number of bytes before it. So one
// number says where a record stands. Records are framed lines; an erased one is a line of spaces.

/** Where a record stands: bytes from the beginning of the first file. */
export type VaultPosition = number;

export interface VaultFiles {
  /** Appends lines and syncs them; says where the first one stands. */
  write(text: string): Promise<VaultPosition>;
  /** The record at a position; undefined if it was erased. */
  readAt(position: VaultPosition): Promise<Sealed | undefined>;
  /** Looks through all files, newest first. */
  find(id: string): Promise<VaultPosition | undefined>;
  /** Overwrites the record with spaces and syncs. */
  eraseAt(position: VaultPosition): Promise<void>;
  /** After a failed write: cuts what is not durable, appends `text`; says where it stands. */
  recover(text: string): Promise<VaultPosition>;
  /** The records of the newest file, oldest first. */
  newest(): AsyncGenerator<{ readonly id: string; readonly position: VaultPosition }>;
  close(): Promise<void>;
}

export interface VaultFilesOptions {
  readonly dir: string;
  readonly files: FileSystem;
  /** A file at least this long (bytes) is full. */
  readonly fileBytes: number;
}

const nameForm = /^(\d{20})\.vlt$/u;
const nameOf = (start: number): string => `${String(start).padStart(20, '0')}.vlt`;

/** The file that is written to. */
interface Active {
  readonly start: number;
  readonly file: OpenFile;
  /** How much of it is durable (bytes). */
  size: number;
}

/** Opens the newest file of the vault, cutting a torn end: no line of the log commits to it. */
export async function openVaultFiles(options: VaultFilesOptions): Promise<VaultFiles> {
  const { dir, files } = options;
  await files.makeDir(dir);
  const starts = await listStarts(options);
  const newest = starts.at(-1);
  if (newest !== undefined) {
    const file = await files.open(join(dir, nameOf(newest)), 'update');
    return createVaultFiles(options, starts, { start: newest, file, size: await cutTorn(file) });
  }
  return createVaultFiles(options, [0], await createFile(options, 0));
}

function createVaultFiles(
  options: VaultFilesOptions,
  starts: number[],
  opened: Active,
): VaultFiles {
  const { dir, files, fileBytes } = options;
  let active = opened;

  async function write(text: string): Promise<VaultPosition> {
    if (active.size >= fileBytes) await rotate();
    const bytes = Buffer.from(text);
    await writeAll(active.file, bytes, active.size);
    await active.file.sync();
    const position = active.start + active.size;
    active.size += bytes.length;
    return position;
  }

  async function rotate(): Promise<void> {
    const full = active;
    active = await createFile(options, full.start + full.size);
    starts.push(active.start);
    await full.file.close();
  }

  /** Runs `use` with the file that holds the position. Files are opened as needed: there may be thousands. */
  async function withFile<R>(
    position: VaultPosition,
    mode: 'read' | 'update',
    use: (file: OpenFile, at: { path: string; offset: number }) => Promise<R>,
  ): Promise<R> {
    const start = starts.findLast((start) => start <= position) ?? 0;
    const path = join(dir, nameOf(start));
    const file = await files.open(path, mode);
    try {
      return await use(file, { path, offset: position - start });
    } finally {
      await file.close();
    }
  }

  return {
    write,
    readAt: (position) =>
      withFile(position, 'read', async (file, { path, offset }) => {
        const { bytes } = await lineAt(file, offset);
        const text = bytes.toString('utf8');
        if (text.trim() === '') return undefined;
        const sealed = parseRecord(text);
        if (sealed === undefined)
          throw brokenAt(path, offset, 'the vault record is not what was written');
        return sealed;
      }),
    async find(id) {
      for (const start of starts.toReversed()) {
        const offset = await withFile(start, 'read', (file) => findIn(file, id));
        if (offset !== undefined) return start + offset;
      }
      return undefined;
    },
    eraseAt: (position) =>
      withFile(position, 'update', async (file, { offset }) => {
        const { bytes } = await lineAt(file, offset);
        await writeAll(file, Buffer.alloc(bytes.length, ' '), offset);
        await file.sync();
      }),
    async recover(text) {
      await active.file.close().catch(() => {}); // a handle whose sync failed may not even close
      for (const start of await listStarts(options)) {
        // a rotation failed half-way: nothing in it is durable
        if (start > active.start) await files.remove(join(dir, nameOf(start)));
      }
      active = { ...active, file: await files.open(join(dir, nameOf(active.start)), 'update') };
      await active.file.truncate(active.size);
      await active.file.sync();
      return text === '' ? active.start + active.size : write(text);
    },
    async *newest() {
      const { start, file, size } = active;
      for await (const { offset, bytes } of readLines(file, 0, size)) {
        const sealed = parseRecord(bytes.toString('utf8'));
        if (sealed !== undefined) yield { id: sealed.id, position: start + offset };
      }
    },
    close: () => active.file.close(),
  };
}

async function listStarts({ files, dir }: VaultFilesOptions): Promise<number[]> {
  const names = (await files.list(dir)).map((name) => nameForm.exec(name)?.[1]);
  return names.filter((digits) => digits !== undefined).map(Number);
}

async function createFile({ files, dir }: VaultFilesOptions, start: number): Promise<Active> {
  const file = await files.open(join(dir, nameOf(start)), 'create');
  try {
    await files.syncDir(dir);
    return { start, file, size: 0 };
  } catch (error) {
    await file.close().catch(() => {}); // the first error is the one to tell
    throw error;
  }
}

/** Cuts a last line without a line feed; says how long the file is then. */
async function cutTorn(file: OpenFile): Promise<number> {
  let size = 0;
  for await (const { offset, bytes, isWhole } of readLines(file, 0)) {
    if (isWhole) size = offset + bytes.length + 1;
  }
  await file.truncate(size);
  await file.sync();
  return size;
}

async function lineAt(file: OpenFile, offset: number): Promise<FileLine> {
  for await (const line of readLines(file, offset)) return line;
  return { offset, bytes: Buffer.alloc(0), isWhole: false };
}

async function findIn(file: OpenFile, id: string): Promise<number | undefined> {
  let found: number | undefined;
  for await (const { offset, bytes } of readLines(file, 0)) {
    if (bytes.includes(id) && parseRecord(bytes.toString('utf8'))?.id === id) found = offset;
  }
  return found;
}

function parseRecord(framed: string): Sealed | undefined {
  const opened = openFrame(framed);
  return opened === undefined ? undefined : parseSealed(opened.line);
}
