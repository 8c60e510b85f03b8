import { SupervisionError } from './errors.ts';
import { type Json, isJsonObject } from './json.ts';

/**
 * RFC 8785: no white space, keys in the order of their UTF-16 code units.
 * Trusts that `value` is JSON, but for numbers that are none, which throw ARGS_INVALID.
 */
export function canonicalJson(value: Json): string {
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
    const member = `${quoteJson(key)}:${canonicalJson(object[key] ?? null)}`;
    members += members === '' ? member : `,${member}`;
  }
  return `{${members}}`;
}

function writeArray(array: readonly Json[]): string {
  let elements = '';
  for (const element of array) {
    elements += elements === '' ? canonicalJson(element) : `,${canonicalJson(element)}`;
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
