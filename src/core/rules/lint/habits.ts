import { isJsonObject } from '../../model/json.ts';
import type { ToolDefinition } from '../../model/tool.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import { endOf } from '../compiled-rule.ts';
import type { ConditionSource } from '../source.ts';
import type { LintNote, LintedRule } from './lint-finding.ts';
import { isEveryName } from './names.ts';
import { hasLimits, limitKeys } from './quiet.ts';

const dayMs = 86_400_000;
const maxShadowDays = 90;

/** What a single rule shows without looking at any other: owners, days, models, limits, rules without a question. */
export function findHabits(rule: LintedRule, nowMs: number | undefined): readonly LintNote[] {
  return [
    ...findOwner(rule),
    ...(nowMs === undefined ? [] : findDays(rule, nowMs)),
    ...findModel(rule),
    ...findRollout(rule),
    ...findDenyLimit(rule),
    ...findIdleKeys(rule),
    ...findAllowAll(rule),
  ];
}

function findOwner(rule: LintedRule): readonly LintNote[] {
  if (rule.rule.source.metadata?.owner !== undefined) return [];
  return [{ code: 'no-owner', rule, at: ['name'], message: 'the rule has no owner' }];
}

function findDays(rule: LintedRule, nowMs: number): readonly LintNote[] {
  const { source, mode, verdict } = rule.rule;
  const notes: LintNote[] = [];
  if (nowMs >= endOf(source)) {
    const message =
      verdict === 'allow'
        ? 'the rule has expired and approves nothing any more'
        : 'the rule has expired and keeps working, since it is no auto_approve';
    notes.push({ code: 'expired-rule', rule, at: ['metadata', 'expires'], message });
  }
  const since = source.metadata?.['since'];
  const sinceMs = typeof since === 'string' ? Date.parse(since) : Number.NaN;
  if (mode === 'shadow' && nowMs - sinceMs > maxShadowDays * dayMs) {
    const message = `in shadow for more than ${maxShadowDays} days, by its \`metadata.since\``;
    notes.push({ code: 'stale-shadow', rule, at: ['mode'], message });
  }
  return notes;
}

const looseness = { allow: 0, review: 1, deny: 2 } as const;

function findModel(rule: LintedRule): readonly LintNote[] {
  const { source, verdict } = rule.rule;
  const looser = (source.llm?.may ?? []).filter((may) => looseness[may] < looseness[verdict]);
  return looser.map((may) => {
    const message = `a model may answer \`${may}\` where the rule says \`${source.approval}\``;
    return { code: 'llm-loosens', rule, at: ['llm', 'may'], message };
  });
}

function findRollout(rule: LintedRule): readonly LintNote[] {
  const rollout = rule.rule.raw['rollout'];
  const percent = isJsonObject(rollout) ? rollout['percent'] : undefined;
  if (percent !== 0 && percent !== 100) return [];
  // at 100 it still says that the rule can only tighten, which one that denies does anyway
  const { approval, allow_loosening: mayLoosen = false } = rule.rule.source;
  if (percent === 100 && approval !== 'deny' && !mayLoosen) return [];
  const message =
    percent === 0 ? 'the rule is enforced for nobody' : 'the rule is enforced for all';
  return [{ code: 'idle-rollout', rule, at: ['rollout'], message }];
}

function findDenyLimit(rule: LintedRule): readonly LintNote[] {
  const { condition } = rule.rule.source;
  const limit = limitKeys.find((key) => condition[key] !== undefined);
  if (rule.rule.verdict !== 'deny' || limit === undefined) return [];
  const message = 'the rule denies, so its limit counts nothing';
  return [{ code: 'deny-limit', rule, at: ['condition', limit], message }];
}

/** Keys that are read only where the rule lets calls through, or counts them. */
function findIdleKeys(rule: LintedRule): readonly LintNote[] {
  const { verdict, filters, may, source } = rule.rule;
  const notes: LintNote[] = [];
  // a model that may let the call pass lets it pass through the filters
  if (verdict === 'deny' && filters.length > 0 && !may.some((other) => other !== 'deny')) {
    const message = 'the rule denies, so its filters never run';
    notes.push({ code: 'deny-filters', rule, at: ['filters'], message });
  }
  if (source.on_exceed !== undefined && !hasLimits(rule.rule)) {
    const message = 'the rule has no limit that could be exceeded, so `on_exceed` says nothing';
    notes.push({ code: 'idle-on-exceed', rule, at: ['on_exceed'], message });
  }
  return notes;
}

function findAllowAll(rule: LintedRule): readonly LintNote[] {
  if (!isFree(rule.rule)) return [];
  const { condition } = rule.rule.source;
  const asks = Object.keys(condition).some((key) => !isIdle(key, rule.rule));
  if (asks) return [];
  const message = 'the rule allows whatever is asked for';
  return [{ code: 'allow-everything', rule, at: ['condition'], message }];
}

/** Allows by itself: enforced, and no person is asked. */
export function isFree({ verdict, mode, needsPerson, unmet }: CompiledRule): boolean {
  return verdict === 'allow' && mode === 'enforce' && !needsPerson && unmet === undefined;
}

/** A key that excludes no call. */
function isIdle(key: string, rule: CompiledRule): boolean {
  if (limitKeys.some((limit) => limit === key)) return true;
  if (key === 'args') return Object.keys(rule.source.condition.args ?? {}).length === 0;
  if (key === 'tool') return [...(rule.tools?.exact ?? [])].some(isEveryName);
  return key === 'action' && [...(rule.actions?.exact ?? [])].some(isEveryName);
}

/** Asks something of the single call: its arguments, where it goes, or a `when`. */
export function asksOfCall(
  { args, destinations, when }: ConditionSource,
  { manifest }: ToolDefinition,
): boolean {
  if (Object.keys(args ?? {}).length > 0 || when !== undefined) return true;
  if (destinations === undefined) return false;
  // no call of a tool that declares none has one
  const isAlwaysWithout = manifest !== undefined && (manifest.destinations ?? []).length === 0;
  return destinations.exists !== false || !isAlwaysWithout;
}
