import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../core/model/json.ts';

/** Where a text stands in a JSON value. */
export interface TextPlace {
  /** `number`: a number as JSON writes it; changing it makes it a string. */
  readonly kind: 'value' | 'key' | 'number';
  /** Of the nearest object around it, lists between them or not. */
  readonly key: string | undefined;
}

export type ChangeText = (text: string, place: TextPlace) => Promise<string>;

/**
 * Every string of a JSON value, every key and every number, as `change` would have it; the value itself where nothing
 * changes. Lists keep their length and objects the number of their members.
 */
export async function mapStrings(value: Json, change: ChangeText, key?: string): Promise<Json> {
  if (typeof value === 'string') return change(value, { kind: 'value', key });
  if (typeof value === 'number') {
    const text = String(value);
    const changed = await change(text, { kind: 'number', key });
    return changed === text ? value : changed;
  }
  if (isJsonArray(value)) return mapArray(value, change, key);
  return isJsonObject(value) ? mapObject(value, change) : value;
}

async function mapArray(
  array: readonly Json[],
  change: ChangeText,
  key: string | undefined,
): Promise<Json> {
  const mapped: Json[] = [];
  for (const element of array) mapped.push(await mapStrings(element, change, key));
  return mapped.every((element, index) => Object.is(element, array[index])) ? array : mapped;
}

async function mapObject(object: JsonObject, change: ChangeText): Promise<Json> {
  const members = new Map<string, Json>();
  let isChanged = false;
  for (const [key, value] of Object.entries(object)) {
    const changed = await mapStrings(value, change, key);
    const name = await change(key, { kind: 'key', key });
    isChanged ||= name !== key || !Object.is(changed, value);
    members.set(name === key ? key : toFreeName(name, object, members), changed);
  }
  // fromEntries and not assignments: a member called `__proto__` stays a member
  return isChanged ? Object.fromEntries(members) : object;
}

/** Two keys may become the same: neither may take the other's place, nor that of a key that stays. */
function toFreeName(name: string, object: JsonObject, taken: ReadonlyMap<string, Json>): string {
  const isTaken = (candidate: string): boolean =>
    taken.has(candidate) || Object.hasOwn(object, candidate);
  if (!isTaken(name)) return name;
  for (let count = taken.size; ; count += 1) {
    const candidate = `${name} ${count}`;
    if (!isTaken(candidate)) return candidate;
  }
}
