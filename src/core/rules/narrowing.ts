import { canonicalJson } from '../model/canonical-json.ts';
import { type Json, type JsonObject, isJsonArray, isJsonObject } from '../model/json.ts';
import { impliesPredicate, toTexts } from './narrowing-predicates.ts';

const limitKeys = new Set(['max_per_minute', 'max_per_hour', 'max_per_day', 'limits']);

/** The part of a condition that says which calls it speaks of, without its limits. */
function matchingPart(condition: Json | undefined): JsonObject {
  const entries = isJsonObject(condition) ? Object.entries(condition) : [];
  return Object.fromEntries(entries.filter(([key]) => !limitKeys.has(key)));
}

/** The limits of a condition alone. */
export function limitPart(condition: Json | undefined): JsonObject {
  const entries = isJsonObject(condition) ? Object.entries(condition) : [];
  return Object.fromEntries(entries.filter(([key]) => limitKeys.has(key)));
}

/** Whether `then` asks everything that `first` asks, so that it surely speaks of no other calls. False when it cannot be shown. */
export function isNarrower(then: Json | undefined, first: Json | undefined): boolean {
  return asksAll(matchingPart(then), matchingPart(first), 0);
}

/** Whether the two speak of the same calls, as far as that can be seen. */
export function isSameMatch(one: Json | undefined, other: Json | undefined): boolean {
  return canonicalJson(matchingPart(one)) === canonicalJson(matchingPart(other));
}

// `args` holds paths, and those hold predicates: all of them are joined by "and"; everything else is compared as a whole
function asksAll(then: JsonObject, first: JsonObject, level: number): boolean {
  // beside `not_from` it takes away from what is asked
  if (level === 2 && then['allow_unknown'] === true && first['allow_unknown'] !== true)
    return false;
  return Object.entries(first).every(([key, wanted]) => {
    if (level === 2 && impliesPredicate(then, key, wanted)) return true;
    const asked = Object.hasOwn(then, key) ? then[key] : undefined;
    if (asked === undefined) return false;
    if (level === 2 && key === 'command' && isPartOf(asked, wanted)) return true;
    const isJoined = level === 1 || (level === 0 && key === 'args');
    if (isJoined && isJsonObject(asked) && isJsonObject(wanted)) {
      return asksAll(asked, wanted, level + 1);
    }
    if (level === 0 && scopeKeys.has(key) && isFewerNames(asked, wanted)) return true;
    return canonicalJson(asked) === canonicalJson(wanted);
  });
}

// any of the names may match; a ring is a number, and its list is compared as a whole
const scopeKeys: ReadonlySet<string> = new Set(
  'tool action role permission env agent effect undo output'.split(' '),
);

function isFewerNames(asked: Json, wanted: Json): boolean {
  const [few, many] = [toTexts(asked), toTexts(wanted)];
  return few !== undefined && many !== undefined && few.every((name) => many.includes(name));
}

/** Fewer patterns of commands speak of fewer calls, whether a rule asks for any of them or for all parts. */
function isPartOf(asked: Json, wanted: Json): boolean {
  const [few, many] = [typeof asked === 'string' ? [asked] : asked, wanted];
  return isJsonArray(few) && isJsonArray(many) && few.every((pattern) => many.includes(pattern));
}

/** Whether every limit of `first` is still there in `then`, none of them higher. */
export function isLimitedAsMuch(then: Json | undefined, first: Json | undefined): boolean {
  const now = limitPart(then);
  return Object.entries(limitPart(first)).every(([key, before]) => {
    const after = Object.hasOwn(now, key) ? now[key] : undefined;
    if (isJsonArray(before))
      return isJsonArray(after) && before.every((limit) => isKept(limit, after));
    return typeof after === 'number' && typeof before === 'number' && after <= before;
  });
}

function isKept(limit: Json, among: readonly Json[]): boolean {
  if (!isJsonObject(limit)) return false;
  const { max: before, ...kind } = limit;
  return among.some((other) => {
    if (!isJsonObject(other)) return false;
    const { max: after, ...otherKind } = other;
    const isSameKind = canonicalJson(kind) === canonicalJson(otherKind);
    return isSameKind && typeof after === 'number' && typeof before === 'number' && after <= before;
  });
}
