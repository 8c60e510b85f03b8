import { join } from 'node:path';
import { genesis } from '../../core/audit/chain.ts';
import { parseSegmentName, segmentHeader, segmentName } from '../../core/audit/segment-format.ts';
import type { Clock, Linked } from '../../core/model/ports.ts';
import { brokenAt } from './broken.ts';
import { copyAside } from './copy-aside.ts';
import { writeAll } from './file-system.ts';
import type { FileSystem, OpenFile } from './file-system.ts';
import { readLastEntry, scanSegment } from './scan-segment.ts';

/** What was cut off a segment. */
export interface TornTail {
  readonly file: string;
  /** Where it began (bytes). */
  readonly offset: number;
  readonly bytes: number;
  /** The file in the same folder that holds it now; without one, nothing of it had been acknowledged. */
  readonly saved?: string;
}

export interface SegmentOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly files: FileSystem;
  /** A segment at least this long (bytes) is sealed before the next write. */
  readonly segmentBytes: number;
}

/** The segment that is written to. */
interface Active {
  readonly name: string;
  readonly file: OpenFile;
  /** How much of it is durable (bytes). */
  size: number;
}

/** The files of a log. One writer; after a failed write only `recover` may follow. */
export interface Segments {
  /** The last durable entry. */
  readonly head: () => Linked;
  /** Writes lines and syncs them; `last` is the entry of the last one. */
  write(text: string, last: Linked): Promise<void>;
  /** Cuts what is not durable, writes `text` (lines that end with `last`) in its place; says what was cut. */
  recover(text: string, last: Linked): Promise<TornTail | undefined>;
  close(): Promise<void>;
}

/** Opens the newest segment, cutting a torn end; creates the first one in an empty folder. */
export async function openSegments(
  options: SegmentOptions,
): Promise<{ readonly segments: Segments; readonly torn: TornTail | undefined }> {
  await options.files.makeDir(options.dir);
  const { head, active, torn } = await openNewest(options);
  return { segments: createSegments(options, active, head), torn };
}

function createSegments(options: SegmentOptions, opened: Active, last: Linked): Segments {
  const { dir, files, segmentBytes } = options;
  let active = opened;
  let head = last;

  async function rotate(): Promise<void> {
    const full = active;
    active = await createSegment(options, head);
    await full.file.close();
    await files.makeReadOnly(join(dir, full.name));
  }

  async function put(text: string, last: Linked): Promise<void> {
    const bytes = Buffer.from(text);
    await writeAll(active.file, bytes, active.size);
    await active.file.sync();
    active.size += bytes.length;
    head = last;
  }

  return {
    head: () => head,
    async write(text, last) {
      const isEmpty = parseSegmentName(active.name) === head.seq + 1;
      if (active.size >= segmentBytes && !isEmpty) await rotate();
      await put(text, last);
    },
    async recover(text, last) {
      await active.file.close().catch(() => {}); // a handle whose sync failed may not even close
      for (const name of await listSegments(options)) {
        // a rotation failed half-way: it holds no entry yet
        if (name > active.name) await files.remove(join(dir, name));
      }
      active = { ...active, file: await files.open(join(dir, active.name), 'update') };
      // no copy: nothing of it was acknowledged, and the disk may be full
      const torn = await cut(options, active, { keepCopy: false });
      if (text !== '') await put(text, last);
      return torn;
    },
    close: () => active.file.close(),
  };
}

async function listSegments({ files, dir }: SegmentOptions): Promise<readonly string[]> {
  return (await files.list(dir)).filter((name) => parseSegmentName(name) !== undefined);
}

interface Opened {
  readonly head: Linked;
  readonly active: Active;
  readonly torn: TornTail | undefined;
}

async function openNewest(options: SegmentOptions): Promise<Opened> {
  const names = [...(await listSegments(options))];
  let torn: TornTail | undefined;
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    const file = await options.files.open(join(options.dir, name), 'update');
    const opened = await openSegment(options, { name, file, previous: names.at(-1) }).catch(
      async (error: unknown) => {
        await file.close();
        throw error;
      },
    );
    torn = opened.torn ?? torn;
    if (opened.head !== undefined) return { ...opened, head: opened.head, torn };
    // a rotation crashed before the header was written: the segment before it is the newest
    await file.close();
    await options.files.remove(join(options.dir, name));
  }
  return { head: genesis, active: await createSegment(options, genesis), torn };
}

async function openSegment(
  options: SegmentOptions,
  { name, file, previous }: { name: string; file: OpenFile; previous: string | undefined },
): Promise<Omit<Opened, 'head'> & { readonly head: Linked | undefined }> {
  const { before, head, goodBytes } = await scanSegment(file, join(options.dir, name));
  if (before !== undefined) await checkSeam(options, { name, before, previous });
  const active: Active = { name, file, size: goodBytes };
  return { head, active, torn: await cut(options, active, { keepCopy: true }) };
}

async function createSegment(options: SegmentOptions, before: Linked): Promise<Active> {
  const { dir, files } = options;
  const name = segmentName(before.seq + 1);
  const file = await files.open(join(dir, name), 'create');
  try {
    const header = Buffer.from(segmentHeader(before));
    await writeAll(file, header, 0);
    await file.sync();
    await files.syncDir(dir);
    return { name, file, size: header.length };
  } catch (error) {
    await file.close().catch(() => {}); // the first error is the one to tell
    throw error;
  }
}

/** Cuts what stands after the good part and syncs what is left, since the process that wrote it may not have. */
async function cut(
  options: SegmentOptions,
  { name, file, size }: Active,
  { keepCopy }: { readonly keepCopy: boolean },
): Promise<TornTail | undefined> {
  const end = await file.size();
  if (end < size)
    throw brokenAt(join(options.dir, name), end, 'the file is shorter than what was synced');
  const torn = end === size ? undefined : { file: name, offset: size, bytes: end - size };
  const saved =
    torn && keepCopy ? await copyAside({ ...options, file, from: size, end }) : undefined;
  if (torn !== undefined) await file.truncate(size);
  await file.sync();
  await options.files.syncDir(options.dir);
  return torn && { ...torn, ...(saved === undefined ? {} : { saved }) };
}

/** The newest segment must continue the one before it, and its name must say where it begins. */
async function checkSeam(
  { dir, files }: SegmentOptions,
  seam: { readonly name: string; readonly before: Linked; readonly previous: string | undefined },
): Promise<void> {
  const { name, before, previous } = seam;
  if (parseSegmentName(name) !== before.seq + 1) {
    throw brokenAt(join(dir, name), 0, 'the header is not that of a file of this name');
  }
  if (previous === undefined) {
    if (before.seq === 0 && before.leaf !== genesis.leaf)
      throw brokenAt(join(dir, name), 0, 'the first entry has one before it');
    if (before.seq > 0) throw brokenAt(join(dir, name), 0, 'the segments before it are gone');
    return;
  }
  const last = await readLastEntry(files, join(dir, previous));
  if (last.seq === before.seq && last.leaf === before.leaf) return;
  throw brokenAt(join(dir, name), 0, `it does not begin where \`${previous}\` ends`);
}
