import { parseLine } from '../../core/audit/chain.ts';
import { openFrame, parseSegmentHeader } from '../../core/audit/segment-format.ts';
import type { Linked } from '../../core/model/ports.ts';
import { brokenAt } from './broken.ts';
import type { FileSystem, OpenFile } from './file-system.ts';
import { readLines } from './lines.ts';
import type { FileLine } from './lines.ts';

/** What a segment holds. */
export interface Scan {
  /** What the header says stands before it; undefined if the header itself is torn. */
  readonly before: Linked | undefined;
  /** Its last good entry, or what stands before it. */
  readonly head: Linked | undefined;
  /** Where its good part ends (bytes); what comes after is a torn write. */
  readonly goodBytes: number;
}

/**
 * Walks a segment that nobody writes to. A torn end is what a crash leaves: no line feed, or sectors of zeros.
 * Anything else that is not as it was written, and any damage with good entries after it, throws AUDIT_BROKEN.
 */
export async function scanSegment(file: OpenFile, path: string): Promise<Scan> {
  let before: Linked | undefined;
  let head: Linked | undefined;
  let goodBytes = 0;
  let bad: FileLine | undefined;
  for await (const line of readLines(file, 0)) {
    const { offset, bytes, isWhole } = line;
    const framed = bytes.toString('utf8');
    const isHeader = offset === 0;
    const good = isWhole ? (isHeader ? parseSegmentHeader(framed) : openEntry(framed)) : undefined;
    if (good === undefined) {
      bad ??= line;
      if (!isTorn(line)) throw brokenAt(path, bad.offset, 'the line is not what was written');
    } else if (bad !== undefined) {
      throw brokenAt(path, bad.offset, 'a damaged line stands before good ones');
    } else {
      if (isHeader) before = good;
      else if (!continues(good, head))
        throw brokenAt(path, offset, 'the entry does not continue the one before it');
      head = { seq: good.seq, leaf: good.leaf };
      goodBytes = offset + bytes.length + 1;
    }
  }
  return { before, head, goodBytes };
}

const lastBytes = 1024 * 1024; // holds the longest line many times over

/** The last entry of a sealed segment, without reading the rest of it. */
export async function readLastEntry(files: FileSystem, path: string): Promise<Linked> {
  const file = await files.open(path, 'read');
  try {
    let last: FileLine | undefined;
    const start = Math.max(0, (await file.size()) - lastBytes);
    for await (const line of readLines(file, start)) last = line;
    const entry = last?.isWhole === true ? openEntry(last.bytes.toString('utf8')) : undefined;
    if (entry === undefined) throw brokenAt(path, last?.offset ?? 0, 'the last line is no entry');
    return entry;
  } finally {
    await file.close();
  }
}

/** An entry of a segment, and the leaf it continues. */
export interface Opened extends Linked {
  readonly prev?: string;
}

export function openEntry(framed: string): Opened | undefined {
  const opened = openFrame(framed);
  const placed = opened === undefined ? undefined : parseLine(opened.line, opened.leaf);
  return placed === undefined
    ? undefined
    : { seq: placed.entry.seq, leaf: placed.entry.leaf, prev: placed.prev };
}

function continues(entry: Opened, head: Linked | undefined): boolean {
  return head !== undefined && entry.seq === head.seq + 1 && entry.prev === head.leaf;
}

function isTorn({ bytes, isWhole }: FileLine): boolean {
  return !isWhole || bytes.includes(0);
}
