import { SupervisionError } from './errors.ts';
import { type Json, isJsonObject } from './json.ts';

/**
 * RFC 8785: no white space, keys in the order of their UTF-16 code units.
 * Trusts that `value` is JSON, but for numbers that are none, which throw ARGS_INVALID.
 */
export function canonicalJson(value: Json): string {
  if (isJsonObject(value)) return writeInParts(value) ?? writeJson(value);
  const sorted = copySorted(value);
  return sorted === undefined ? writeJson(value) : JSON.stringify(sorted);
}

/** Engines turn an object that grows beyond about 16 keys into a hash table, which their own writer writes slowly. */
const keysAPart = 12;

/** The members, a dozen at a time; undefined if the engine would write them otherwise. */
function writeInParts(object: { readonly [key: string]: Json }): string | undefined {
  const keys = sortKeys(Object.keys(object));
  if (keys.length <= keysAPart) return writePart(object, keys);
  let members = '';
  for (let at = 0; at < keys.length; at += keysAPart) {
    const part = writePart(object, keys.slice(at, at + keysAPart));
    if (part === undefined) return undefined;
    members += at === 0 ? part.slice(1, -1) : `,${part.slice(1, -1)}`;
  }
  return `{${members}}`;
}

function writePart(
  object: { readonly [key: string]: Json },
  keys: readonly string[],
): string | undefined {
  const sorted = copyMembers(object, keys);
  return sorted === undefined ? undefined : JSON.stringify(sorted);
}

/**
 * A copy whose keys the engine keeps in canonical order, which its own writer then writes in half the time;
 * undefined if there are keys that the engine would move (`7`) or take for something else (`__proto__`).
 */
function copySorted(value: Json): Json | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined;
  if (typeof value !== 'object' || value === null) return value;
  return isJsonObject(value) ? copySortedObject(value) : copySortedArray(value);
}

function copySortedObject(object: { readonly [key: string]: Json }): Json | undefined {
  return copyMembers(object, sortKeys(Object.keys(object)));
}

function copyMembers(
  object: { readonly [key: string]: Json },
  keys: readonly string[],
): Json | undefined {
  const copy: { [key: string]: Json } = {};
  for (const key of keys) {
    const first = key.charCodeAt(0);
    if ((first >= 48 && first <= 57) || key === '__proto__') return undefined;
    const member = copySorted(object[key] ?? null);
    if (member === undefined) return undefined;
    copy[key] = member;
  }
  return copy;
}

function copySortedArray(array: readonly Json[]): Json | undefined {
  const copy: Json[] = [];
  for (const element of array) {
    const sorted = copySorted(element);
    if (sorted === undefined) return undefined;
    copy.push(sorted);
  }
  return copy;
}

function writeJson(value: Json): string {
  if (typeof value === 'string') return quoteJson(value);
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return isJsonObject(value) ? writeObject(value) : writeArray(value);
}

/** By UTF-16 code units, as RFC 8785 asks; may reorder `keys` itself. */
export function sortKeys(keys: string[]): readonly string[] {
  if (keys.length > 24) return keys.toSorted();
  // an insertion sort: most objects have few keys, often in order already
  for (let i = 1; i < keys.length; i += 1) {
    const key = keys[i] ?? '';
    let at = i;
    for (; at > 0 && (keys[at - 1] ?? '') > key; at -= 1) keys[at] = keys[at - 1] ?? '';
    keys[at] = key;
  }
  return keys;
}

function writeObject(object: { readonly [key: string]: Json }): string {
  let members = '';
  for (const key of sortKeys(Object.keys(object))) {
    const member = `${quoteJson(key)}:${writeJson(object[key] ?? null)}`;
    members += members === '' ? member : `,${member}`;
  }
  return `{${members}}`;
}

function writeArray(array: readonly Json[]): string {
  let elements = '';
  for (const element of array) {
    elements += elements === '' ? writeJson(element) : `,${writeJson(element)}`;
  }
  return `[${elements}]`;
}

function writeNumber(value: number): string {
  if (Number.isFinite(value)) return `${value}`;
  throw new SupervisionError(
    'ARGS_INVALID',
    'a number is NaN or infinite, which JSON cannot hold; pass a finite number',
  );
}

/** Printable ASCII but the quote and the backslash. */
const plain = /^[ !#-[\]-~]*$/;

function quoteJson(text: string): string {
  // the test costs less than the call for short texts, which keys and most values are
  return text.length < 64 && plain.test(text) ? `"${text}"` : JSON.stringify(text);
}
