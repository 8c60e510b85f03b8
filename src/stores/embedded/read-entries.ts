import { join } from 'node:path';
import { parseLine } from '../../core/audit/chain.ts';
import { openFrame, parseSegmentName } from '../../core/audit/segment-format.ts';
import type { RawSegment } from '../../core/audit/verify.ts';
import type { LogEntry } from '../../core/model/ports.ts';
import { brokenAt } from './broken.ts';
import type { FileSystem, OpenFile } from './file-system.ts';
import { readLines } from './lines.ts';

export interface EntryRange {
  readonly dir: string;
  readonly files: FileSystem;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** Streams entries across segments; throws AUDIT_BROKEN at the first line that is not what was written. */
export async function* readEntries(range: EntryRange): AsyncGenerator<LogEntry> {
  for (const name of segmentsFrom(await range.files.list(range.dir), range.fromSeq)) {
    const path = join(range.dir, name);
    const file = await range.files.open(path, 'read');
    try {
      for await (const entry of readSegment(file, path)) {
        if (entry.seq > range.toSeq) return;
        if (entry.seq >= range.fromSeq) yield entry;
        if (entry.seq === range.toSeq) return; // what follows may be half-written
      }
    } finally {
      await file.close();
    }
  }
}

function segmentsFrom(names: readonly string[], fromSeq: number): readonly string[] {
  const segments = names.filter((name) => parseSegmentName(name) !== undefined);
  const later = segments.findIndex((name) => (parseSegmentName(name) ?? 0) > fromSeq);
  return later === -1 ? segments.slice(-1) : segments.slice(Math.max(0, later - 1));
}

async function* readSegment(file: OpenFile, path: string): AsyncGenerator<LogEntry> {
  for await (const { offset, bytes } of readLines(file, 0)) {
    const framed = bytes.toString('utf8');
    if (framed.startsWith('#')) continue;
    const opened = openFrame(framed);
    const placed = opened === undefined ? undefined : parseLine(opened.line, opened.leaf);
    if (placed === undefined) throw brokenAt(path, offset, 'the line is not what was written');
    yield placed.entry;
  }
}

/** The segments of a log folder as they lie there, oldest first, for `verifyLog`; needs no lock. */
export async function* readSegments(dir: string, files: FileSystem): AsyncGenerator<RawSegment> {
  for (const name of await files.list(dir)) {
    if (parseSegmentName(name) === undefined) continue;
    const file = await files.open(join(dir, name), 'read');
    try {
      const bytes = Buffer.alloc(await file.size());
      for (let at = 0; at < bytes.length;) {
        const read = await file.read(bytes.subarray(at), at);
        if (read === 0) break;
        at += read;
      }
      yield { name, bytes };
    } finally {
      await file.close();
    }
  }
}
