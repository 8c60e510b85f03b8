import type { Step } from './json-pointer.ts';
import type { Json } from './json.ts';
import { quote } from './quote.ts';

/** Why and where a text is not strict JSON. The message names the remedy and never a value. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
  /** In UTF-16 code units from the start of the text. */
  readonly offset: number;
  readonly path: readonly Step[];
  readonly tooDeep: boolean;

  constructor(message: string, scan: Scan, options: { offset?: number; tooDeep?: boolean } = {}) {
    super(message);
    this.offset = options.offset ?? scan.at;
    this.path = [...scan.path];
    this.tooDeep = options.tooDeep ?? false;
  }
}

export interface ScanOptions {
  /** Of arrays and objects; bounds the recursion. */
  readonly maxDepth: number;
  /** Called with the offset of every value, and of the key in front of it, before the value is read. */
  readonly onPlace?: (path: readonly Step[], valueAt: number, keyAt: number | undefined) => void;
}

interface Scan extends ScanOptions {
  readonly text: string;
  readonly path: Step[];
  at: number;
}

/** Reads one JSON text, slowly and strictly; throws a `JsonFault` at the first thing that is wrong. */
export function scanJson(text: string, options: ScanOptions): Json {
  const scan: Scan = { ...options, text, path: [], at: 0 };
  if (text.startsWith('\uFEFF')) {
    throw new JsonFault('the text begins with a byte order mark; save it without one', scan);
  }
  const value = readValue(scan);
  skipSpace(scan);
  if (scan.at < text.length) {
    throw new JsonFault('more text follows the JSON value; send one value only', scan);
  }
  return value;
}

function readValue(scan: Scan, keyAt?: number): Json {
  skipSpace(scan);
  scan.onPlace?.(scan.path, scan.at, keyAt);
  const first = scan.text[scan.at];
  if (first === '{') return readObject(scan);
  if (first === '[') return readArray(scan);
  if (first === '"') return readString(scan);
  const found = match(scan, word);
  return found === '' ? readNumber(scan) : (words[found] ?? null);
}

function readObject(scan: Scan): Json {
  descend(scan);
  const object: Record<string, Json> = {};
  if (isNext(scan, '}')) return object;
  do {
    const keyAt = skipSpace(scan);
    if (scan.text[keyAt] !== '"') fail(scan, 'a key in double quotes');
    const key = readString(scan);
    scan.path.push(key);
    checkKey(scan, { object, key, keyAt });
    if (!isNext(scan, ':')) fail(scan, '`:` after the key');
    object[key] = readValue(scan, keyAt);
    scan.path.pop();
  } while (isNext(scan, ','));
  if (!isNext(scan, '}')) fail(scan, '`,` or `}`');
  return object;
}

function checkKey(scan: Scan, at: { object: object; key: string; keyAt: number }): void {
  const offset = at.keyAt;
  if (at.key === '__proto__') {
    throw new JsonFault('the key `__proto__` is not allowed; rename it', scan, { offset });
  }
  if (Object.hasOwn(at.object, at.key)) {
    throw new JsonFault(`duplicate key ${quote(at.key)}; keep one of them`, scan, { offset });
  }
}

function readArray(scan: Scan): Json {
  descend(scan);
  const array: Json[] = [];
  if (isNext(scan, ']')) return array;
  do {
    scan.path.push(array.length);
    array.push(readValue(scan));
    scan.path.pop();
  } while (isNext(scan, ','));
  if (!isNext(scan, ']')) fail(scan, '`,` or `]`');
  return array;
}

/** Steps over the opening bracket. The depth is the number of brackets open, which the path counts. */
function descend(scan: Scan): void {
  if (scan.path.length >= scan.maxDepth) {
    const message = `nested deeper than ${scan.maxDepth} levels; send a flatter value`;
    throw new JsonFault(message, scan, { tooDeep: true });
  }
  scan.at += 1;
}

/** Everything from the space up but the quote and the backslash. */
const plain = /[ !#-[\]-\uffff]*/y;
const escapes: { readonly [letter: string]: string } = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function readString(scan: Scan): string {
  const offset = scan.at;
  scan.at += 1;
  let string = '';
  while (scan.text[scan.at] !== '"') {
    const chunk = match(scan, plain);
    string += chunk === '' ? readOddity(scan, offset) : chunk;
  }
  scan.at += 1;
  if (!string.isWellFormed()) {
    const message = 'half a surrogate pair in a string; send whole Unicode characters';
    throw new JsonFault(message, scan, { offset });
  }
  return string;
}

/** What stands in a string and is not plain: an escape, or a fault. */
function readOddity(scan: Scan, startedAt: number): string {
  const character = scan.text[scan.at];
  if (character === undefined) {
    const message = 'the text ends inside a string; close it with `"`';
    throw new JsonFault(message, scan, { offset: startedAt });
  }
  if (character === '\\') return readEscape(scan);
  throw new JsonFault('a control character in a string; escape it as `\\u00XX`', scan);
}

function readEscape(scan: Scan): string {
  const letter = scan.text[scan.at + 1] ?? '';
  const hex = scan.text.slice(scan.at + 2, scan.at + 6);
  if (letter === 'u' && /^[0-9a-fA-F]{4}$/.test(hex)) {
    scan.at += 6;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }
  const character = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
  if (character === undefined) {
    throw new JsonFault('unknown escape in a string; write `\\\\` for a backslash', scan);
  }
  scan.at += 2;
  return character;
}

const word = /(?:true|false|null)(?![\w$])/y;
const words: { readonly [word: string]: boolean } = { true: true, false: false };

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.$+-])/y;

function readNumber(scan: Scan): number {
  const offset = scan.at;
  const digits = match(scan, number);
  if (digits === '') return fail(scan, 'a JSON value');
  const value = Number(digits);
  if (!Number.isFinite(value)) {
    throw new JsonFault('a number too large for JSON; send it as a string', scan, { offset });
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    const message = 'an integer beyond 2^53 - 1, which would lose digits; send it as a string';
    throw new JsonFault(message, scan, { offset });
  }
  return value === 0 ? 0 : value;
}

function match(scan: Scan, pattern: RegExp): string {
  pattern.lastIndex = scan.at;
  const found = pattern.exec(scan.text)?.[0] ?? '';
  scan.at += found.length;
  return found;
}

/** Where the next token begins. */
function skipSpace(scan: Scan): number {
  match(scan, /[ \t\n\r]*/y);
  return scan.at;
}

/** Steps over the character if it is the next one. */
function isNext(scan: Scan, character: string): boolean {
  if (scan.text[skipSpace(scan)] !== character) return false;
  scan.at += 1;
  return true;
}

function fail(scan: Scan, expected: string): never {
  const place = scan.at < scan.text.length ? 'here' : 'but the text ends';
  throw new JsonFault(`expected ${expected} ${place}${hintAt(scan)}`, scan);
}

function hintAt(scan: Scan): string {
  const character = scan.text[scan.at];
  if (character === "'") return '; quote with `"`, not `\'`';
  if (character === '/') return '; JSON has no comments';
  const isTrailing = scan.text.slice(0, scan.at).trimEnd().endsWith(',');
  return isTrailing ? '; remove the comma before it' : '';
}
