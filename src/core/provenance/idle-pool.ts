/** Somebody who holds memory and can do without it. */
export interface PoolHolder {
  drop(): void;
}

/** Bounds what many hold together: the longest idle goes first. */
export interface IdlePool {
  /** `bytes`: what the holder takes in memory now. It is the last to go from here on. */
  use(holder: PoolHolder, bytes: number): void;
  /** The holder holds nothing any more. */
  remove(holder: PoolHolder): void;
  /** Of all together. */
  readonly bytes: number;
}

/** What is left of the bound once something had to go. */
const roomy = 0.9;

/** `baseBytes` are charged for a holder however little it holds. One that is in use is never dropped, whatever its size. */
export function createIdlePool(options: {
  readonly maxBytes: number;
  readonly baseBytes: number;
}): IdlePool {
  const { maxBytes, baseBytes } = options;
  const holders = new Map<PoolHolder, number>();
  let total = 0;
  const remove = (holder: PoolHolder): void => {
    total -= holders.get(holder) ?? 0;
    holders.delete(holder);
  };
  return {
    use(holder, bytes) {
      remove(holder);
      const charged = baseBytes + bytes;
      total += charged;
      holders.set(holder, charged);
      if (total <= maxBytes) return;
      // some at once: a map that loses its first key again and again is slow to find the next
      for (const oldest of holders.keys()) {
        if (total <= roomy * maxBytes || oldest === holder) break;
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
