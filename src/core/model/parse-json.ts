import { type JsonLimits, defaultJsonLimits, isLargerThan, toSafeDepth } from './json-limits.ts';
import { type Step, fromPointer, toPointer } from './json-pointer.ts';
import { JsonFault, scanJson } from './scan-json.ts';
import { type Json, isJsonObject } from './json.ts';

export { type JsonLimits, defaultJsonLimits } from './json-limits.ts';

/** A place in a text. */
export interface Position {
  /** UTF-16 code units from the start of the text. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, as editors count. */
  readonly column: number;
}

export interface JsonProblem {
  /** What is wrong and the remedy; names keys, never values. */
  readonly message: string;
  readonly position: Position;
  /** RFC 6901 pointer of the place. */
  readonly pointer: string;
}

export type ParsedJson =
  | { readonly ok: true; readonly value: Json }
  /** `tooLarge`: well-formed or not, the text is beyond the limits. */
  | { readonly ok: false; readonly problem: JsonProblem; readonly tooLarge?: true };

/**
 * Reads RFC 8259 strictly: refuses duplicate and `__proto__` keys, half surrogate pairs, integers beyond
 * 2^53 - 1, numbers that overflow, a byte order mark, and what is beyond the limits. -0 becomes 0.
 */
export function parseJson(text: string, limits: JsonLimits = defaultJsonLimits): ParsedJson {
  if (isLargerThan(text, limits.maxBytes)) {
    const message = `more than ${limits.maxBytes} bytes of JSON; send less`;
    return { ok: false, problem: { message, ...placeOf(text, 0, []) }, tooLarge: true };
  }
  const maxDepth = toSafeDepth(limits.maxDepth);
  const value = parseQuickly(text, maxDepth);
  return value === undefined ? parseSlowly(text, maxDepth) : { ok: true, value };
}

/**
 * Where the value at the pointer, or the key in front of it, begins in the text; the value where there is
 * no key (the whole text, elements of arrays). Undefined if the text has no such place before its first fault.
 */
export function locateJson(
  text: string,
  pointer: string,
  what: 'key' | 'value',
): Position | undefined {
  const wanted = fromPointer(pointer);
  if (wanted === undefined) return undefined;
  let offset: number | undefined;
  const onPlace = (path: readonly Step[], valueAt: number, keyAt: number | undefined): void => {
    if (offset !== undefined || !isSamePath(path, wanted)) return;
    offset = what === 'key' ? (keyAt ?? valueAt) : valueAt;
  };
  try {
    scanJson(text, { maxDepth: toSafeDepth(Number.POSITIVE_INFINITY), onPlace });
  } catch (fault) {
    // the place may stand before the fault, and is the answer all the same
    if (!(fault instanceof JsonFault)) throw fault;
  }
  return offset === undefined ? undefined : toPosition(text, offset);
}

function isSamePath(path: readonly Step[], wanted: readonly string[]): boolean {
  return path.length === wanted.length && path.every((step, i) => String(step) === wanted[i]);
}

function parseSlowly(text: string, maxDepth: number): ParsedJson {
  try {
    return { ok: true, value: scanJson(text, { maxDepth }) };
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault;
    const problem = { message: fault.message, ...placeOf(text, fault.offset, fault.path) };
    return fault.tooDeep ? { ok: false, problem, tooLarge: true } : { ok: false, problem };
  }
}

const surrogateEscape = /\\u[dD][89a-fA-F]/;

/** The engine's own parser, where a cheap look shows that it agrees with the strict one; else undefined. */
function parseQuickly(text: string, maxDepth: number): Json | undefined {
  if (!text.isWellFormed() || surrogateEscape.test(text)) return undefined;
  const members = countMembers(text);
  try {
    const value: Json = JSON.parse(text);
    const kept = countPlainMembers(value, maxDepth);
    // JSON.parse keeps the last of two keys: fewer than the text has means that one was dropped
    return kept === members ? value : undefined;
  } catch {
    // the strict parser says what is wrong, and where
    return undefined;
  }
}

/** Colons outside strings: in valid JSON, the number of key-value pairs. */
function countMembers(text: string): number {
  let members = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 34) inString = !inString;
    else if (code === 92) i += 1;
    else if (code === 58 && !inString) members += 1;
  }
  return members;
}

/** Key-value pairs at every depth; NaN if anything needs the strict parser's opinion. */
function countPlainMembers(value: Json, depthLeft: number): number {
  if (typeof value === 'number') return isPlainNumber(value) ? 0 : Number.NaN;
  if (typeof value !== 'object' || value === null) return 0;
  if (depthLeft === 0) return Number.NaN;
  let members = 0;
  if (!isJsonObject(value)) {
    for (const element of value) members += countPlainMembers(element, depthLeft - 1);
    return members;
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return Number.NaN;
    members += 1 + countPlainMembers(value[key] ?? null, depthLeft - 1);
  }
  return members;
}

function isPlainNumber(value: number): boolean {
  if (value === 0) return Object.is(value, 0);
  return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value));
}

function placeOf(text: string, offset: number, path: readonly Step[]) {
  return { position: toPosition(text, offset), pointer: toPointer(path) };
}

function toPosition(text: string, offset: number): Position {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { offset, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
