import type { JsonObject } from '../../core/model/json.ts';
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
    else records.set(key, { key, version: expected + 1, value: structuredClone(value) });
    return true;
  }

  return {
    get: async (kind, key) => structuredClone(ofKind(kind).get(key)),
    compareAndSet: async (kind, key, expected, value) => compareAndSet(kind, key, expected, value),
    list: async (kind) => structuredClone([...ofKind(kind).values()]),
    close: async () => {},
  };
}
