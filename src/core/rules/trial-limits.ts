import type { Decision, LimitUse, Verdict } from '../model/decision.ts';

/** What becomes of a call once its limits are counted. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly code: string;
  /** That decided, or whose limit is full. */
  readonly rule: string | undefined;
}

interface Slot {
  readonly key: string;
  readonly atMs: number;
  readonly amount: number;
}

/** Counters of one test on its own clock: all limits of an allowed call are counted, or none. */
export function createTrialLimits(): (decision: Decision, nowMs: number) => Outcome {
  const slots: Slot[] = [];
  const usedOf = ({ key, sinceMs }: LimitUse) =>
    slots.reduce(
      (sum, slot) => sum + (slot.key === key && slot.atMs >= sinceMs ? slot.amount : 0),
      0,
    );
  return (decision, nowMs) => {
    const plain = { verdict: decision.verdict, code: decision.code, rule: decision.rule };
    if (decision.verdict === 'deny') return plain;
    const uses = decision.limits ?? [];
    const full = uses.filter((use) => usedOf(use) + use.amount > use.max);
    const [first] = full;
    if (first !== undefined) {
      const hard = full.find(({ onExceed }) => onExceed === 'deny');
      const verdict = hard === undefined ? 'review' : 'deny';
      return { verdict, code: 'LIMIT_EXCEEDED', rule: (hard ?? first).rule };
    }
    if (decision.verdict === 'allow') {
      for (const { key, amount } of uses) slots.push({ key, amount, atMs: nowMs });
    }
    return plain;
  };
}
