import { quote } from '../model/quote.ts';
import { checkCondition } from './check-condition.ts';
import { checkRollout } from './check-rollout.ts';
import { endOf } from './compiled-rule.ts';
import { type Finding, ofRule } from './problem.ts';
import type { Lists, RuleSource } from './source.ts';
import { editDistance, nearestWord } from '../model/nearest-word.ts';

/** What the host offers, as far as it is known when rules are checked. */
export interface RuleSurroundings {
  readonly lists: Lists;
  /** Registered filters; undefined when nobody knows. */
  readonly knownFilters: ReadonlySet<string> | undefined;
  /** Undefined when nobody asks what has expired. */
  readonly nowMs: number | undefined;
}

/** What a rule of the right form still has wrong, and what its writer should know. */
export function checkRule(
  rule: RuleSource,
  path: Finding['path'],
  around: RuleSurroundings,
): readonly Finding[] {
  const condition = { path: [...path, 'condition'], lists: around.lists };
  const findings = [
    ...checkCondition(rule.condition, condition),
    ...checkUses(rule, path, around),
    ...checkMetadata(rule, path, around),
    ...checkLimitsMatter(rule, path),
    ...checkRollout(rule, path),
    ...checkLabels(rule, path),
  ];
  return ofRule(rule.name, findings);
}

function checkUses(
  rule: RuleSource,
  path: Finding['path'],
  { knownFilters }: RuleSurroundings,
): readonly Finding[] {
  const filters = (rule.filters ?? []).flatMap((filter, index) => {
    if (knownFilters === undefined || knownFilters.has(filter)) return [];
    const message = `the filter ${quote(filter)} is not registered: calls that match are denied`;
    const near = nearestWord(filter, [...knownFilters]);
    const remedy =
      near === undefined
        ? 'register a filter of this name, or take it out'
        : `did you mean ${quote(near)}?`;
    return [warn([...path, 'filters', index], message, remedy)];
  });
  const requirements = (rule.requires ?? []).flatMap((requirement, index) => {
    if (requirement === 'person') return [];
    const message = `the requirement ${quote(requirement)} is not available: calls that match are denied`;
    return [warn([...path, 'requires', index], message, 'write `person`, or take it out')];
  });
  const llm =
    rule.llm === undefined
      ? []
      : [
          warn(
            [...path, 'llm'],
            "the span counts only where a model judges (`supervisor: hybrid`); elsewhere the rule's own verdict stands",
            'set up a judge (docs/judge.md), or take `llm` out',
          ),
        ];
  return [...filters, ...requirements, ...llm];
}

const metadataKeys = ['owner', 'expires', 'message'];

function checkMetadata(
  rule: RuleSource,
  path: Finding['path'],
  { nowMs }: RuleSurroundings,
): readonly Finding[] {
  const { metadata } = rule;
  if (metadata === undefined) return [];
  const slips = Object.keys(metadata).flatMap((key): Finding[] => {
    const near = metadataKeys.find((known) => key !== known && editDistance(key, known) <= 2);
    if (metadataKeys.includes(key) || near === undefined) return [];
    const remedy = `did you mean \`${near}\`?`;
    const message = `unknown key ${quote(key)}`;
    return [{ path: [...path, 'metadata', key], at: 'key', message, remedy }];
  });
  if (nowMs === undefined || nowMs < endOf(rule)) return slips;
  const message =
    rule.approval === 'auto_approve'
      ? 'the rule has expired and approves nothing any more'
      : 'the rule has expired and keeps working, since it is no auto_approve';
  const remedy = 'remove the rule, or give it a later day';
  return [...slips, warn([...path, 'metadata', 'expires'], message, remedy)];
}

function checkLimitsMatter(rule: RuleSource, path: Finding['path']): readonly Finding[] {
  const { condition } = rule;
  const first = (['max_per_minute', 'max_per_hour', 'max_per_day', 'limits'] as const).find(
    (key) => condition[key] !== undefined,
  );
  if (first === undefined) {
    if (rule.on_exceed === undefined) return [];
    const message = 'the rule has no limit that could be exceeded';
    const remedy = 'add a limit such as `max_per_hour`, or take `on_exceed` out';
    return [warn([...path, 'on_exceed'], message, remedy)];
  }
  if (rule.approval !== 'deny') return [];
  const remedy = 'take it out; to allow so many calls, put the limit into an approving rule';
  return [warn([...path, 'condition', first], 'a limit of a deny rule counts nothing', remedy)];
}

/** A call that is denied leaves nothing behind; a label both given and taken stays. */
function checkLabels(rule: RuleSource, path: Finding['path']): readonly Finding[] {
  const { taint = [], declassify = [] } = rule;
  const key = rule.taint === undefined ? 'declassify' : 'taint';
  if (rule.approval === 'deny' && taint.length + declassify.length > 0) {
    const message = 'a rule that denies gives and takes no labels: nothing runs';
    return [warn([...path, key], message, `take \`${key}\` out`)];
  }
  return declassify.flatMap((label, index) => {
    if (!taint.includes(label)) return [];
    const message = `the label ${quote(label)} is given and taken by one rule: it stays`;
    return [warn([...path, 'declassify', index], message, 'keep it in one of the two')];
  });
}

function warn(path: Finding['path'], message: string, remedy: string): Finding {
  return { severity: 'warning', path, message, remedy };
}
