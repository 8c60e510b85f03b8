import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseLine } from '../core/audit/chain.ts';
import { openFrame, parseSegmentName } from '../core/audit/segment-format.ts';
import type { LogEntry } from '../core/model/ports.ts';
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
  readonly entries: readonly LogEntry[];
  /** Bytes so far, of all segments. */
  readonly bytes: number;
}

export interface LogScan {
  /** What there is to read: the log as it was when the scan was opened. */
  readonly bytes: number;
  read(): AsyncGenerator<ScannedEntries>;
}

/**
 * Streams a log folder beside its owner, without a lock, up to where it ends now. Damaged lines and missing entries
 * are told and passed over; a last line that is just being written is no damage. The chain is not verified.
 */
export async function openLogScan(
  dir: string,
  onDamage: (damage: LogDamage) => void,
): Promise<LogScan> {
  const segments: { readonly name: string; readonly bytes: number }[] = [];
  for (const name of await listSegments(dir)) {
    segments.push({ name, bytes: (await stat(join(dir, name))).size });
  }
  const total = segments.reduce((sum, { bytes }) => sum + bytes, 0);

  async function* read(): AsyncGenerator<ScannedEntries> {
    let before = 0;
    let seq = (parseSegmentName(segments[0]?.name ?? '') ?? 1) - 1;
    for (const [index, { name, bytes }] of segments.entries()) {
      const isLast = index === segments.length - 1;
      let torn: LogDamage | undefined; // told once another line follows it
      const toEntry = (line: Line): LogEntry | undefined => {
        const damage = { segment: name, line: line.number };
        if ('text' in line && line.text.startsWith('#')) return undefined;
        if (torn !== undefined) onDamage(torn);
        torn = undefined;
        const entry = 'text' in line ? parseEntry(line.text) : undefined;
        if (entry === undefined) torn = { ...damage, problem: 'the line is not what was written' };
        else if (entry.seq !== seq + 1) {
          onDamage({ ...damage, problem: `entries ${seq + 1} to ${entry.seq - 1} are missing` });
        }
        if (entry !== undefined) seq = entry.seq;
        else seq += 1;
        return entry;
      };
      if (bytes === 0) continue;
      for await (const batch of readLines(join(dir, name), maxLineBytes, bytes)) {
        const entries: LogEntry[] = [];
        for (const line of batch.lines) {
          const entry = toEntry(line);
          if (entry !== undefined) entries.push(entry);
        }
        yield { entries, bytes: before + batch.bytes };
      }
      if (torn !== undefined && !isLast) onDamage(torn);
      before += bytes;
    }
  }
  return { bytes: total, read };
}

/** Longer ones are told as damage. */
const maxLineBytes = 64 * 1_048_576;

function parseEntry(framed: string): LogEntry | undefined {
  const opened = openFrame(framed);
  return opened === undefined ? undefined : parseLine(opened.line, opened.leaf)?.entry;
}
