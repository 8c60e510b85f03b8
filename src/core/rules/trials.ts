import type { Arm, Explanation } from '../model/decision.ts';
import type { CallContext } from './call-context.ts';
import type { Candidate, CandidateGroup, RolledOut } from './candidates.ts';
import type { CompiledRule } from './compiled-rule.ts';
import { wouldSay } from './matches.ts';
import { draw, isCandidateSide, isPlainDeny, trialHash } from './rollout.ts';

/** How one call meets the rules on trial. */
export interface Split {
  /** What counts whatever candidates say that may only tighten. */
  readonly base: CandidateGroup;
  /** For each candidate that may only tighten: what would count with it, to be joined by the stricter. */
  readonly tightened: readonly CandidateGroup[];
  readonly shadow: Explanation['shadow'];
  readonly arms: readonly Arm[];
}

/** Puts the call on its side of every rollout. */
export function splitByArm(group: CandidateGroup, context: CallContext): Split {
  const arms = [
    ...group.shadow.map((each) => toArm(each.rule, each, 'shadow', context)),
    ...group.rollouts.map((one) => toRolloutArm(one, context)),
  ].toSorted((one, other) => compareText(one.rule, other.rule));
  const there = new Set(arms.flatMap(({ rule, side }) => (side === 'candidate' ? [rule] : [])));
  const enforced = group.rollouts.filter(({ rule }) => there.has(rule.name));
  const base = toBase(group, enforced);
  return {
    base,
    tightened: enforced.filter(needsOwnGroup).map((one) => withCandidate(base, one)),
    shadow: listShadow(arms, enforced, context),
    arms,
  };
}

/** What is said by rules in shadow, by candidates where they are not enforced, and by rules where they are replaced. */
function listShadow(
  arms: readonly Arm[],
  enforced: readonly RolledOut[],
  context: CallContext,
): Explanation['shadow'] {
  const candidates = arms.flatMap(({ rule, side, would }) =>
    side === 'candidate' || would === undefined ? [] : [{ rule, would }],
  );
  const replaced = enforced.flatMap(({ replaced: old }) => {
    const would = old === undefined ? undefined : wouldSay(old, context);
    return old === undefined || would === undefined ? [] : [{ rule: old.rule.name, would }];
  });
  if (replaced.length === 0) return candidates;
  return [...candidates, ...replaced].toSorted((one, other) => compareText(one.rule, other.rule));
}

function toRolloutArm({ rule, rollout, candidate }: RolledOut, context: CallContext): Arm {
  const { call, facts } = context;
  if (facts.reverted?.has(trialHash(rule)) === true)
    return toArm(rule, candidate, 'shadow', context);
  const drawn = draw(rule.name, rollout, call);
  const side = facts.side ?? (isCandidateSide(rollout, drawn) ? 'candidate' : 'control');
  return { ...toArm(rule, candidate, side, context), drawn };
}

function toArm(
  rule: CompiledRule,
  candidate: Candidate | undefined,
  side: Arm['side'],
  context: CallContext,
): Arm {
  const would = candidate === undefined ? undefined : wouldSay(candidate, context);
  const arm = { rule: rule.name, ruleHash: trialHash(rule), side };
  return would === undefined ? arm : { ...arm, would };
}

// a deny rule that is added can only tighten, so it stands beside the others
function isAddedDeny({ rule, rollout }: RolledOut): boolean {
  return isPlainDeny(rule) && rollout.insteadOf === undefined;
}

function needsOwnGroup(one: RolledOut): boolean {
  return !one.rollout.mayLoosen && !isAddedDeny(one);
}

function toBase(group: CandidateGroup, enforced: readonly RolledOut[]): CandidateGroup {
  let base = group;
  for (const one of enforced) if (!needsOwnGroup(one)) base = withCandidate(base, one);
  return base;
}

function withCandidate(group: CandidateGroup, { candidate, replaced }: RolledOut): CandidateGroup {
  const change = (kind: 'deny' | 'review' | 'allow'): readonly Candidate[] => {
    const kept = group[kind].filter((other) => other.rule !== replaced?.rule);
    if (candidate?.rule.verdict !== kind) return kept;
    return [...kept, candidate].toSorted(byName);
  };
  return { ...group, deny: change('deny'), review: change('review'), allow: change('allow') };
}

function byName(one: Candidate, other: Candidate): number {
  return compareText(one.rule.name, other.rule.name);
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
