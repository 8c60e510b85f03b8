import { type Json, isJsonArray, isJsonObject } from '../model/json.ts';
import type { CallContext } from './call-context.ts';
import type { ListItem, Lists, ListedTexts } from './source.ts';
import type { Truth } from './truth.ts';

/** One predicate on a value that is there. */
export interface Predicate {
  readonly name: string;
  readonly test: (value: Json, context: CallContext) => Truth;
}

/** Asks of texts alone: every other value is an error. */
export function ofText(test: (value: string, context: CallContext) => Truth): Predicate['test'] {
  return (value, context) => (typeof value === 'string' ? test(value, context) : 'error');
}

/** What a text, a list of texts or a named list holds; undefined where there is no such list. */
export function listedItems(source: ListedTexts, lists: Lists): readonly ListItem[] | undefined {
  if (typeof source === 'string') return [source];
  return 'in_list' in source ? lists.get(source.in_list) : source;
}

/** NaN and the infinities, which no argument should hold. */
export function isBroken(value: Json): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}

/** Characters as people count them roughly: code points, not UTF-16 units. */
export function countCodePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index += 1) {
    if ((text.codePointAt(index) ?? 0) > 0xffff) count -= 1;
  }
  return count;
}

/** One of `jsonTypes`. */
export function isType(value: Json, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return isJsonArray(value);
  if (type === 'object') return isJsonObject(value);
  return typeof value === type;
}
