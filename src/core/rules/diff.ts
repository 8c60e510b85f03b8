import { canonicalJson } from '../model/canonical-json.ts';
import { stricterVerdict } from '../model/decision.ts';
import { type Json, isJsonObject } from '../model/json.ts';
import type { CompiledRule } from './compiled-rule.ts';
import { isLimitedAsMuch, isNarrower, isSameMatch, limitPart } from './narrowing.ts';
import {
  isLooseRollout,
  isLooseToStart,
  isLooseToStop,
  isOtherList,
  isReadOtherwise,
  textWithout,
} from './rollout-diff.ts';
import { isPlainDeny } from './rollout.ts';
import type { RuleSet } from './rule-set.ts';

/** What an edit changes, by names of rules. */
export interface RulesDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** Sentences: every change that is not shown to tighten only. Empty means that no call can be treated more loosely. */
  readonly loosened: readonly string[];
}

/** Compares two sets. Without an earlier one there is nothing that could have been loosened. */
export function diffRules(from: RuleSet | undefined, to: RuleSet): RulesDiff {
  const before = new Map((from?.rules ?? []).map((rule) => [rule.name, rule]));
  const after = new Map(to.rules.map((rule) => [rule.name, rule]));
  const added = to.rules.filter(({ name }) => !before.has(name));
  const removed = [...before.values()].filter(({ name }) => !after.has(name));
  const changed = [...before.values()].filter((rule) => {
    const next = after.get(rule.name);
    return next !== undefined && next.hash() !== rule.hash();
  });
  const loosened =
    from === undefined
      ? []
      : [
          ...looserDefaults(from, to),
          ...added.map((rule) => explain(rule, isLooseToAdd(rule, to))),
          ...removed.map((rule) => explain(rule, isLooseToRemove(rule, to))),
          ...changed.map((rule) => explain(rule, looserChange(rule, after.get(rule.name), to))),
        ].filter((reason) => reason !== undefined);
  return {
    added: toNames(added),
    removed: toNames(removed),
    changed: toNames(changed),
    loosened: loosened.toSorted(),
  };
}

function toNames(rules: readonly CompiledRule[]): readonly string[] {
  return rules.map(({ name }) => name).toSorted();
}

function explain(rule: CompiledRule, reason: string | undefined): string | undefined {
  return reason === undefined ? undefined : `rule \`${rule.name}\`: ${reason}`;
}

function looserDefaults(from: RuleSet, to: RuleSet): readonly string[] {
  const reasons: string[] = [];
  if (from.defaults.approval === 'deny' && to.defaults.approval === 'review') {
    reasons.push('defaults: what no rule speaks of was denied and can now be approved by a person');
  }
  if (from.defaults.onError === 'deny' && to.defaults.onError === 'review') {
    reasons.push(
      'defaults: what cannot be evaluated was denied and can now be approved by a person',
    );
  }
  return reasons;
}

/** Whether a rule denies wherever it matches: such a rule can only tighten. */
function isDeny(rule: CompiledRule): boolean {
  return rule.mode === 'enforce' && (isPlainDeny(rule) || rule.unmet !== undefined);
}

function isLooseToAdd(rule: CompiledRule, to: RuleSet): string | undefined {
  if (rule.rollout === undefined) return isLooseToEnforce(rule);
  return isLooseToStart(rule) ?? isLooseToLabel(rule, to);
}

/** What a candidate that may only tighten takes from sessions does not count; what it gives does. */
function isLooseToLabel(rule: CompiledRule, to: RuleSet): string | undefined {
  if (rule.rollout === undefined || rule.rollout.percent === 0 || isDeny(rule)) return undefined;
  return isOpenedBy(rule.taints, to)
    ? 'a candidate gives sessions a label with which others allow more'
    : undefined;
}

function isLooseToEnforce(rule: CompiledRule): string | undefined {
  if (rule.mode !== 'enforce' || isDeny(rule)) return undefined;
  if (rule.verdict === 'deny') return 'a rule was added whose denial a model may replace';
  return rule.verdict === 'allow'
    ? 'a rule that approves was added'
    : 'a rule was added that sends calls to a person which may have been denied before';
}

function isLooseToRemove(rule: CompiledRule, to: RuleSet): string | undefined {
  if (rule.mode !== 'enforce') return undefined;
  if (rule.rollout !== undefined) return isLooseToStop(rule);
  if (rule.unmet !== undefined || rule.verdict !== 'allow')
    return 'a rule that restricts was removed';
  if (hasConditions(rule)) return 'limits, filters, requirements or a judge went with the rule';
  if (isOpenedBy(rule.declassifies, to))
    return 'sessions keep a label with which others allow more';
  return failureDenies(to) ? 'a call on which the rule failed was denied' : undefined;
}

/** Whether an approving rule that fails makes the default stricter. */
function failureDenies({ defaults }: RuleSet): boolean {
  return defaults.approval === 'review' && defaults.onError === 'deny';
}

function hasConditions(rule: CompiledRule): boolean {
  const { requires = [], filters = [], taint = [], condition } = rule.raw;
  const hasLimits = Object.keys(limitPart(condition)).length > 0;
  // what a judge may say of the rule can be stricter than the rule
  return hasLimits || rule.may.length > 0 || ![requires, filters, taint].every(isEmpty);
}

function isEmpty(list: Json): boolean {
  return Array.isArray(list) && list.length === 0;
}

function looserChange(
  from: CompiledRule,
  to: CompiledRule | undefined,
  set: RuleSet,
): string | undefined {
  if (to === undefined) return undefined;
  if (from.rollout !== undefined || to.rollout !== undefined) {
    const why = isLooseRollout({
      from,
      to,
      removed: from.rollout === undefined ? isLooseToRemove(from, set) : undefined,
      added: isLooseToEnforce(to),
      isTighter: () => isTighter(from, to, set),
    });
    return why ?? isLooseToLabel(to, set);
  }
  if (isSameMeaning(from, to)) return undefined;
  if (from.mode !== 'enforce') return isLooseToAdd(to, set);
  if (to.mode !== 'enforce') {
    const reason = isLooseToRemove(from, set);
    return reason === undefined ? undefined : 'the rule is no longer enforced';
  }
  if (isOtherList(from, to)) return 'a list that the rule names was changed';
  return isTighter(from, to, set) ? undefined : 'it cannot be shown that the change only tightens';
}

const texts = new Set(['tests', 'metadata', 'description']);

/** Texts for people change no decision, but for those that a judge reads. */
function isSameMeaning(from: CompiledRule, to: CompiledRule): boolean {
  return textWithout(from, texts) === textWithout(to, texts) && !isOtherList(from, to);
}

function isTighter(from: CompiledRule, to: CompiledRule, set: RuleSet): boolean {
  const [before, after] = [from.raw['condition'], to.raw['condition']];
  if (opensByLabel(from, to, set)) return false;
  // a deny that speaks of all that the rule spoke of, or more; naming the tool makes missing arguments errors
  if (isPlainDeny(to))
    return isNarrower(before, after) && (isSameTool(before, after) || !canFail(before));
  if (isDeny(from) || !keepsConditions(from, to) || to.endsMs > from.endsMs) return false;
  // what goes sooner takes with it what it held
  if (to.endsMs < from.endsMs && isLooseToRemove(from, set) !== undefined) return false;
  if (isSameMatch(before, after)) return to.verdict === from.verdict || !canFail(after);
  const isNarrowerAllow =
    from.verdict === 'allow' && to.verdict === 'allow' && isNarrower(after, before);
  // calls that the rule no longer speaks of lose its limits, filters and requirements, and keep what it took from sessions
  const holds = hasConditions(from) || isOpenedBy(from.declassifies, set);
  return isNarrowerAllow && !holds && !failureDenies(set);
}

/** Whether sessions get, or keep, a label by which something opens. */
function opensByLabel(from: CompiledRule, to: CompiledRule, set: RuleSet): boolean {
  const gained = to.taints.filter((label) => !from.taints.includes(label));
  // a call that is denied takes no label
  const taken = isDeny(to) ? [] : to.declassifies;
  const kept = from.declassifies.filter((label) => !taken.includes(label));
  return isOpenedBy([...gained, ...kept], set);
}

/** Whether some rule allows more, or restricts less, in a session that has one of these labels. */
function isOpenedBy(labels: readonly string[], { rules }: RuleSet): boolean {
  if (labels.length === 0) return false;
  return rules.some((rule) => labelsThatOpen(rule).some((label) => labels.includes(label)));
}

function labelsThatOpen(rule: CompiledRule): readonly string[] {
  const { tainted = [], not_tainted: spared = [] } = rule.source.condition.session ?? {};
  if (isPlainDeny(rule)) return spared;
  // beside the others that allow, what does not match asks for nothing
  return rule.verdict === 'allow' && !hasConditions(rule) ? tainted : [...tainted, ...spared];
}

function isSameTool(one: Json | undefined, other: Json | undefined): boolean {
  const toolOf = (condition: Json | undefined): Json =>
    isJsonObject(condition) ? (condition['tool'] ?? null) : null;
  return canonicalJson(toolOf(one)) === canonicalJson(toolOf(other));
}

function keepsConditions(from: CompiledRule, to: CompiledRule): boolean {
  const isWeaker = stricterVerdict(from.verdict, to.verdict) !== to.verdict;
  const { on_exceed: before = 'deny' } = from.raw;
  const { on_exceed: after = 'deny' } = to.raw;
  return (
    !isWeaker &&
    (after === 'deny' || before === after) &&
    isLimitedAsMuch(to.raw['condition'], from.raw['condition']) &&
    holdsAll(to.raw['filters'], from.raw['filters']) &&
    holdsAll(to.raw['requires'], from.raw['requires']) &&
    holdsAll(to.raw['taint'], from.raw['taint']) &&
    // what a rule takes from a session it must have taken before
    holdsAll(from.raw['declassify'], to.raw['declassify']) &&
    canonicalJson(to.raw['llm'] ?? null) === canonicalJson(from.raw['llm'] ?? null) &&
    !isReadOtherwise(from, to)
  );
}

function holdsAll(then: Json | undefined, first: Json | undefined): boolean {
  if (first === undefined) return true;
  return Array.isArray(first) && Array.isArray(then) && first.every((item) => then.includes(item));
}

const failing = [
  'args',
  'when',
  'destinations',
  'addresses',
  'anywhere',
  'everywhere',
  'session',
  'after',
  'between',
  'external',
];

/** A review rule speaks of calls on which it fails, an approving one does not. */
function canFail(condition: Json | undefined): boolean {
  const text = canonicalJson(condition ?? null);
  return failing.some((part) => text.includes(`"${part}"`));
}
