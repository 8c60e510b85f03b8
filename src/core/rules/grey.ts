import { stricterVerdict, type Verdict } from '../model/decision.ts';
import type { CallContext } from './call-context.ts';
import { type Candidate, type CandidateGroup, evaluate } from './candidates.ts';
import type { Judged } from './judged.ts';

/** A rule that speaks of the call and leaves room for a judge. */
export interface GreyRule {
  readonly name: string;
  /** What its owner wrote about it. */
  readonly description: string;
  /** The verdicts that may take the place of the rule's own. */
  readonly may: readonly Verdict[];
}

/** The candidates with what a judge makes of those that leave room for one; the others are as they were. */
export function withJudged(
  group: CandidateGroup,
  context: CallContext,
  judged: Judged,
): CandidateGroup {
  const change = (candidate: Candidate): Candidate =>
    speaks(candidate, context) ? toJudged(candidate, judged) : candidate;
  const all = [...group.deny, ...group.review, ...group.allow].map(change);
  const of = (verdict: Verdict): readonly Candidate[] =>
    all.filter(({ rule }) => rule.verdict === verdict);
  return {
    ...group,
    deny: of('deny'),
    review: of('review'),
    allow: of('allow'),
    rollouts: group.rollouts.map((one) => ({
      ...one,
      candidate: one.candidate && change(one.candidate),
      replaced: one.replaced && change(one.replaced),
    })),
  };
}

/** Only a rule that plainly matches has something that a judge could replace: not one that erred, or has ended. */
function speaks(candidate: Candidate, context: CallContext): boolean {
  const { may, endsMs } = candidate.rule;
  return may.length > 0 && context.facts.nowMs < endsMs && evaluate(candidate, context) === true;
}

function toJudged(candidate: Candidate, judged: Judged): Candidate {
  const { rule } = candidate;
  const verdict = replaceVerdict(rule, judged);
  return verdict === rule.verdict ? candidate : { ...candidate, rule: { ...rule, verdict } };
}

function replaceVerdict({ verdict, may }: Candidate['rule'], judged: Judged): Verdict {
  if ('fault' in judged) return stricterVerdict(verdict, judged.fault);
  if (may.includes(judged.verdict)) return judged.verdict;
  // outside the span nothing is loosened; whoever doubts or denies does not make the rule's own allow
  return judged.verdict === 'allow' ? verdict : stricterVerdict(verdict, 'review');
}

/** The rules that match the call and leave room, enforced for it or not; by name. */
export function findGrey(group: CandidateGroup, context: CallContext): readonly GreyRule[] {
  if (!group.hasSpans) return [];
  const rolledOut = group.rollouts.flatMap(({ candidate, replaced }) => [candidate, replaced]);
  const rules = new Map<string, GreyRule>();
  for (const candidate of [...group.deny, ...group.review, ...group.allow, ...rolledOut]) {
    if (candidate === undefined || !speaks(candidate, context)) continue;
    const { name, may, source } = candidate.rule;
    rules.set(name, { name, may, description: source.description ?? '' });
  }
  return [...rules.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
