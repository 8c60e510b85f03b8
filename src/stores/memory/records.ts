import { isJsonObject, type Json, type JsonObject } from '../../core/model/json.ts';
import type { Rec, RecordKind, Records } from '../../core/model/ports.ts';

/** Records that live and die with the process. */
export function createMemoryRecords(): Records {
  const kinds = new Map<RecordKind, Map<string, Rec>>();

  function ofKind(kind: RecordKind): Map<string, Rec> {
    const known = kinds.get(kind);
    if (known !== undefined) return known;
    const records = new Map<string, Rec>();
    kinds.set(kind, records);
    return records;
  }

  function compareAndSet(
    kind: RecordKind,
    key: string,
    expected: number,
    value: JsonObject | undefined,
  ): boolean {
    const records = ofKind(kind);
    if ((records.get(key)?.version ?? 0) !== expected) return false;
    if (value === undefined) records.delete(key);
    else records.set(key, Object.freeze({ key, version: expected + 1, value: copyObject(value) }));
    return true;
  }

  return {
    get: async (kind, key) => ofKind(kind).get(key),
    compareAndSet: async (kind, key, expected, value) => compareAndSet(kind, key, expected, value),
    list: async (kind) => [...ofKind(kind).values()],
    close: async () => {},
  };
}

// frozen once at the door, so that reading need not copy
function copyObject(object: JsonObject): JsonObject {
  const copied: Record<string, Json> = {};
  for (const key of Object.keys(object)) {
    const value = copy(object[key] ?? null);
    // a plain assignment would set the prototype
    if (key === '__proto__') Object.defineProperty(copied, key, { value, enumerable: true });
    else copied[key] = value;
  }
  return Object.freeze(copied);
}

function copy(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  return isJsonObject(value) ? copyObject(value) : Object.freeze(value.map(copy));
}
