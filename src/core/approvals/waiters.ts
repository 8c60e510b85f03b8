/** Who waits for news of an approval. */
export interface Waiters {
  /** Resolves at the next `wake`; `stop` lets go of it. */
  changed(id: string): { readonly promise: Promise<void>; readonly stop: () => void };
  wake(id: string): void;
}

export function createWaiters(): Waiters {
  const waiting = new Map<string, Set<() => void>>();
  return {
    changed(id) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const those = waiting.get(id) ?? new Set();
      waiting.set(id, those.add(resolve));
      const stop = (): void => {
        those.delete(resolve);
        if (those.size === 0) waiting.delete(id);
      };
      return { promise, stop };
    },
    wake(id) {
      for (const resolve of waiting.get(id) ?? []) resolve();
    },
  };
}
