import type { CompiledRule } from './compiled-rule.ts';
import type { RuleSet } from './rule-set.ts';
import type { Trial } from './embedded-tests.ts';

/** Whether tests saw something both ways. */
export interface Seen {
  readonly label: string;
  readonly asTrue: boolean;
  readonly asFalse: boolean;
}

/** What tests saw of one rule: the whole of it, and each part of its condition. */
export interface RuleCoverage {
  readonly rule: string;
  readonly file: string;
  readonly whole: Seen;
  readonly parts: readonly Seen[];
}

/** Of all things that could be seen: two for each rule, and two for each part of a condition. */
export interface Coverage {
  readonly rules: readonly RuleCoverage[];
  readonly seen: number;
  readonly total: number;
}

interface Tally {
  readonly trues: Set<string>;
  readonly falses: Set<string>;
}
const whole = 'the rule';

/** What these calls show of every rule that is not off; an error shows neither way. */
export function measureCoverage(set: RuleSet, trials: readonly Trial[]): Coverage {
  const rules = set.rules.filter(({ mode }) => mode !== 'off');
  const tallies = new Map(rules.map(({ name }) => [name, newTally()]));
  for (const { call, facts } of trials) {
    const met = new Map(set.explain(call, facts).rules.map((traced) => [traced.rule, traced]));
    for (const [name, tally] of tallies) {
      const traced = met.get(name);
      note(tally, whole, traced?.outcome ?? false);
      for (const { label, result } of traced?.conditions ?? []) note(tally, label, result);
    }
  }
  const covered = rules.map((rule) => toCoverage(rule, tallies.get(rule.name) ?? newTally()));
  const all = covered.flatMap(({ whole: rule, parts }) => [rule, ...parts]);
  const seen = all.reduce((sum, one) => sum + Number(one.asTrue) + Number(one.asFalse), 0);
  return { rules: covered, seen, total: 2 * all.length };
}

function newTally(): Tally {
  return { trues: new Set(), falses: new Set() };
}

function note(tally: Tally, label: string, result: boolean | 'error'): void {
  if (result === true) tally.trues.add(label);
  if (result === false) tally.falses.add(label);
}

function toCoverage(rule: CompiledRule, { trues, falses }: Tally): RuleCoverage {
  const toSeen = (label: string): Seen => ({
    label,
    asTrue: trues.has(label),
    asFalse: falses.has(label),
  });
  const parts = rule.body().checks.flatMap((group) => group.parts);
  return {
    rule: rule.name,
    file: rule.file,
    whole: toSeen(whole),
    parts: parts.map(({ label }) => toSeen(label)),
  };
}
