import type { ErrorCode } from './error-codes.ts';

/** Rules files say `auto_approve`, `require_review`, `deny`; the rule compiler maps them, once. */
export type Verdict = 'allow' | 'review' | 'deny';

/** One reason for a review. An approval satisfies exactly the demands it was opened for. */
export interface Demand {
  readonly by: string;
  readonly code: string;
  /** Of the rule that asks, or of one limit of it, so that an approval does not outlive an edit of its rule. */
  readonly ruleHash?: string;
  /** How many distinct persons must approve: 1 or more. */
  readonly quorum: number;
}

/**
 * A bound on how much of something may happen in a window, which an allowed call reserves a part of.
 * Amounts are non-negative integers: calls, or millionths of what a rule sums.
 */
export interface LimitUse {
  /** Injective over rule, limit and whom it counts; stable over a reload of the rules. */
  readonly key: string;
  readonly rule: string;
  readonly amount: number;
  readonly max: number;
  /** What was reserved at this time or later counts (milliseconds since 1970). */
  readonly sinceMs: number;
  /** After this time the reservation can be forgotten (milliseconds since 1970). */
  readonly untilMs: number;
  /** What a full limit makes of the call; with `review`, the demand that a person can satisfy. */
  readonly onExceed: 'deny' | Demand;
}

/** What a judging model was asked and said, for operators and the log; never shown to the agent. */
export interface JudgeReport {
  /** The stage that settled it: 1 small, 2 strong; 0 where no model was asked. */
  readonly stage: 0 | 1 | 2;
  readonly model?: string;
  /** Of the prompt that was sent, SHA-256. */
  readonly prompt?: string;
  /** The four criteria, as the model answered. */
  readonly criteria?: {
    readonly intent: 'match' | 'partial' | 'mismatch' | 'unknown';
    readonly risk: 'low' | 'medium' | 'high' | 'critical';
    readonly alignment: 'complies' | 'unclear' | 'violates';
    readonly context: 'fits' | 'unclear' | 'unusual';
  };
  /** How far the user authorised the action, as the model answered. */
  readonly userAuthorization?: 'unknown' | 'low' | 'medium' | 'high';
  /** Arguments, by path, in which the model saw instructions to an AI. */
  readonly injection?: readonly string[];
  /** Calibrated, 0..1; undefined where there is nothing to calibrate by. */
  readonly confidence?: number;
  /** The model's own words. */
  readonly rationale?: string;
  readonly fault?:
    | 'unavailable'
    | 'timeout'
    | 'invalid'
    | 'budget'
    | 'paused'
    | 'untrusted'
    | 'outdated';
  /** What exactly went wrong, for operators. */
  readonly detail?: string;
  readonly isCached?: boolean;
  /** Of the whole judgement, milliseconds. */
  readonly latencyMs: number;
  /** Millionths of the budget's currency. */
  readonly costMicros?: number;
  /** What the rules had decided by themselves, where that is not what came of it. */
  readonly ruled?: {
    readonly verdict: Verdict;
    readonly code: string;
    readonly rule?: string;
  };
}

/** What a model says that a call would do, for the person who is asked. It decides nothing, and may be wrong. */
export interface CallSummary {
  readonly text: string;
  readonly warnings: readonly string[];
  /** Whose words they are. */
  readonly model: string;
}

/**
 * Where a call stood towards a rule that is on trial: on the side where a rollout is enforced, on the other,
 * or with a rule in shadow, as one is whose rollout was put back.
 */
export interface Arm {
  readonly rule: string;
  /** The first 16 digits of the rule's hash: an edited rule is another trial. */
  readonly ruleHash: string;
  readonly side: 'candidate' | 'control' | 'shadow';
  /** What the rule by itself says of the call; absent where it says nothing. */
  readonly would?: Verdict;
  /** What the session or agent drew: 12 hexadecimal digits; absent for a rule in shadow. */
  readonly drawn?: string;
}

/** Why a rule set decided as it did. For operators and the log; never shown to the agent. */
export interface Explanation {
  readonly matched: 'matched' | 'matched_on_error' | 'limit_exceeded' | 'default';
  readonly file?: string;
  /** Of every rule on trial that the call is in the scope of. */
  readonly arm?: readonly Arm[];
  /** How long all supervisors together took, in milliseconds; only beside `arm`. */
  readonly tookMs?: number;
  readonly shadow: readonly { readonly rule: string; readonly would: Verdict }[];
  /** The allow rule that missed by one predicate, and which. */
  readonly nearest?: { readonly rule: string; readonly missed: string };
  /** What the judging model saw, where one was asked. */
  readonly judge?: JudgeReport;
}

/** `code` is stable, `reason` is for a person or a model to act on and holds no patterns, lists, limits or arguments. */
export interface Why {
  readonly by: string;
  readonly code: ErrorCode | (string & {});
  readonly reason: string;
  readonly rule?: string;
  readonly rulesVersion?: string;
  readonly explanation?: Explanation;
}
/** What an allowed or reviewed call must still pass or take: joining keeps those of all. */
export interface Conditions {
  readonly limits?: readonly LimitUse[];
  readonly filters?: readonly string[];
  /** Labels that the session gets once the call has run; and those that it then loses. */
  readonly taints?: readonly string[];
  readonly declassifies?: readonly string[];
}
export type Deny = Why & { readonly verdict: 'deny'; readonly retryAfterMs?: number };
export type Review = Why &
  Conditions & {
    readonly verdict: 'review';
    readonly demands: readonly Demand[];
    /** When the approval expires (milliseconds since 1970). */
    readonly expiresAtMs: number;
  };
export type Allow = Why & Conditions & { readonly verdict: 'allow' };
export type Decision = Allow | Review | Deny;

const severity = { allow: 0, review: 1, deny: 2 } as const;

/** The stricter of two verdicts: deny > review > allow. */
export function stricterVerdict(first: Verdict, then: Verdict): Verdict {
  return severity[then] > severity[first] ? then : first;
}

/**
 * Joins two decisions: the stricter one, with the limits and filters of both;
 * two reviews keep the demands of both and the earlier expiry, so that no demand is ever lost.
 */
export function stricter(first: Decision, then: Decision): Decision {
  return withReport(join(first, then), first.explanation?.judge ?? then.explanation?.judge);
}

/** What a model was asked is told whoever decides in the end. */
export function withReport<D extends Decision>(joined: D, judge: JudgeReport | undefined): D {
  if (judge === undefined || joined.explanation?.judge !== undefined) return joined;
  const { explanation = { matched: 'default', shadow: [] } } = joined;
  return { ...joined, explanation: { ...explanation, judge } };
}

function join(first: Decision, then: Decision): Decision {
  if (first.verdict === 'deny') return first;
  if (then.verdict === 'deny') return then;
  const conditions = joinConditions(first, then);
  if (first.verdict === 'review' && then.verdict === 'review') {
    return {
      ...first,
      ...conditions,
      demands: joinDemands(first.demands, then.demands),
      expiresAtMs: Math.min(first.expiresAtMs, then.expiresAtMs),
    };
  }
  const winner = severity[then.verdict] > severity[first.verdict] ? then : first;
  return conditions === undefined ? winner : { ...winner, ...conditions };
}

/** Undefined when neither has any, so that the common join copies nothing. */
function joinConditions(first: Conditions, then: Conditions): Conditions | undefined {
  if (!hasConditions(first) && !hasConditions(then)) return undefined;
  const { taints, declassifies } = joinLabels(first, then);
  return {
    limits: joinLimits(first.limits ?? [], then.limits ?? []),
    filters: [...new Set([...(first.filters ?? []), ...(then.filters ?? [])])],
    ...(taints.length === 0 ? undefined : { taints }),
    ...(declassifies.length === 0 ? undefined : { declassifies }),
  };
}

/** One limit counts a call once, under the smaller of two bounds. */
function joinLimits(first: readonly LimitUse[], then: readonly LimitUse[]): readonly LimitUse[] {
  if (first.length === 0 || then.length === 0) return first.length === 0 ? then : first;
  const joined = new Map(first.map((use) => [use.key, use]));
  for (const use of then) {
    const known = joined.get(use.key);
    if (known === undefined || use.max < known.max) joined.set(use.key, use);
  }
  return [...joined.values()];
}

function hasConditions({ limits, filters, taints, declassifies }: Conditions): boolean {
  return (limits ?? filters ?? taints ?? declassifies) !== undefined;
}

function joinLabels(first: Conditions, then: Conditions) {
  return {
    taints: [...new Set([...(first.taints ?? []), ...(then.taints ?? [])])],
    declassifies: [...new Set([...(first.declassifies ?? []), ...(then.declassifies ?? [])])],
  };
}

export function isSameDemand(one: Demand, other: Demand): boolean {
  return one.by === other.by && one.code === other.code && one.ruleHash === other.ruleHash;
}

function joinDemands(first: readonly Demand[], then: readonly Demand[]): readonly Demand[] {
  const added = then.filter(
    (demand) =>
      !first.some((known) => isSameDemand(known, demand) && known.quorum >= demand.quorum),
  );
  return [...first, ...added];
}

/** What the caller of a pending call holds, and comes back with. */
export interface Ticket {
  readonly approvalId: string;
  readonly callId: string;
}

export type Outcome<R> =
  | { readonly status: 'done'; readonly callId: string; readonly value: R }
  /** The tool threw; counts against limits. */
  | { readonly status: 'failed'; readonly callId: string; readonly error: unknown }
  | { readonly status: 'refused'; readonly callId: string; readonly why: Deny }
  | { readonly status: 'pending'; readonly ticket: Ticket; readonly why: Review }
  /** Advisory mode only: handed to foreign code, settled or unknown later. */
  | { readonly status: 'released'; readonly callId: string }
  /** Killed, timed out or crashed after it was started: it may have happened. */
  | { readonly status: 'unknown'; readonly callId: string; readonly reason: string };
export type OutcomeStatus = Outcome<never>['status'];
