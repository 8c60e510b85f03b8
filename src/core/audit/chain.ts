import { isJsonObject } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { EntryBody, Linked, LogEntry } from '../model/ports.ts';
import { SupervisionError } from '../model/errors.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import { sha256Hex } from '../model/sha256.ts';

/** What stands before the first entry: seq 0 and a leaf of zeros. */
export const genesis: Linked = Object.freeze({ seq: 0, leaf: '0'.repeat(64) });

/** An entry at its place, with the exact line that its leaf is the hash of. */
export interface Link extends Linked {
  readonly line: string;
}

/** SHA-256(0x00 || line) in hexadecimal, the leaf hash of RFC 6962, section 2.1. */
export function leafHash(line: string): string {
  return sha256Hex(`\0${line}`);
}

/** Puts a body behind `previous`: the canonical line that holds its place (`seq`, `prev`), and the line's leaf. */
export function linkEntry(body: EntryBody, previous: Linked): Link {
  if ('seq' in body || 'prev' in body) {
    throw new SupervisionError(
      'LOG_UNAVAILABLE',
      `entry \`${body.type}\`: the fields \`seq\` and \`prev\` belong to the log; rename them`,
    );
  }
  const seq = previous.seq + 1;
  const line = canonicalJson({ ...body, seq, prev: previous.leaf });
  return { seq, leaf: leafHash(line), line };
}

/** A line of an entry taken apart; `prev` is the leaf of the entry before it. */
export interface Placed {
  readonly entry: LogEntry;
  readonly prev: string;
}

/** Reads a line back; undefined if it is not the canonical line of an entry. `leaf` is the line's own hash. */
export function parseLine(line: string, leaf: string): Placed | undefined {
  const value = parseQuietly(line);
  if (!isJsonObject(value)) return undefined;
  const { seq, prev, ...rest } = value;
  const { type, time } = rest;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  if (typeof prev !== 'string' || typeof type !== 'string' || typeof time !== 'number') {
    return undefined;
  }
  return { entry: { seq, leaf, body: { ...rest, type, time } }, prev };
}

/** True if the line is byte for byte the canonical JSON of what it says. */
export function isCanonicalLine(line: string): boolean {
  const value = parseQuietly(line);
  return value !== undefined && canonicalQuietly(value) === line;
}

function parseQuietly(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined; // the caller says where the line stands
  }
}

function canonicalQuietly(value: Json): string | undefined {
  try {
    return canonicalJson(value);
  } catch {
    return undefined; // lone surrogates and numbers without a canonical form: not a line of ours
  }
}
