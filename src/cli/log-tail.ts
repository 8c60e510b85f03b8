import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseLine } from '../core/audit/chain.ts';
import { openFrame } from '../core/audit/segment-format.ts';
import type { LogEntry } from '../core/model/ports.ts';
import { nodeFileSystem } from '../stores/embedded/file-system.ts';
import { readLines } from '../stores/embedded/lines.ts';
import { listSegments } from './log-folder.ts';

/** One line of the log; without an entry it is not what was written. */
export interface TailLine {
  readonly segment: string;
  /** Bytes. */
  readonly offset: number;
  readonly entry: LogEntry | undefined;
}

/** Where the next line begins. */
interface Place {
  readonly segment: string;
  readonly offset: number;
}

/** Reads the last `count` lines of a log without its lock, oldest first, and where to go on. */
export async function readTail(
  dir: string,
  count: number,
): Promise<{ readonly lines: readonly TailLine[]; readonly next: Place | undefined }> {
  let lines: readonly TailLine[] = [];
  let next: Place | undefined;
  for (const segment of (await listSegments(dir)).toReversed()) {
    const read = await readFrom(dir, { segment, offset: 0 }, count);
    next ??= read.next;
    lines = [...read.lines, ...lines].slice(Math.max(0, lines.length + read.lines.length - count));
    if (lines.length >= count) break;
  }
  return { lines, next };
}

const pollMs = 200;

/** Yields what is written after `from`, for ever, or until the signal. */
export async function* followLog(
  dir: string,
  from: Place | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<TailLine> {
  let place = from;
  const isOver = (): boolean => signal?.aborted === true;
  while (!isOver()) {
    // listed before it is read: a segment that has a successor gets no more lines
    const segments = await listSegments(dir);
    place ??= startOf(segments[0]);
    if (place !== undefined) {
      const read = await readFrom(dir, place);
      yield* read.lines;
      const { segment } = place;
      const later = segments.find((name) => name > segment);
      place = later === undefined ? read.next : startOf(later);
      if (later !== undefined) continue;
    }
    await wait(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

function startOf(segment: string | undefined): Place | undefined {
  return segment === undefined ? undefined : { segment, offset: 0 };
}

async function readFrom(
  dir: string,
  { segment, offset }: Place,
  keep = Number.POSITIVE_INFINITY,
): Promise<{ readonly lines: readonly TailLine[]; readonly next: Place }> {
  const file = await nodeFileSystem.open(join(dir, segment), 'read');
  const lines: TailLine[] = [];
  let end = offset;
  try {
    for await (const line of readLines(file, offset)) {
      if (!line.isWhole) break; // it is being written
      end = line.offset + line.bytes.length + 1;
      const framed = line.bytes.toString('utf8');
      if (framed.startsWith('#')) continue;
      lines.push({ segment, offset: line.offset, entry: toEntry(framed) });
      if (lines.length > 2 * keep + 1000) lines.splice(0, lines.length - keep);
    }
  } finally {
    await file.close();
  }
  return {
    lines:
      keep === Number.POSITIVE_INFINITY
        ? lines
        : lines.slice(lines.length - Math.min(keep, lines.length)),
    next: { segment, offset: end },
  };
}

function toEntry(framed: string): LogEntry | undefined {
  const opened = openFrame(framed);
  return opened === undefined ? undefined : parseLine(opened.line, opened.leaf)?.entry;
}
