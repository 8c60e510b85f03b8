import type { Decision, LimitUse } from '../../model/decision.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Clock, Counters } from '../../model/ports.ts';

/** A limit that counts the call, as shares of its bound: what it would take, and what is left before it. */
export interface LimitLeft {
  readonly rule: string;
  readonly takes: number;
  /** Undefined where the counters did not say. */
  readonly left: number | undefined;
}

export interface LimitsLeftOptions {
  readonly counters: Pick<Counters, 'used'>;
  readonly clock: Clock;
}

const maxLimits = 16;
/** Counters that are away are no reason to keep a call waiting for more than this. */
const patienceMs = 250;

/** The limits that count a call which was decided so far. */
export function limitsOf(soFar: Decision | undefined): readonly LimitUse[] {
  if (soFar === undefined || soFar.verdict === 'deny') return [];
  return (soFar.limits ?? []).slice(0, maxLimits);
}

/** What is left of each. Never rejects. */
export async function findLimitsLeft(
  uses: readonly LimitUse[],
  nowMs: number,
  options: LimitsLeftOptions | undefined,
): Promise<readonly LimitLeft[]> {
  const used = options === undefined ? [] : await askUsed(uses, nowMs, options);
  return uses.map(({ rule, amount, max }, index) => {
    const taken = used[index];
    const left = taken === undefined ? undefined : toShare(Math.max(0, max - taken), max);
    return { rule, takes: toShare(amount, max), left };
  });
}

async function askUsed(
  uses: readonly LimitUse[],
  nowMs: number,
  { counters, clock }: LimitsLeftOptions,
): Promise<readonly number[]> {
  const { promise: late, resolve } = Promise.withResolvers<readonly number[]>();
  const cancel = clock.after(patienceMs, () => resolve([]), { keepAlive: true });
  try {
    return await Promise.race([counters.used(uses, nowMs), late]);
  } catch {
    return [];
  } finally {
    cancel();
  }
}

/** Two digits: a judge needs no more, and small changes ask it nothing anew. */
function toShare(amount: number, max: number): number {
  return max > 0 ? Math.min(1, Math.floor((100 * amount) / max) / 100) : 0;
}

export function describeLimits(limits: readonly LimitLeft[]): JsonObject[] {
  return limits.map(({ rule, takes, left }) => ({ rule, takes, left: left ?? null }));
}
