import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { sha256Hex } from '../../model/sha256.ts';
import { toShownPath } from './shown-path.ts';

/** A text that was cut, for the facts: the model must know that it does not see all. */
export interface Cut {
  readonly path: string;
  /** UTF-16 units before. */
  readonly chars: number;
  /** Of the whole text. */
  readonly sha256: string;
}

export interface ShortenLimits {
  /** Of one text: UTF-16 units that stay, half of them from its end. */
  readonly maxChars: number;
  /** Of all texts together. */
  readonly maxTotal: number;
  /** Of a list or an object: members that stay. */
  readonly maxMembers: number;
}

export interface Shortened {
  readonly value: Json;
  readonly cuts: readonly Cut[];
}

/**
 * The value with long texts cut in their middle and long lists cut at their end. What was cut is said apart from the
 * value, with length and hash: a mark inside it could be forged.
 */
export function shorten(value: Json, limits: ShortenLimits): Shortened {
  const cuts: Cut[] = [];
  let left = limits.maxTotal;
  const text = (whole: string, path: string): string => {
    const max = Math.min(limits.maxChars, left);
    left -= Math.min(whole.length, max);
    if (whole.length <= max) return whole;
    cuts.push({ path, chars: whole.length, sha256: sha256Hex(whole) });
    const head = Math.ceil(max / 2);
    return `${whole.slice(0, head)}${whole.slice(whole.length - (max - head))}`.toWellFormed();
  };
  const members = (whole: JsonObject, path: string): Json => {
    const kept = Object.entries(whole).slice(0, limits.maxMembers);
    note(Object.keys(whole).length, whole, path);
    return Object.fromEntries(
      // a key is a text as well
      kept.map(([key, member], place) => {
        const at = toShownPath(path, key, place);
        return [text(key, at), walk(member, at)];
      }),
    );
  };
  const note = (count: number, whole: Json, path: string): void => {
    if (count <= limits.maxMembers) return;
    const written = JSON.stringify(whole);
    cuts.push({ path, chars: written.length, sha256: sha256Hex(written) });
  };
  const walk = (part: Json, path: string): Json => {
    if (typeof part === 'string') return text(part, path);
    if (isJsonArray(part)) {
      note(part.length, part, path);
      return part.slice(0, limits.maxMembers).map((item, index) => walk(item, `${path}/${index}`));
    }
    return isJsonObject(part) ? members(part, path) : part;
  };
  return { value: walk(value, ''), cuts };
}
