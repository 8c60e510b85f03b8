import type { Linked, LogEntry } from '../model/ports.ts';
import { genesis, isCanonicalLine, parseLine } from './chain.ts';
import type { Placed } from './chain.ts';
import { createOpenCalls } from './open-calls.ts';
import type { OpenCall } from './open-calls.ts';
import { openFrame, parseSegmentHeader } from './segment-format.ts';
import { createSessionRoots } from './session-roots.ts';

/** A segment as it lies there; `name` is only for the findings. */
export interface RawSegment {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export type Problem =
  | 'header' // a segment does not begin with a header, or does not continue the one before
  | 'torn' // the last line of a segment has no end
  | 'frame' // a line is not what was written
  | 'canonical' // a line is no entry in canonical JSON
  | 'sequence' // entries are missing, doubled or out of order
  | 'link' // an entry does not continue the one before it
  | 'root' // a session's root is not that of its entries
  | 'lifecycle'; // a call ends without having begun, or twice

/** What is wrong, and where: the byte offset of the line in its segment. */
export interface Finding {
  readonly problem: Problem;
  readonly segment: string;
  readonly offset: number;
  readonly seq?: number;
  readonly message: string;
}

export interface Verified {
  /** The first 1,000, in the order of the log. */
  readonly findings: readonly Finding[];
  /** How many there were in all. */
  readonly found: number;
  /** How many lines hold a readable entry. */
  readonly entries: number;
  readonly head: Linked;
  /** Calls allowed and not ended: at rest none, while calls run those. */
  readonly open: readonly OpenCall[];
}

const maxFindings = 1_000;

/**
 * Verifies a whole log from its segments, oldest first. Never throws on what it reads: whatever is wrong is a finding.
 * A chain without signatures cannot show a tail that was cut off, nor a log rewritten from some entry to its end.
 */
export async function verifyLog(
  segments: AsyncIterable<RawSegment> | Iterable<RawSegment>,
): Promise<Verified> {
  const verifier = createVerifier();
  for await (const segment of segments) verifier.take(segment);
  return verifier.result();
}

function createVerifier() {
  const findings: Finding[] = [];
  const calls = createOpenCalls();
  const roots = createSessionRoots();
  let found = 0;
  let entries = 0;
  let head: Linked = genesis;
  let seenThrough = true; // the line before was readable, so that the next must continue it

  function report(finding: Finding): void {
    found += 1;
    if (findings.length < maxFindings) findings.push(finding);
  }

  function takeHeader(name: string, line: string): void {
    const before = parseSegmentHeader(line);
    const at = { segment: name, offset: 0 };
    if (before === undefined) {
      seenThrough = false;
      report({ problem: 'header', ...at, message: 'the segment does not begin with a header' });
    } else if (seenThrough && (before.seq !== head.seq || before.leaf !== head.leaf)) {
      const message = `the segment begins after entry ${before.seq}, but what was read ends with another entry ${head.seq}`;
      report({ problem: 'header', ...at, message });
      if (before.seq > head.seq) head = before;
    }
  }

  function takeLine(segment: string, offset: number, framed: string): void {
    const opened = openFrame(framed);
    if (opened === undefined) {
      seenThrough = false;
      const message = `the line after entry ${head.seq} is not what was written`;
      report({ problem: 'frame', segment, offset, message });
      return;
    }
    const placed = parseLine(opened.line, opened.leaf);
    if (placed === undefined || !isCanonicalLine(opened.line)) {
      seenThrough = false;
      const message = `the line after entry ${head.seq} is no entry in canonical JSON`;
      report({ problem: 'canonical', segment, offset, message });
      return;
    }
    takeEntry(segment, offset, placed);
  }

  function takeEntry(segment: string, offset: number, { entry, prev }: Placed): void {
    const at = { segment, offset, seq: entry.seq };
    const place = checkPlace(entry, prev);
    if (place !== undefined) report({ ...place, ...at });
    for (const message of roots.apply(entry)) report({ problem: 'root', ...at, message });
    const life = calls.apply(entry.body);
    if (life !== undefined) report({ problem: 'lifecycle', ...at, message: `the call ${life}` });
    entries += 1;
    head = { seq: entry.seq, leaf: entry.leaf };
    seenThrough = true;
  }

  function checkPlace(
    entry: LogEntry,
    prev: string,
  ): { problem: Problem; message: string } | undefined {
    const { seq } = entry;
    if (seq <= head.seq) {
      return { problem: 'sequence', message: `entry ${seq} stands after entry ${head.seq}` };
    }
    if (!seenThrough) return undefined; // the damage before it is reported already
    if (seq > head.seq + 1) {
      return {
        problem: 'sequence',
        message: `entries ${head.seq + 1} to ${seq - 1} are missing`,
      };
    }
    if (prev === head.leaf) return undefined;
    return { problem: 'link', message: `entry ${seq} does not continue entry ${head.seq}` };
  }

  function take({ name, bytes }: RawSegment): void {
    let isFirst = true;
    for (const { offset, text, isWhole } of linesOf(bytes)) {
      if (isFirst && isWhole) takeHeader(name, text);
      else if (isWhole) takeLine(name, offset, text);
      else {
        seenThrough = false;
        const message = `the line after entry ${head.seq} has no end`;
        report({ problem: 'torn', segment: name, offset, message });
      }
      isFirst = false;
    }
    if (isFirst)
      report({ problem: 'header', segment: name, offset: 0, message: 'the segment is empty' });
  }

  return {
    take,
    result: (): Verified => ({ findings, found, entries, head, open: calls.open() }),
  };
}

function* linesOf(
  bytes: Uint8Array,
): Generator<{ offset: number; text: string; isWhole: boolean }> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset < buffer.length) {
    const end = buffer.indexOf(0x0a, offset);
    const stop = end === -1 ? buffer.length : end;
    yield { offset, text: buffer.toString('utf8', offset, stop), isWhole: end !== -1 };
    offset = stop + 1;
  }
}
