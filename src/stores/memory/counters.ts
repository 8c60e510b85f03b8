import type { JsonObject } from '../../core/model/json.ts';
import type { Counters } from '../../core/model/ports.ts';
import { createBuckets } from './buckets.ts';
import { createLimits } from './limits.ts';

/** Counters in memory that can be written down and taken up again, so that a restart resets nothing. */
export interface MemoryCounters extends Counters {
  /** What counts now. Of buckets, what is owed; time that passes until `restore` does not pay it back. */
  snapshot(): JsonObject;
  /** Replaces everything. What is not readable is left out, so check where the snapshot comes from. */
  restore(saved: JsonObject): void;
  /** How much is kept, for health and tests. */
  size(): { readonly buckets: number; readonly keys: number; readonly reservations: number };
}

/**
 * Limits are exact up to 128 reservations a key; beyond, neighbours in time are joined under the later time,
 * which may refuse early but never admits too much. Full buckets and expired limits are forgotten as others are used.
 */
export function createMemoryCounters(): MemoryCounters {
  const buckets = createBuckets();
  const limits = createLimits();
  return {
    take: async (wanted, monotonicMs) => buckets.take(wanted, monotonicMs),
    reserve: async (uses, options) => limits.reserve(uses, options),
    used: async (uses, nowMs) => limits.used(uses, nowMs),
    commit: async (reservation) => limits.commit(reservation),
    refund: async (reservation) => limits.refund(reservation),
    snapshot: () => ({ buckets: buckets.snapshot(), limits: limits.snapshot() }),
    restore(saved) {
      buckets.restore(saved['buckets']);
      limits.restore(saved['limits']);
    },
    size: () => ({ buckets: buckets.size(), ...limits.size() }),
  };
}
