import type { Linked } from '../model/ports.ts';
import { leafHash } from './chain.ts';

// A segment: one header line, then one framed line an entry. Lines that begin with `#` are the segment's
// own (the header now, a signed footer later) and no part of the chain.
const frameDigits = 16;
const headerForm = /^# ringfence-log\/1 first=(\d{1,16}) prev=([0-9a-f]{64})$/u;

/** The line of an entry as it stands in a segment: the head of its leaf checks the line, the chain checks the order. */
export function frameLine(leaf: string, line: string): string {
  return `${leaf.slice(0, frameDigits)} ${line}\n`;
}

/** The line and its leaf; undefined if the frame does not fit the line. Takes the text without its line feed. */
export function openFrame(framed: string): { leaf: string; line: string } | undefined {
  if (framed.charCodeAt(frameDigits) !== 0x20) return undefined;
  const line = framed.slice(frameDigits + 1);
  const leaf = leafHash(line);
  return framed.startsWith(leaf.slice(0, frameDigits)) ? { leaf, line } : undefined;
}

/** The first line of a segment that continues after `previous`. */
export function segmentHeader(previous: Linked): string {
  return `# ringfence-log/1 first=${previous.seq + 1} prev=${previous.leaf}\n`;
}

/** What stands before the segment, from its first line (without line feed); undefined if it is no header. */
export function parseSegmentHeader(line: string): Linked | undefined {
  const [, first, leaf] = headerForm.exec(line) ?? [];
  if (first === undefined || leaf === undefined) return undefined;
  const seq = Number(first) - 1;
  return Number.isSafeInteger(seq) && seq >= 0 ? { seq, leaf } : undefined;
}

/** The file name of the segment whose first entry has this number; names sort as numbers do. */
export function segmentName(firstSeq: number): string {
  return `${String(firstSeq).padStart(20, '0')}.seg`;
}

/** The number in a segment's file name; undefined for other files. */
export function parseSegmentName(name: string): number | undefined {
  const digits = /^(\d{20})\.seg$/u.exec(name)?.[1];
  const first = Number(digits);
  return Number.isSafeInteger(first) && first >= 1 ? first : undefined;
}
