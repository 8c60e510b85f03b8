import { quote } from '../model/quote.ts';
import { checkCondition } from './check-condition.ts';
import { checkRollout } from './check-rollout.ts';
import { endOf } from './compiled-rule.ts';
import { type Finding, ofRule } from './problem.ts';
import type { Lists, RuleSource } from './source.ts';
import { editDistance } from '../model/nearest-word.ts';

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
    return [warn([...path, 'filters', index], message)];
  });
  const requirements = (rule.requires ?? []).flatMap((requirement, index) => {
    if (requirement === 'person') return [];
    const message = `the requirement ${quote(requirement)} is not available: calls that match are denied`;
    return [warn([...path, 'requires', index], message)];
  });
  const llm =
    rule.llm === undefined
      ? []
      : [
          warn(
            [...path, 'llm'],
            "the span counts only where a model judges (`supervisor: hybrid`); elsewhere the rule's own verdict stands",
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
  return [...slips, warn([...path, 'metadata', 'expires'], message)];
}

function checkLimitsMatter(rule: RuleSource, path: Finding['path']): readonly Finding[] {
  const { condition } = rule;
  const first = (['max_per_minute', 'max_per_hour', 'max_per_day', 'limits'] as const).find(
    (key) => condition[key] !== undefined,
  );
  if (first === undefined) {
    if (rule.on_exceed === undefined) return [];
    return [warn([...path, 'on_exceed'], 'the rule has no limit that could be exceeded')];
  }
  if (rule.approval !== 'deny') return [];
  return [warn([...path, 'condition', first], 'a limit of a deny rule counts nothing')];
}

/** A call that is denied leaves nothing behind; a label both given and taken stays. */
function checkLabels(rule: RuleSource, path: Finding['path']): readonly Finding[] {
  const { taint = [], declassify = [] } = rule;
  const key = rule.taint === undefined ? 'declassify' : 'taint';
  if (rule.approval === 'deny' && taint.length + declassify.length > 0) {
    return [warn([...path, key], 'a rule that denies gives and takes no labels: nothing runs')];
  }
  return declassify.flatMap((label, index) => {
    if (!taint.includes(label)) return [];
    const message = `the label ${quote(label)} is given and taken by one rule: it stays`;
    return [warn([...path, 'declassify', index], message)];
  });
}

function warn(path: Finding['path'], message: string): Finding {
  return { severity: 'warning', path, message };
}
