import { SupervisionError } from '../../core/model/errors.ts';
import type { Json } from '../../core/model/json.ts';
import type { Bucket, Taken } from '../../core/model/ports.ts';
import { createSweep } from './sweep.ts';
import { tuplesOf } from './tuples.ts';

/** Token buckets by the generic cell rate algorithm: one number a bucket, the time at which it is full again. */
export interface Buckets {
  take(buckets: readonly Bucket[], nowMs: number): Taken;
  readonly size: () => number;
  snapshot(): readonly Json[];
  restore(saved: Json | undefined): void;
}

interface State {
  /** Monotonic time at which nothing of the burst is used any more ("theoretical arrival time"). */
  fullAtMs: number;
  perSecond: number;
  burst: number;
}

export function createBuckets(): Buckets {
  const states = new Map<string, State>();
  // INVARIANT: only what is full again is forgotten, so a forgotten bucket is equal to a fresh one
  const sweep = createSweep(states, (state, nowMs) => state.fullAtMs <= nowMs);
  let latestMs = 0;
  let isRestored = false; // times in `states` count from 0 until the first take tells what time it is

  function take(buckets: readonly Bucket[], givenMs: number): Taken {
    for (const bucket of buckets) checkBucket(bucket);
    const nowMs = advance(givenMs);
    const undo: (() => void)[] = [];
    let retryAfterMs = 0;
    for (const bucket of buckets) {
      const state = stateOf(states, bucket, nowMs);
      const before = state.fullAtMs;
      const lateMs = takeOne(state, nowMs);
      retryAfterMs = Math.max(retryAfterMs, lateMs);
      undo.push(() => {
        state.fullAtMs = before;
      });
    }
    if (retryAfterMs > 0) for (const back of undo.toReversed()) back();
    sweep(2 * buckets.length, nowMs);
    return retryAfterMs > 0 ? { ok: false, retryAfterMs: Math.ceil(retryAfterMs) } : { ok: true };
  }

  function advance(givenMs: number): number {
    if (!Number.isFinite(givenMs)) {
      throw new SupervisionError(
        'COUNTERS_UNAVAILABLE',
        'the monotonic clock gave no finite number',
      );
    }
    if (isRestored) for (const state of states.values()) state.fullAtMs += givenMs;
    if (isRestored) latestMs = givenMs;
    isRestored = false;
    latestMs = Math.max(latestMs, givenMs);
    return latestMs;
  }

  function snapshot(): readonly Json[] {
    const saved: Json[] = [];
    for (const [key, { fullAtMs, perSecond, burst }] of states) {
      const owedMs = isRestored ? fullAtMs : fullAtMs - latestMs;
      if (owedMs > 0) saved.push([key, owedMs, perSecond, burst]);
    }
    return saved;
  }

  function restore(saved: Json | undefined): void {
    states.clear();
    isRestored = true;
    for (const [key, owedMs, perSecond, burst] of tuplesOf(saved)) {
      if (typeof key !== 'string' || typeof owedMs !== 'number') continue;
      if (typeof perSecond !== 'number' || typeof burst !== 'number') continue;
      states.set(key, { fullAtMs: owedMs, perSecond, burst });
    }
  }

  return { take, size: () => states.size, snapshot, restore };
}

/** Takes a token; or leaves the state and says how long until there is one. */
function takeOne(state: State, nowMs: number): number {
  const tokenMs = 1_000 / state.perSecond;
  const fullAtMs = Math.max(state.fullAtMs, nowMs) + tokenMs;
  const lateMs = fullAtMs - nowMs - tokenMs * state.burst;
  // a thousandth of a token, once and never summed, makes good for the rounding of large times
  if (lateMs > tokenMs / 1_000) return lateMs;
  state.fullAtMs = fullAtMs;
  return 0;
}

function stateOf(states: Map<string, State>, bucket: Bucket, nowMs: number): State {
  const { key, perSecond, burst } = bucket;
  const known = states.get(key);
  if (known === undefined) {
    const fresh = { fullAtMs: nowMs, perSecond, burst };
    states.set(key, fresh);
    return fresh;
  }
  if (known.perSecond === perSecond && known.burst === burst) return known;
  // another ring: what was used of the old burst is used of the new one, so that a change refills nothing
  const owedMs = Math.max(0, known.fullAtMs - nowMs);
  const used = (owedMs * known.perSecond) / known.burst;
  known.fullAtMs = nowMs + (used * burst) / perSecond;
  known.perSecond = perSecond;
  known.burst = burst;
  return known;
}

function checkBucket({ perSecond, burst }: Bucket): void {
  if (perSecond > 0 && burst >= 1 && Number.isFinite(perSecond) && Number.isFinite(burst)) return;
  throw new SupervisionError(
    'CONFIG_INVALID',
    'rate: `perSecond` must be a finite number above 0 and `burst` a finite number of at least 1',
  );
}
