import type { LimitUse } from '../../model/decision.ts';
import { joinKey } from '../../model/length-prefixed.ts';
import type { Counters, Journal } from '../../model/ports.ts';
import type { ModelAnswer } from '../../model/model-port.ts';

/** How much of something may be used in one session and in all, each in a rolling day. */
export interface Bound {
  readonly perSession?: number;
  readonly perDay?: number;
}

export interface BudgetOptions {
  /** Requests to a model. */
  readonly calls: Bound;
  /** Millionths of a currency. */
  readonly micros: Bound;
}

/** What a model costs: millionths of the budget's currency for a million tokens. */
export interface Price {
  readonly inputMicros: number;
  readonly outputMicros: number;
}

/** One request that was paid for in advance. */
export interface Spending {
  readonly ok: true;
  /** Takes what it really cost; returns it, in millionths. Where the provider does not tell, all that was reserved. */
  settle(usage: ModelAnswer['usage']): Promise<number>;
}

export interface Budget {
  /** Before a request: reserves the most that it can cost, or says that there is not enough. */
  spend(request: {
    readonly session: string;
    readonly price: Price;
    /** Of all messages, UTF-16 units. */
    readonly inputChars: number;
    readonly maxOutputTokens: number;
    readonly nowMs: number;
  }): Promise<Spending | { readonly ok: false }>;
}

const dayMs = 86_400_000;
/** Every token is at least one byte of UTF-8, and our prompts are ASCII: one unit each is the most there can be. */
const tokensPerChar = 1;

/**
 * Reserves by the counters, which are atomic, so that a hundred at once cannot pass a bound. What is taken stands in the
 * log, so that a restart resets nothing.
 */
export function createBudget(
  { calls, micros }: BudgetOptions,
  { counters, journal }: { readonly counters: Counters; readonly journal: Journal },
): Budget {
  return {
    async spend({ session, price, inputChars, maxOutputTokens, nowMs }) {
      const inputTokens = inputChars * tokensPerChar;
      const most = costOf(price, { inputTokens, outputTokens: maxOutputTokens });
      const one = toUses('calls', calls, { session, nowMs, amount: 1 });
      const money = toUses('micros', micros, { session, nowMs, amount: most });
      const reserved = await counters.reserve([...one, ...money], { nowMs, dryRun: true });
      if (!reserved.ok) return { ok: false };
      const counted = await counters.reserve(one, { nowMs });
      if (!counted.ok) return { ok: false };
      const paid = await counters.reserve(money, { nowMs });
      if (!paid.ok) {
        await counters.refund(counted.reservation);
        return { ok: false };
      }
      await counters.commit(counted.reservation);
      const spent = [...one, ...money].map(toSpent);
      if (spent.length > 0) await journal({ type: 'judge.asked', time: nowMs, session, spent });
      return {
        ok: true,
        async settle(usage) {
          const cost = usage === undefined ? most : Math.min(most, costOf(price, usage));
          const real = toUses('micros', micros, { session, nowMs, amount: cost });
          // what it really cost first, then back what was reserved: so nobody can take more than there is
          const taken = await counters.reserve(real, { nowMs });
          if (taken.ok) await counters.refund(paid.reservation);
          await counters.commit(taken.ok ? taken.reservation : paid.reservation);
          return taken.ok ? cost : most;
        },
      };
    },
  };
}

/** What a request cost, in millionths. Rounded up: money is counted in whole millionths. */
export function costOf(
  { inputMicros, outputMicros }: Price,
  { inputTokens, outputTokens }: NonNullable<ModelAnswer['usage']>,
): number {
  const cost = Math.ceil((inputTokens * inputMicros + outputTokens * outputMicros) / 1_000_000);
  // a provider that tells nonsense is taken to have told nothing
  return Number.isSafeInteger(cost) && cost >= 0 ? cost : Number.MAX_SAFE_INTEGER;
}

function toUses(
  what: 'calls' | 'micros',
  { perSession, perDay }: Bound,
  {
    session,
    nowMs,
    amount,
  }: { readonly session: string; readonly nowMs: number; readonly amount: number },
): readonly LimitUse[] {
  const use = (max: number, ...whom: readonly string[]): LimitUse => ({
    key: joinKey('judge', what, ...whom),
    rule: 'judge',
    amount,
    max,
    sinceMs: nowMs - dayMs + 1,
    untilMs: nowMs + dayMs,
    onExceed: 'deny',
  });
  return [
    ...(perSession === undefined ? [] : [use(perSession, 'session', session)]),
    ...(perDay === undefined ? [] : [use(perDay, 'day')]),
  ];
}

function toSpent({ key, amount, untilMs }: LimitUse): {
  key: string;
  amount: number;
  untilMs: number;
} {
  return { key, amount, untilMs };
}
