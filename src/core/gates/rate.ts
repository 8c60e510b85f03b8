import type { ToolCall } from '../model/call.ts';
import type { Gate } from '../model/extension.ts';
import { SupervisionError } from '../model/errors.ts';
import { joinKey } from '../model/length-prefixed.ts';
import type { Clock, Counters } from '../model/ports.ts';
import type { Ring } from '../model/tool.ts';

export interface Rate {
  /** Tokens a second: above 0. */
  readonly perSecond: number;
  /** Tokens at once: at least 1. */
  readonly burst: number;
}

/** From the source system's rings (spec: rings and liability). */
export const defaultRates: Record<Ring, Rate> = {
  0: { perSecond: 100, burst: 200 },
  1: { perSecond: 50, burst: 100 },
  2: { perSecond: 20, burst: 40 },
  3: { perSecond: 5, burst: 10 },
};

export function mergeRates(rates: Partial<Record<Ring, Rate>> = {}): Record<Ring, Rate> {
  const merged = { ...defaultRates, ...rates };
  for (const [ring, { perSecond, burst }] of Object.entries(merged)) {
    const isSound = perSecond > 0 && Number.isFinite(perSecond) && burst >= 1;
    if (isSound && Number.isFinite(burst)) continue;
    throw new SupervisionError(
      'CONFIG_INVALID',
      `rate of ring \`${ring}\`: expected \`perSecond\` > 0 and \`burst\` >= 1, both finite`,
    );
  }
  return merged;
}

/** One token an attempt from the agent's bucket and from its bucket in this session, at its ring's rate. */
export function createRateGate(options: {
  readonly counters: Counters;
  readonly clock: Clock;
  readonly rates: Record<Ring, Rate>;
}): Gate {
  return {
    name: 'rate',
    attemptsOnly: true,
    async check(call, { ring }) {
      const rate = options.rates[ring];
      const buckets = bucketKeys(call).map((key) => ({ key, ...rate }));
      const taken = await options.counters.take(buckets, options.clock.monotonicMs());
      if (taken.ok) return undefined;
      return {
        verdict: 'deny',
        by: 'rate',
        code: 'RATE_LIMITED',
        reason: `too many calls; try again in ${Math.ceil(taken.retryAfterMs)} ms`,
        retryAfterMs: taken.retryAfterMs,
      };
    },
  };
}

/** Length-prefixed, since joined names collide: `a:b` with `c` is not `a` with `b:c`. */
export function bucketKeys(call: Pick<ToolCall, 'seat'>): readonly [string, string] {
  const { agent, session } = call.seat;
  return [joinKey('agent', agent.id), joinKey('seat', agent.id, session.id)];
}
