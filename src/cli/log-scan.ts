import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openFrame, parseSegmentName } from '../core/audit/segment-format.ts';
import { isJsonObject, type Json } from '../core/model/json.ts';
import type { EntryBody } from '../core/model/ports.ts';
import { listSegments } from './log-folder.ts';
import { readLines, type Line } from './trace-lines.ts';

/** Something in a log that is not as it was written. */
export interface LogDamage {
  readonly segment: string;
  /** From 1. */
  readonly line: number;
  readonly problem: string;
}

/** Entries in their order, some hundred at a time, and how much of the log has been read. */
export interface ScannedEntries {
  /** Parsed as they are asked for, once. */
  readonly entries: Iterable<EntryBody>;
  /** Bytes so far, of all segments. */
  readonly bytes: number;
}

export interface LogScanOptions {
  readonly onDamage: (damage: LogDamage) => void;
  /** Ends of calls are checked and counted, but not given: for whoever looks at decisions alone. */
  readonly skipsEnds: boolean;
}

export interface LogScan {
  /** How much there is to read. */
  readonly bytes: number;
  read(): AsyncGenerator<ScannedEntries>;
}

/**
 * Streams a log folder beside its owner, without a lock, up to where it ends now. Damaged lines and missing entries
 * are told and passed over; a last line that is just being written is no damage. The chain is not verified.
 */
export async function openLogScan(dir: string, options: LogScanOptions): Promise<LogScan> {
  const segments: { readonly name: string; readonly bytes: number }[] = [];
  for (const name of await listSegments(dir)) {
    segments.push({ name, bytes: (await stat(join(dir, name))).size });
  }
  async function* read(): AsyncGenerator<ScannedEntries> {
    let before = 0;
    const order = createOrder(parseSegmentName(segments[0]?.name ?? '') ?? 1, options.onDamage);
    for (const { name, bytes } of segments) {
      order.begin(name);
      if (bytes === 0) continue;
      for await (const batch of readLines(join(dir, name), maxLineBytes, bytes)) {
        const entries = readEntries(batch.lines, { order, skipsEnds: options.skipsEnds });
        yield { entries, bytes: before + batch.bytes };
      }
      before += bytes;
    }
  }
  return { bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0), read };
}

/** Longer ones are told as damage. */
const maxLineBytes = 64 * 1_048_576;

type Order = ReturnType<typeof createOrder>;

/** Says what is damaged and what is missing. */
function createOrder(first: number, onDamage: (damage: LogDamage) => void) {
  let segment = '';
  let next = first;
  let torn: LogDamage | undefined; // told once another line follows: the very last one may be half-written
  const tellTorn = (): void => {
    if (torn !== undefined) onDamage(torn);
    torn = undefined;
  };
  return {
    begin(name: string): void {
      tellTorn();
      segment = name;
    },
    take(seq: number, line: number): void {
      tellTorn();
      if (seq !== next) {
        onDamage({ segment, line, problem: `entries ${next} to ${seq - 1} are missing` });
      }
      next = seq + 1;
    },
    damaged(line: number): void {
      tellTorn();
      torn = { segment, line, problem: 'the line is not what was written' };
      next += 1;
    },
  };
}

function* readEntries(
  lines: readonly Line[],
  { order, skipsEnds }: { readonly order: Order; readonly skipsEnds: boolean },
): Generator<EntryBody> {
  for (const line of lines) {
    const framed = 'text' in line ? line.text : '';
    if (framed.startsWith('#')) continue;
    const opened = openFrame(framed);
    const end = skipsEnds && opened !== undefined ? seqOfEnd(opened.line) : undefined;
    if (end !== undefined) {
      order.take(end, line.number);
      continue;
    }
    const entry = opened === undefined ? undefined : parseEntry(opened.line);
    if (entry === undefined) {
      order.damaged(line.number);
      continue;
    }
    order.take(entry.seq, line.number);
    yield entry;
  }
}

/** The entry with its place left in it, which costs half of what taking it out would. */
function parseEntry(line: string): (EntryBody & { readonly seq: number }) | undefined {
  const value: Json = JSON.parse(line); // the frame fits, so it is what was written
  if (!isJsonObject(value)) return undefined;
  return isEntry(value) ? value : undefined;
}

function isEntry(value: { readonly [key: string]: Json }): value is EntryBody & { seq: number } {
  const { seq, type, time } = value;
  return Number.isSafeInteger(seq) && typeof type === 'string' && typeof time === 'number';
}

// canonical JSON: the keys of an entry stand in order, and no text can hold a bare quote
const endForm = /"type":"call\.finished"(?:,"vault":"[^"\\]*")?\}$/u;
const seqForm = /,"seq":(\d{1,16}),"session":/u;

/** The number of an entry `call.finished`, without parsing it; undefined for any other. */
function seqOfEnd(line: string): number | undefined {
  if (!endForm.test(line.slice(-100))) return undefined;
  const seq = Number(seqForm.exec(line)?.[1]);
  return Number.isSafeInteger(seq) ? seq : undefined;
}
