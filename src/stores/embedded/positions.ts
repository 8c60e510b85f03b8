/** Where the newest records stand, in bounded memory. */
export interface Positions {
  get(id: string): number | undefined;
  set(id: string, position: number): void;
}

/** Knows at least the newest half of `most`, at most `most`: two generations, the older forgotten in one step. */
export function createPositions(most: number): Positions {
  const half = Math.max(1, Math.floor(most / 2));
  let newer = new Map<string, number>();
  let older = new Map<string, number>();
  return {
    get: (id) => newer.get(id) ?? older.get(id),
    set(id, position) {
      newer.set(id, position);
      if (newer.size < half) return;
      older = newer;
      newer = new Map();
    },
  };
}
