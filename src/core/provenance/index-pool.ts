/** Somebody who has an index and can make it again. */
export interface IndexHolder {
  drop(): void;
}

/** Bounds the indexes of all sessions together: the longest unused goes first, and is made again when asked for. */
export interface IndexPool {
  /** `bytes`: what the index takes in memory now. */
  use(holder: IndexHolder, bytes: number): void;
  /** The holder has no index any more. */
  remove(holder: IndexHolder): void;
  /** Of all indexes together. */
  readonly bytes: number;
}

const defaultMaxBytes = 256 * 1_048_576;
/** Of an index however small, with its holder. */
const baseBytes = 8_192;

export function createIndexPool(maxBytes = defaultMaxBytes): IndexPool {
  const holders = new Map<IndexHolder, number>();
  let total = 0;
  const remove = (holder: IndexHolder): void => {
    total -= holders.get(holder) ?? 0;
    holders.delete(holder);
  };
  return {
    use(holder, bytes) {
      remove(holder);
      const charged = baseBytes + bytes;
      total += charged;
      holders.set(holder, charged);
      for (const oldest of holders.keys()) {
        if (total <= maxBytes || oldest === holder) break;
        remove(oldest);
        oldest.drop();
      }
    },
    remove,
    get bytes() {
      return total;
    },
  };
}
