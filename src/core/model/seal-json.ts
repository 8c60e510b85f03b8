import { canonicalJson, sortKeys } from './canonical-json.ts';
import { SupervisionError } from './errors.ts';
import { type JsonLimits, defaultJsonLimits, isLargerThan, toSafeDepth } from './json-limits.ts';
import { type Step, toPointer } from './json-pointer.ts';
import { type Json, isJsonObject } from './json.ts';
import { quote } from './quote.ts';

export { canonicalJson } from './canonical-json.ts';
export { sha256Hex } from './sha256.ts';

/** A JSON value that nobody can change, with its RFC 8785 text. */
export interface SealedJson {
  /** A copy, frozen at every depth, its keys sorted. */
  readonly value: Json;
  readonly canonical: string;
}

/**
 * Copies any value to frozen plain JSON, reading each property once; undefined members are left out.
 * Throws ARGS_INVALID, or ARGS_TOO_LARGE for its canonical text, naming the place, where JSON cannot hold the
 * value exactly: class instances, functions, cycles, holes, NaN, integers beyond 2^53 - 1 and the like.
 */
export function sealJson(value: unknown, limits: JsonLimits = defaultJsonLimits): SealedJson {
  const walk = startWalk(limits);
  try {
    const copy = copyValue(walk, value);
    const canonical = walk.hasIndexKeys ? canonicalJson(copy) : JSON.stringify(copy);
    // a half surrogate is written as an escape, a whole one as itself
    if (canonical.includes('\\ud')) refuseHalfSurrogates(walk, copy);
    if (isLargerThan(canonical, limits.maxBytes)) throw tooLarge(walk);
    return { value: copy, canonical };
  } catch (error) {
    if (error instanceof SupervisionError) throw error;
    throw invalid(walk, 'cannot be read: a getter or proxy throws; pass plain data', error);
  }
}

/** Where a walk stands, and what it has seen. */
interface Walk {
  readonly limits: JsonLimits;
  readonly maxDepth: number;
  readonly path: Step[];
  readonly parents: object[];
  /** Code units so far; never more than the canonical text will have. */
  size: number;
  /** Engines put keys like `7` first and by value, whatever the order they were written in. */
  hasIndexKeys: boolean;
}

function startWalk(limits: JsonLimits): Walk {
  const maxDepth = toSafeDepth(limits.maxDepth);
  return { limits, maxDepth, path: [], parents: [], size: 0, hasIndexKeys: false };
}

function copyValue(walk: Walk, value: unknown): Json {
  if (typeof value === 'string') {
    grow(walk, value.length + 2);
    return value;
  }
  if (typeof value === 'number') return copyNumber(walk, value);
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'object') return copyContainer(walk, value);
  throw invalid(walk, `is of type ${typeof value}, which JSON cannot hold; leave it out`);
}

function copyNumber(walk: Walk, value: number): number {
  if (value === 0) return 0;
  if (Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) throw invalid(walk, 'is NaN or infinite; pass a finite number');
  if (!Number.isInteger(value)) return value;
  throw invalid(
    walk,
    'is an integer beyond 2^53 - 1, which would lose digits; pass it as a string',
  );
}

function copyContainer(walk: Walk, value: object): Json {
  if (walk.parents.length >= walk.maxDepth) throw tooDeep(walk, value);
  grow(walk, 2);
  walk.parents.push(value);
  const copy = Array.isArray(value) ? copyArray(walk, value) : copyObject(walk, value);
  walk.parents.pop();
  return Object.freeze(copy);
}

/** Counts what the canonical text will have at least; shared parts count each time, so that few objects cannot make a huge text. */
function grow(walk: Walk, codeUnits: number): void {
  walk.size += codeUnits;
  if (walk.size > walk.limits.maxBytes + 1) throw tooLarge(walk);
}

function copyArray(walk: Walk, source: readonly unknown[]): Json {
  if (Object.getPrototypeOf(source) !== Array.prototype || hasToJson(source)) {
    throw notPlain(walk, source);
  }
  const copy: Json[] = [];
  const { length } = source;
  // before the elements: a proxy can be longer than any memory
  grow(walk, length);
  for (let i = 0; i < length; i += 1) {
    walk.path.push(i);
    copy.push(copyValue(walk, source[i]));
    walk.path.pop();
  }
  return copy;
}

function copyObject(walk: Walk, source: object): Json {
  if (!isPlain(source)) throw notPlain(walk, source);
  const copy: Record<string, Json> = {};
  for (const key of sortKeys(Object.keys(source))) {
    walk.path.push(key);
    const value = source[key];
    if (value !== undefined) copy[checkKey(walk, key)] = copyValue(walk, value);
    walk.path.pop();
  }
  return copy;
}

/** What JSON.stringify would write as it is: no class behind it, and nothing that speaks for it. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  // the walk reads an enumerable toJSON of its own, once, and refuses a function
  return !('toJSON' in value) || Object.keys(value).includes('toJSON') || !hasToJson(value);
}

function hasToJson(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

function checkKey(walk: Walk, key: string): string {
  if (key === '__proto__')
    throw invalid(walk, 'has a key that JSON tools disagree on; rename the key');
  const first = key.charCodeAt(0);
  if (first >= 48 && first <= 57) walk.hasIndexKeys = true;
  grow(walk, key.length + 4);
  return key;
}

function refuseHalfSurrogates(walk: Walk, value: Json): void {
  if (typeof value === 'string' && !value.isWellFormed()) {
    throw invalid(walk, 'holds half a surrogate pair; pass whole Unicode characters');
  }
  if (typeof value !== 'object' || value === null) return;
  const steps: readonly (readonly [Step, Json])[] = isJsonObject(value)
    ? Object.entries(value)
    : [...value.entries()];
  for (const [step, element] of steps) {
    walk.path.push(step);
    if (typeof step === 'string' && !step.isWellFormed()) {
      throw invalid(walk, 'has a key with half a surrogate pair; pass whole Unicode characters');
    }
    refuseHalfSurrogates(walk, element);
    walk.path.pop();
  }
}

function notPlain(walk: Walk, value: object): SupervisionError {
  if (value instanceof Date) return invalid(walk, 'is a Date; pass its `toISOString()`');
  if (value instanceof Map) return invalid(walk, 'is a Map; pass `Object.fromEntries()` of it');
  if (value instanceof Set) return invalid(walk, 'is a Set; pass an array of its elements');
  return invalid(
    walk,
    'is an instance of a class or speaks for itself by `toJSON`; pass plain objects, arrays, strings, numbers, booleans or null',
  );
}

function tooDeep(walk: Walk, value: object): SupervisionError {
  const chain = [...walk.parents, value];
  const again = chain.findIndex((each, i) => chain.indexOf(each) < i);
  if (again !== -1) {
    const first = chain.findIndex((each) => each === chain[again]);
    const pointer = quote(toPointer(walk.path.slice(0, first)), 200);
    walk.path.length = again;
    return invalid(walk, `leads back to ${pointer}; pass data without cycles`);
  }
  const message = `${place(walk)} is nested deeper than ${walk.maxDepth} levels; pass flatter data`;
  return new SupervisionError('ARGS_TOO_LARGE', message);
}

function tooLarge(walk: Walk): SupervisionError {
  const message = `${place(walk)} passes ${walk.limits.maxBytes} bytes of JSON; pass less data`;
  return new SupervisionError('ARGS_TOO_LARGE', message);
}

function invalid(walk: Walk, problem: string, cause?: unknown): SupervisionError {
  return new SupervisionError('ARGS_INVALID', `${place(walk)} ${problem}`, { cause });
}

/** The JSON pointer of where the walk stands. */
function place(walk: Walk): string {
  return walk.path.length === 0 ? 'the value' : `the value at ${quote(toPointer(walk.path), 200)}`;
}
