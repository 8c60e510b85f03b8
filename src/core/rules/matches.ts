import type { Verdict } from '../model/decision.ts';
import type { CallContext } from './call-context.ts';
import { type Candidate, type CandidateGroup, evaluate } from './candidates.ts';

/** A rule that matched, or that counts as matching since it could not be evaluated. */
export interface Match {
  readonly candidate: Candidate;
  readonly byError: boolean;
}

/** All that matched one call. */
export interface Matches {
  /** Of the strictest kind, by name; a true match before one by error. */
  first: Match | undefined;
  denied: Match | undefined;
  /** Whose filters, limits, labels and requirements count. */
  readonly all: Candidate[];
  /** Those of `all` that could not be evaluated. */
  unsure: readonly Candidate[];
  reviewed: boolean;
  /** An allow rule that could not be evaluated. */
  failed: Candidate | undefined;
}

const noCandidates: readonly Candidate[] = [];

/** Asks every enforced candidate; a plain deny that is true ends it. */
export function matchAll(group: CandidateGroup, context: CallContext): Matches {
  const matches: Matches = {
    first: undefined,
    denied: undefined,
    all: [],
    unsure: noCandidates,
    reviewed: false,
    failed: undefined,
  };
  for (const candidate of group.deny) {
    const truth = evaluate(candidate, context);
    if (truth === false) continue;
    matches.denied = stronger(matches.denied, candidate, truth === 'error');
    if (truth === true && candidate.rule.unmet === undefined) return matches;
  }
  for (const candidate of group.review) {
    const truth = evaluate(candidate, context);
    if (truth === false) continue;
    matches.reviewed = true;
    keep(matches, candidate, truth === 'error');
  }
  for (const candidate of group.allow) matchAllow(matches, candidate, context);
  return matches;
}

function matchAllow(matches: Matches, candidate: Candidate, context: CallContext): void {
  if (context.facts.nowMs >= candidate.rule.endsMs) return;
  const truth = evaluate(candidate, context);
  if (truth === false) return;
  if (truth === true) return keep(matches, candidate, false);
  matches.failed ??= candidate;
  if (candidate.rule.unmet !== undefined) return keep(matches, candidate, true);
  // it approves nothing, and holds others that do to what it would ask for if it speaks of the call
  add(matches, candidate, true);
}

function keep(matches: Matches, candidate: Candidate, byError: boolean): void {
  if (candidate.rule.unmet === undefined) {
    add(matches, candidate, byError);
    // reviews come first, so an allow rule never takes the place of one
    const isFirst = matches.first === undefined;
    const isTruer = matches.first?.byError === true && !byError;
    const isSameKind = matches.first?.candidate.rule.verdict === candidate.rule.verdict;
    if (isFirst || (isTruer && isSameKind)) matches.first = { candidate, byError };
  } else {
    matches.denied = stronger(matches.denied, candidate, byError);
  }
}

function add(matches: Matches, candidate: Candidate, byError: boolean): void {
  matches.all.push(candidate);
  if (byError) matches.unsure = [...matches.unsure, candidate];
}

/** A plain deny that is true, then one for something missing, then one by error. */
function stronger(known: Match | undefined, candidate: Candidate, byError: boolean): Match {
  const next = { candidate, byError };
  return known === undefined || rank(next) < rank(known) ? next : known;
}

function rank({ candidate, byError }: Match): number {
  if (candidate.rule.unmet !== undefined) return 1;
  return byError ? 2 : 0;
}

/** What an enforced rule would add to the decision; undefined if nothing. */
export function wouldSay(candidate: Candidate, context: CallContext): Verdict | undefined {
  const { rule } = candidate;
  const truth = evaluate(candidate, context);
  if (truth === false || context.facts.nowMs >= rule.endsMs) return undefined;
  if (rule.unmet !== undefined) return 'deny';
  if (rule.verdict !== 'allow') return rule.verdict;
  if (truth === 'error') return undefined;
  return rule.needsPerson ? 'review' : 'allow';
}
