import { nearestWord } from '../model/nearest-word.ts';
import { quote } from '../model/quote.ts';
import { type Finding, ofRule } from './problem.ts';
import type { ReadRule } from './read-file.ts';
import { backThresholds } from './rollout-source.ts';
import type { RuleSource } from './source.ts';

/** What the rollout of one rule has wrong, as far as the rule alone can tell. */
export function checkRollout(rule: RuleSource, path: Finding['path']): readonly Finding[] {
  const { rollout, mode = 'enforce', allow_loosening: mayLoosen = false } = rule;
  if (rollout === undefined) {
    if (!mayLoosen) return [];
    const message = 'the rule has no rollout, so this changes nothing';
    return [warn([...path, 'allow_loosening'], message, 'take it out, or add a `rollout`')];
  }
  const at = [...path, 'rollout'];
  const findings: Finding[] = [...checkBack(rollout, [...at, 'back'])];
  if (mode !== 'enforce') {
    const message = `the mode of the rule is \`${mode}\`, so the rollout changes nothing`;
    findings.push(warn(at, message, 'take `mode` out, or the rollout'));
  }
  if (rollout.instead_of === rule.name) {
    const remedy = 'name the rule that it replaces, or leave `instead_of` out';
    findings.push({ path: [...at, 'instead_of'], message: 'the rule names itself', remedy });
  }
  if (!mayLoosen && canOnlyLoosen(rule)) {
    const message = 'a candidate that only approves cannot tighten anything';
    const remedy = 'set `allow_loosening`, or name the rule that it replaces in `instead_of`';
    findings.push({ path: at, message, remedy });
  }
  return findings;
}

function canOnlyLoosen({ approval, condition, filters, requires, rollout }: RuleSource): boolean {
  const { max_per_minute: minute, max_per_hour: hour, max_per_day: day, limits } = condition;
  const isLimited = [minute, hour, day, limits].some((limit) => limit !== undefined);
  const adds = isLimited || (filters ?? []).length > 0 || (requires ?? []).length > 0;
  return approval === 'auto_approve' && rollout?.instead_of === undefined && !adds;
}

function checkBack(
  { back, percent }: NonNullable<RuleSource['rollout']>,
  path: Finding['path'],
): readonly Finding[] {
  if (back === undefined) return [];
  if (backThresholds.every((name) => back[name] === undefined)) {
    const remedy = `name one of ${backThresholds.map((name) => `\`${name}\``).join(', ')}`;
    return [{ path, message: 'there is no threshold here', remedy }];
  }
  const compared = (['denied_over', 'failed_over'] as const).filter(
    (name) => back[name] !== undefined && percent >= 100,
  );
  const alone = compared.map((name): Finding => {
    const message = 'with a percentage of 100 there is no other side to compare with';
    return { path: [...path, name], message, remedy: 'lower the percentage, to 95 for example' };
  });
  if (back.min_answers === undefined || back.overturned_over !== undefined) return alone;
  const message = 'answers are counted for `overturned_over` alone, which is not there';
  const remedy = 'add `overturned_over`, or take `min_answers` out';
  return [...alone, warn([...path, 'min_answers'], message, remedy)];
}

/** What is wrong between candidates and the rules that they replace, by the position of the candidate's file. */
export function checkReplacements(
  files: readonly (readonly ReadRule[])[],
): readonly (readonly Finding[])[] {
  const byName = new Map(files.flat().map(({ source }) => [source.name, source]));
  const taken = new Map<string, string>();
  return files.map((rules) =>
    rules.flatMap(({ source, path }) => {
      const target = source.rollout?.instead_of;
      if (target === undefined || target === source.name) return [];
      const at = [...path, 'rollout', 'instead_of'];
      const before = taken.get(target);
      if (before === undefined) taken.set(target, source.name);
      const found = checkTarget(source, byName, at);
      const message = `${quote(target)} is already replaced by ${quote(before ?? '')}`;
      const again = { path: at, message, remedy: 'one rule can have one candidate at a time' };
      return ofRule(source.name, before === undefined ? found : [...found, again]);
    }),
  );
}

function checkTarget(
  candidate: RuleSource,
  byName: ReadonlyMap<string, RuleSource>,
  path: Finding['path'],
): readonly Finding[] {
  const name = candidate.rollout?.instead_of ?? '';
  const target = byName.get(name);
  if (target === undefined) {
    const near = nearestWord(name, [...byName.keys()]);
    const remedy = near === undefined ? 'name a rule of this set' : `did you mean \`${near}\`?`;
    return [{ path, message: `there is no rule ${quote(name)}`, remedy }];
  }
  if (target.rollout !== undefined) {
    const remedy = 'finish the rollout of that rule first';
    return [{ path, message: `${quote(name)} is rolled out itself`, remedy }];
  }
  if ((target.mode ?? 'enforce') !== 'enforce') {
    const message = `${quote(name)} is not enforced, so there is nothing to replace`;
    return [warn(path, message, 'set the mode of that rule to `enforce`, or name another one')];
  }
  if (candidate.allow_loosening === true || strength(candidate) >= strength(target)) return [];
  const message = `the candidate is looser than ${quote(name)}`;
  return [{ path, message, remedy: 'set `allow_loosening` if that is meant' }];
}

function strength({ approval, requires = [] }: RuleSource): number {
  if (approval === 'deny') return 2;
  return approval === 'require_review' || requires.includes('person') ? 1 : 0;
}

function warn(path: Finding['path'], message: string, remedy: string): Finding {
  return { severity: 'warning', path, message, remedy };
}
