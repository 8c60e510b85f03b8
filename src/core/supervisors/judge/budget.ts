import type { LimitUse } from '../../model/decision.ts';
import { joinKey } from '../../model/length-prefixed.ts';
import type { Counters, Journal } from '../../model/ports.ts';
import type { ModelAnswer } from '../../model/model-port.ts';
import { createRequestSize, type SizedRequest } from './request-size.ts';

/** How much of something may be used in one session and in all, each in a rolling day. */
export interface Bound {
  readonly perSession?: number;
  readonly perDay?: number;
}

export interface BudgetOptions {
  /** Requests to a model, second tries among them. */
  readonly calls: Bound;
  /** Millionths of a currency. */
  readonly micros: Bound;
}

/** What a model costs: millionths of the budget's currency for a million tokens. */
export interface Price {
  readonly inputMicros: number;
  readonly outputMicros: number;
}

/** A question that was paid for in advance. */
export interface Spending {
  readonly ok: true;
  /** Before a second try, which is a request as well: reserves the same once more. False: there is not enough. */
  again(): Promise<boolean>;
  /**
   * Takes what the last try really cost, also beyond a bound; returns what all tries cost, in millionths. Where the provider
   * does not tell, all that was reserved.
   */
  settle(usage: ModelAnswer['usage']): Promise<number>;
}

/** What is to be asked, and of whom it is. */
export interface SpendingQuestion {
  readonly session: string;
  readonly price: Price;
  readonly request: SizedRequest;
  readonly nowMs: number;
}

export interface Budget {
  /** Before a question: reserves the most that one try is expected to cost, or says that there is not enough. */
  spend(question: SpendingQuestion): Promise<Spending | { readonly ok: false }>;
  /** The same for so many requests at once, each with a spending of its own: all of them, or none. */
  spendAll(
    question: SpendingQuestion,
    requests: number,
  ): Promise<{ readonly ok: true; readonly each: readonly Spending[] } | { readonly ok: false }>;
}

interface Ports {
  readonly counters: Counters;
  readonly journal: Journal;
}

const dayMs = 86_400_000;

/**
 * Reserves by the counters, which are atomic, so that a hundred at once cannot pass a bound. What is taken stands in the
 * log, so that a restart resets nothing.
 */
export function createBudget(bounds: BudgetOptions, ports: Ports): Budget {
  const inputTokensOf = createRequestSize();
  const spendAll: Budget['spendAll'] = async ({ session, price, request, nowMs }, requests) => {
    const inputTokens = inputTokensOf(request);
    const most = costOf(price, { inputTokens, outputTokens: request.maxOutputTokens });
    const pay = (times: number) => payFor(bounds, ports, { session, nowMs, most, times });
    const paid = await pay(requests);
    if (paid === undefined) return { ok: false };
    const again = async () => (await pay(1))?.[0];
    return { ok: true, each: paid.map((first) => toSpending(first, { price, most, again })) };
  };
  return {
    spendAll,
    async spend(question) {
      const spent = await spendAll(question, 1);
      return spent.ok ? (spent.each[0] ?? { ok: false }) : spent;
    },
  };
}

/** A request that was paid for, until it tells what it really cost. */
interface Paid {
  settle(cost: number): Promise<void>;
}

interface Paying {
  readonly price: Price;
  /** That one try is expected to cost. */
  readonly most: number;
  /** Pays for another try. */
  readonly again: () => Promise<Paid | undefined>;
}

function toSpending(first: Paid, { price, most, again }: Paying): Spending {
  let paid = first;
  let before = 0;
  return {
    ok: true,
    async again() {
      const next = await again();
      if (next === undefined) return false;
      // nobody tells what a try that failed has cost
      await paid.settle(most);
      before += most;
      paid = next;
      return true;
    },
    async settle(usage) {
      const told = usage === undefined ? nonsense : costOf(price, usage);
      const cost = told === nonsense ? most : told;
      await paid.settle(cost);
      return before + cost;
    },
  };
}

interface Amount {
  readonly session: string;
  readonly nowMs: number;
  /** Of one request. */
  readonly most: number;
  readonly times: number;
}

/** Of requests that are made together; undefined: there is not enough. Takes nothing where the log does not take it. */
async function payFor(
  { calls, micros }: BudgetOptions,
  { counters, journal }: Ports,
  { session, nowMs, most: mostOfOne, times }: Amount,
): Promise<readonly Paid[] | undefined> {
  const most = Math.min(nonsense, mostOfOne * times);
  const asked = toUses('calls', calls, { session, nowMs, amount: times });
  const moneyOf = (amount: number) => toUses('micros', micros, { session, nowMs, amount });
  const note = async (type: string, uses: readonly LimitUse[]): Promise<void> => {
    const spent = uses.map(toSpent);
    if (spent.length > 0) await journal({ type, time: nowMs, session, spent });
  };
  const counted = await counters.reserve(asked, { nowMs });
  if (!counted.ok) return undefined;
  const taken = [counted.reservation];
  const giveBack = () => Promise.all(taken.map((each) => counters.refund(each)));
  let reservation = '';
  try {
    const paid = await counters.reserve(moneyOf(most), { nowMs });
    if (!paid.ok) {
      await giveBack();
      return undefined;
    }
    ({ reservation } = paid);
    taken.push(reservation);
    await note('judge.asked', [...asked, ...moneyOf(most)]);
  } catch (error) {
    await giveBack();
    throw error;
  }
  await counters.commit(counted.reservation);
  return share(times, async (cost) => {
    if (cost === most) return counters.commit(reservation);
    // what it really cost first, then back what was reserved: so nobody can take more than there is
    const uses = moneyOf(cost);
    const beyond = new Set(uses.map(({ key }) => key));
    const real = await counters.reserve(uses, { nowMs, beyond });
    await counters.refund(reservation);
    if (real.ok) await counters.commit(real.reservation);
    if (cost > most) await note('judge.overspent', moneyOf(cost - most));
  });
}

/** What was reserved as one stays reserved as a whole until the last of so many has told its cost. */
function share(times: number, settleAll: (cost: number) => Promise<void>): readonly Paid[] {
  let left = times;
  let total = 0;
  const settle = async (cost: number): Promise<void> => {
    total = Math.min(nonsense, total + cost);
    left -= 1;
    if (left === 0) await settleAll(total);
  };
  return Array.from({ length: times }, () => ({ settle }));
}

const nonsense = Number.MAX_SAFE_INTEGER;

/** What a request cost, in millionths. Rounded up: money is counted in whole millionths. */
export function costOf(
  { inputMicros, outputMicros }: Price,
  { inputTokens, outputTokens }: NonNullable<ModelAnswer['usage']>,
): number {
  const cost = Math.ceil((inputTokens * inputMicros + outputTokens * outputMicros) / 1_000_000);
  // a provider that tells nonsense is taken to have told nothing
  return Number.isSafeInteger(cost) && cost >= 0 ? cost : nonsense;
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
