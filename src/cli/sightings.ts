/** A map of bounded size that forgets the oldest. */
export interface Sightings<T> {
  get(id: string): T | undefined;
  add(id: string, value: T): void;
  /** What was added, which is then forgotten. */
  take(id: string): T | undefined;
}

/** Knows at least the newest half of `most`, at most `most`: two generations, the older forgotten in one step. */
export function createSightings<T>(most: number): Sightings<T> {
  let newer = new Map<string, T>();
  let older = new Map<string, T>();
  return {
    get: (id) => newer.get(id) ?? older.get(id),
    add(id, value) {
      newer.set(id, value);
      if (newer.size < most / 2) return;
      older = newer;
      newer = new Map();
    },
    take(id) {
      const value = newer.get(id) ?? older.get(id);
      newer.delete(id);
      older.delete(id);
      return value;
    },
  };
}
