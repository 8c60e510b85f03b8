import type { CompiledRule } from './compiled-rule.ts';
import { trialHash } from './rollout.ts';
import type { BackSource } from './rollout-source.ts';
import type { RuleSet } from './rule-set.ts';

/** A rollout that is in force, as whoever counts it needs to know it. */
export interface RolloutPlan {
  readonly rule: string;
  readonly ruleHash: string;
  readonly percent: number;
  readonly mayLoosen: boolean;
  readonly back: BackSource | undefined;
}

const known = new WeakMap<RuleSet, ReadonlyMap<string, RolloutPlan>>();

/** Every rollout of a set by `ruleHash`; looked up once for each set. */
export function plansOf(set: RuleSet): ReadonlyMap<string, RolloutPlan> {
  let plans = known.get(set);
  if (plans === undefined) {
    plans = new Map(set.rules.flatMap((rule) => toPlan(rule)));
    known.set(set, plans);
  }
  return plans;
}

function toPlan(rule: CompiledRule): readonly (readonly [string, RolloutPlan])[] {
  if (rule.rollout === undefined) return [];
  const { percent, mayLoosen, back } = rule.rollout;
  const ruleHash = trialHash(rule);
  return [[ruleHash, { rule: rule.name, ruleHash, percent, mayLoosen, back }]];
}
