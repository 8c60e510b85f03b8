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
  /** Of all lists and objects together, the outer ones first: members that stay. */
  readonly maxAll: number;
}

export interface Shortened {
  readonly value: Json;
  /** Empty where the value is whole. */
  readonly cuts: readonly Cut[];
}

/**
 * The value with long texts cut in their middle and long lists cut at their end. What was cut is said apart from the
 * value, with length and hash: a mark inside it could be forged. Short texts stay whole whatever stands around them, so
 * that filler cannot push a destination out of sight. The paths of the cuts begin with `root`, where the value is shown.
 */
export function shorten(value: Json, limits: ShortenLimits, root: string): Shortened {
  if (fits(value, limits)) return { value, cuts: [] };
  const pruned = prune(value, limits, root);
  const cut = cutTexts(pruned.value, shareOf(lengthsIn(pruned.value), limits), root);
  return { value: cut.value, cuts: [...pruned.cuts, ...cut.cuts] };
}

/** Whether nothing has to go: so it is with nearly all calls, which are spared the copies. */
function fits(value: Json, { maxChars, maxTotal, maxMembers, maxAll }: ShortenLimits): boolean {
  let chars = maxTotal;
  let room = maxAll;
  const takes = (text: string): boolean => {
    chars -= text.length;
    return text.length <= maxChars && chars >= 0;
  };
  const walk = (part: Json): boolean => {
    if (typeof part === 'string') return takes(part);
    if (typeof part !== 'object' || part === null) return true;
    const keys = isJsonArray(part) ? [] : Object.keys(part);
    const members = isJsonArray(part) ? part : Object.values(part);
    room -= members.length;
    return members.length <= maxMembers && room >= 0 && keys.every(takes) && members.every(walk);
  };
  return walk(value);
}

interface Part {
  readonly value: Json;
  readonly cuts: readonly Cut[];
}

/** Leaves out the members that are too many. */
function prune(value: Json, { maxMembers, maxAll }: ShortenLimits, root: string): Part {
  const cuts: Cut[] = [];
  let room = maxAll;
  const keep = <T>(members: readonly T[], whole: Json, path: string): readonly T[] => {
    const kept = members.slice(0, Math.min(maxMembers, room));
    room -= kept.length;
    if (kept.length < members.length) cuts.push(toCut(path, JSON.stringify(whole)));
    return kept;
  };
  const walk = (part: Json, path: string): Json => {
    if (isJsonArray(part)) {
      return keep(part, part, path).map((item, index) => walk(item, `${path}/${index}`));
    }
    if (!isJsonObject(part)) return part;
    const kept = keep(Object.entries(part), part, path);
    return Object.fromEntries(
      kept.map(([key, member], place) => [key, walk(member, toShownPath(path, key, place))]),
    );
  };
  return { value: walk(value, root), cuts };
}

/** Of every text; a key is a text as well. */
function lengthsIn(value: Json): readonly number[] {
  const lengths: number[] = [];
  const walk = (part: Json): void => {
    if (typeof part === 'string') lengths.push(part.length);
    else if (isJsonArray(part)) part.forEach(walk);
    else if (isJsonObject(part)) {
      for (const [key, member] of Object.entries(part)) {
        lengths.push(key.length);
        walk(member);
      }
    }
  };
  walk(value);
  return lengths;
}

/** How long a text may be for all to fit: the long ones share what the short ones leave. */
function shareOf(lengths: readonly number[], { maxChars, maxTotal }: ShortenLimits): number {
  const sorted = lengths.map((length) => Math.min(length, maxChars)).toSorted((a, b) => a - b);
  let left = maxTotal;
  for (const [at, length] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - at));
    if (length > share) return share;
    left -= length;
  }
  return maxChars;
}

function cutTexts(value: Json, maxChars: number, root: string): Part {
  const cuts: Cut[] = [];
  const text = (whole: string, path: string): string => {
    if (whole.length <= maxChars) return whole;
    cuts.push(toCut(path, whole));
    const head = Math.ceil(maxChars / 2);
    return `${whole.slice(0, head)}${whole.slice(whole.length - (maxChars - head))}`.toWellFormed();
  };
  const members = (whole: JsonObject, path: string): Json => {
    const shown = new Map<string, Json>();
    for (const [place, [key, member]] of Object.entries(whole).entries()) {
      const at = toShownPath(path, key, place);
      let name = text(key, at);
      // two keys that are alike once they are cut are two members all the same
      while (shown.has(name)) name += '~';
      shown.set(name, walk(member, at));
    }
    return Object.fromEntries(shown);
  };
  const walk = (part: Json, path: string): Json => {
    if (typeof part === 'string') return text(part, path);
    if (isJsonArray(part)) return part.map((item, index) => walk(item, `${path}/${index}`));
    return isJsonObject(part) ? members(part, path) : part;
  };
  return { value: walk(value, root), cuts };
}

function toCut(path: string, whole: string): Cut {
  return { path, chars: whole.length, sha256: sha256Hex(whole) };
}
