import type { ToolCall } from '../model/call.ts';
import {
  type Conditions,
  type Decision,
  type Demand,
  type Deny,
  type Explanation,
  type LimitUse,
  stricter,
} from '../model/decision.ts';
import type { CallContext, RuleFacts } from './call-context.ts';
import { type Candidate, type CandidateGroup, type CandidateIndex } from './candidates.ts';
import { type Match, type Matches, matchAll } from './matches.ts';
import { findGrey, withJudged, type GreyRule } from './grey.ts';
import { findNearest } from './nearest.ts';
import { splitByArm } from './trials.ts';

/** What counts where no rule matches; `onError` where an allow rule could not be evaluated. */
export interface Defaults {
  readonly approval: 'deny' | 'review';
  readonly onError: 'deny' | 'review';
}

/** Everything a decision is made from. */
export interface Judge {
  readonly index: CandidateIndex;
  readonly defaults: Defaults;
  readonly version: string;
}

type Shadow = Explanation['shadow'];
const noShadow: Shadow = [];
// the last millisecond that a date can name
const maxTimeMs = 8_640_000_000_000_000;

/** Pure: the same call, facts and rules give the same decision, in whatever order the rules stand. */
export function decide(judge: Judge, call: ToolCall, facts: RuleFacts): Decision {
  if (!(Math.abs(facts.nowMs) <= maxTimeMs)) return brokenClock(judge);
  const context: CallContext = { call, facts };
  const found = judge.index.find(call, facts.tool);
  const { judged } = facts;
  const group =
    judged === undefined || !found.hasSpans ? found : withJudged(found, context, judged);
  if (group.rollouts.length > 0 || group.shadow.length > 0)
    return decideOnTrial(judge, group, context);
  return decideAmong({ judge, group, context, shadow: noShadow });
}

/**
 * The rules that leave room for a judge, where what it says could change the decision; none where it could not, so that
 * no model is asked about what is denied anyway.
 */
export function listGrey(judge: Judge, call: ToolCall, facts: RuleFacts): readonly GreyRule[] {
  const group = judge.index.find(call, facts.tool);
  if (!group.hasSpans || !(Math.abs(facts.nowMs) <= maxTimeMs)) return [];
  const rules = findGrey(group, { call, facts });
  const own = decide(judge, call, facts).verdict;
  const said = new Set(rules.flatMap(({ may }) => may));
  const matters = [...said].some(
    (verdict) => decide(judge, call, { ...facts, judged: { verdict } }).verdict !== own,
  );
  return matters ? rules : [];
}

/** The decision of those that count, never looser for a candidate that may only tighten. */
function decideOnTrial(judge: Judge, group: CandidateGroup, context: CallContext): Decision {
  const { base, tightened, shadow, arms } = splitByArm(group, context);
  const without = decideAmong({ judge, group: base, context, shadow });
  let decision = without;
  for (const each of tightened) {
    decision = stricter(decision, decideAmong({ judge, group: each, context, shadow }));
  }
  const { explanation = { matched: 'default', shadow } } = decision;
  return { ...takingOnly(without, decision), explanation: { ...explanation, arm: arms } };
}

/** What a session loses by a candidate alone could let through what comes after. */
function takingOnly(without: Decision, decision: Decision): Decision {
  if (decision.verdict === 'deny' || decision.declassifies === undefined) return decision;
  const known = without.verdict === 'deny' ? [] : (without.declassifies ?? []);
  return {
    ...decision,
    declassifies: decision.declassifies.filter((label) => known.includes(label)),
  };
}

interface Among {
  readonly judge: Judge;
  readonly group: CandidateGroup;
  readonly context: CallContext;
  readonly shadow: Shadow;
}

function decideAmong({ judge, group, context, shadow }: Among): Decision {
  const matches = matchAll(group, context);
  if (matches.denied !== undefined) return toDeny(judge, matches.denied, shadow);
  if (matches.first === undefined) return decideDefault({ judge, context, group, matches, shadow });
  return decideMatched({ judge, context, matches, shadow, first: matches.first });
}

function toDeny(judge: Judge, { candidate, byError }: Match, shadow: Shadow): Deny {
  const { rule } = candidate;
  const matched = byError ? 'matched_on_error' : 'matched';
  if (rule.unmet !== undefined) {
    return {
      ...denial(judge, candidate, rule.unmet.code, {
        matched,
        file: rule.file,
        shadow,
        nearest: { rule: rule.name, missed: rule.unmet.what },
      }),
      reason: `rule \`${rule.name}\` asks for something that is not available here`,
    };
  }
  const code = byError ? 'RULE_ERROR' : 'RULE_DENIED';
  return denial(judge, candidate, code, { matched, file: rule.file, shadow });
}

function denial(
  judge: Judge,
  { rule }: Candidate,
  code: 'RULE_DENIED' | 'RULE_ERROR' | 'FILTER_MISSING' | 'REQUIREMENT_MISSING',
  explanation: Explanation,
): Deny {
  const generic =
    code === 'RULE_ERROR'
      ? `rule \`${rule.name}\` cannot be evaluated for this call, so the call is denied`
      : `rule \`${rule.name}\` denies this call`;
  return {
    verdict: 'deny',
    by: 'rules',
    code,
    reason: rule.source.metadata?.message ?? generic,
    rule: rule.name,
    rulesVersion: judge.version,
    explanation,
  };
}

interface MatchedInput {
  readonly judge: Judge;
  readonly context: CallContext;
  readonly matches: Matches;
  readonly shadow: Shadow;
  readonly first: Match;
}

function decideMatched({ judge, context, matches, shadow, first }: MatchedInput): Decision {
  const asked = askOf({ judge, context, matches, shadow });
  if ('verdict' in asked) return asked;
  const { limits, demands } = asked;
  const { rule } = first.candidate;
  const filters = filtersOf(matches.all);
  const labels = labelsOf(matches);
  const explanation: Explanation = {
    matched: first.byError ? 'matched_on_error' : 'matched',
    file: rule.file,
    shadow,
  };
  // written out for each verdict: spreading what they share costs a third of a decision
  if (demands.length > 0) {
    return {
      verdict: 'review',
      by: 'rules',
      code: matches.reviewed ? 'RULE_REVIEW' : 'REQUIREMENT_PERSON',
      reason:
        rule.source.metadata?.message ??
        `rule \`${rule.name}\` asks for a person to approve this call`,
      rule: rule.name,
      rulesVersion: judge.version,
      explanation,
      limits,
      filters,
      ...labels,
      demands,
      expiresAtMs: context.facts.nowMs + context.facts.approvalMs,
    };
  }
  return {
    verdict: 'allow',
    by: 'rules',
    code: 'RULE_ALLOWED',
    reason: `rule \`${rule.name}\` approves this call`,
    rule: rule.name,
    rulesVersion: judge.version,
    explanation,
    limits,
    filters,
    ...labels,
  };
}

interface Asked {
  readonly limits: LimitUse[];
  readonly demands: Demand[];
}

/** What all that count ask for beside filters and labels; a deny where one of their limits cannot be counted. */
function askOf({ judge, context, matches, shadow }: Omit<MatchedInput, 'first'>): Asked | Deny {
  const asked: Asked = { limits: [], demands: [] };
  for (const candidate of matches.all) {
    for (const plan of candidate.limits) {
      const use = plan(context);
      if (use === undefined) return uncounted(judge, candidate, shadow);
      asked.limits.push(use);
    }
    addDemands(asked.demands, candidate);
  }
  return asked;
}

const noFilters: readonly string[] = [];

function filtersOf(candidates: readonly Candidate[]): readonly string[] {
  let filters: Set<string> | undefined;
  for (const { rule } of candidates) {
    if (rule.filters.length === 0) continue;
    filters ??= new Set();
    for (const filter of rule.filters) filters.add(filter);
  }
  return filters === undefined ? noFilters : [...filters].toSorted();
}

/** Undefined where no rule speaks of labels, so that most decisions carry none. */
function labelsOf({ all, unsure }: Matches): Conditions | undefined {
  if (!all.some(({ rule }) => rule.taints.length + rule.declassifies.length > 0)) return undefined;
  const taints = new Set(all.flatMap(({ rule }) => rule.taints));
  // what could not be evaluated may give a label, and never takes one
  const sure = all.filter((candidate) => !unsure.includes(candidate));
  const declassifies = new Set(sure.flatMap(({ rule }) => rule.declassifies));
  return { taints: [...taints].toSorted(), declassifies: [...declassifies].toSorted() };
}

function addDemands(demands: Demand[], { rule }: Candidate): void {
  const add = (code: 'RULE_REVIEW' | 'REQUIREMENT_PERSON') =>
    demands.push({ by: 'rules', code, ruleHash: rule.hash(), quorum: 1 });
  if (rule.verdict === 'review') add('RULE_REVIEW');
  if (rule.needsPerson) add('REQUIREMENT_PERSON');
}

function uncounted(judge: Judge, candidate: Candidate, shadow: Shadow): Deny {
  return {
    ...denial(judge, candidate, 'RULE_ERROR', {
      matched: 'matched_on_error',
      file: candidate.rule.file,
      shadow,
    }),
    reason: `a limit of rule \`${candidate.rule.name}\` cannot be counted for this call`,
  };
}

interface DefaultInput {
  readonly judge: Judge;
  readonly context: CallContext;
  readonly group: CandidateGroup;
  readonly matches: Matches;
  readonly shadow: Shadow;
}

function decideDefault({ judge, context, group, matches, shadow }: DefaultInput): Decision {
  const { defaults, version } = judge;
  const { failed } = matches;
  if (failed !== undefined && defaults.approval === 'review' && defaults.onError === 'deny') {
    const { file } = failed.rule;
    return denial(judge, failed, 'RULE_ERROR', { matched: 'matched_on_error', file, shadow });
  }
  const nearest = findNearest(group.allow, context);
  const explanation: Explanation = {
    matched: 'default',
    shadow,
    ...(nearest === undefined ? undefined : { nearest }),
  };
  const why = { by: 'rules', code: 'NO_RULE', rulesVersion: version, explanation };
  if (defaults.approval === 'deny') {
    return { verdict: 'deny', ...why, reason: 'no rule allows this call' };
  }
  const asked = askOf({ judge, context, matches, shadow });
  if ('verdict' in asked) return asked;
  return {
    verdict: 'review',
    ...why,
    reason: 'no rule speaks of this call, so a person must approve it',
    limits: asked.limits,
    filters: filtersOf(matches.all),
    ...labelsOf(matches),
    demands: [{ by: 'rules', code: 'NO_RULE', quorum: 1 }, ...asked.demands],
    expiresAtMs: context.facts.nowMs + context.facts.approvalMs,
  };
}

function brokenClock({ version }: Judge): Deny {
  return {
    verdict: 'deny',
    by: 'rules',
    code: 'RULE_ERROR',
    reason: 'the clock gives no time, so no rule can be evaluated',
    rulesVersion: version,
  };
}
