/** Somebody who has an index and can make it again. */
export interface IndexHolder {
  drop(): void;
}

/** Bounds the indexes of all sessions together: the longest unused goes first, and is made again when asked for. */
export interface IndexPool {
  /** `chars`: of the texts that the index is made of, UTF-16 units. */
  use(holder: IndexHolder, chars: number): void;
}

/** Some twenty bytes of memory for each unit. */
const defaultMaxChars = 32 * 1_048_576;

export function createIndexPool(maxChars = defaultMaxChars): IndexPool {
  const holders = new Map<IndexHolder, number>();
  let total = 0;
  return {
    use(holder, chars) {
      total += chars - (holders.get(holder) ?? 0);
      holders.delete(holder);
      holders.set(holder, chars);
      for (const [oldest, held] of holders) {
        if (total <= maxChars || oldest === holder) break;
        holders.delete(oldest);
        total -= held;
        oldest.drop();
      }
    },
  };
}
