import type { RolloutPlan } from '../rules/rollout-plan.ts';
import type { Weighed } from './weighed.ts';

/** What a threshold is compared with. */
export interface Evidence {
  readonly candidate: Weighed;
  readonly control: Weighed;
  /** Over all sides. */
  readonly answers: { readonly upheld: number; readonly overturned: number };
}

/** A threshold that was passed, with the numbers: what is in the log beside the rule's name. */
export interface Breach {
  readonly threshold: 'denied_over' | 'failed_over' | 'overturned_over' | 'slower_than_ms';
  readonly limit: number;
  /** A share, 0 to 1: of the candidate's side. */
  readonly candidate: number;
  /** A share, 0 to 1: of the other side, where the two are compared. */
  readonly control?: number;
}

// one in twenty: the 95th percentile
const slowShare = 0.05;
const defaultAnswers = 10;

/** The first threshold that is passed; undefined for none, and where there is too little to say. */
export function findBreach(
  { back }: Pick<RolloutPlan, 'back'>,
  { candidate, control, answers }: Evidence,
): Breach | undefined {
  if (back === undefined) return undefined;
  const { min_calls: least, min_answers: leastAnswers = defaultAnswers } = back;
  const denied = compare(back.denied_over, {
    threshold: 'denied_over',
    candidate: shareOf(candidate.denied, candidate.calls, least),
    control: shareOf(control.denied, control.calls, least),
  });
  const failed = compare(back.failed_over, {
    threshold: 'failed_over',
    candidate: shareOf(candidate.failed, candidate.ended, least),
    control: shareOf(control.failed, control.ended, least),
  });
  const answered = answers.upheld + answers.overturned;
  const overturned = exceed(back.overturned_over, {
    threshold: 'overturned_over',
    candidate: shareOf(answers.overturned, answered, leastAnswers),
  });
  return denied ?? failed ?? overturned ?? findSlow(back.slower_than_ms, candidate, least);
}

function findSlow(
  limit: number | undefined,
  { slow, calls }: Weighed,
  least: number,
): Breach | undefined {
  const candidate = shareOf(slow, calls, least);
  if (limit === undefined || candidate === undefined || candidate <= slowShare) return undefined;
  return { threshold: 'slower_than_ms', limit, candidate };
}

/** Undefined below the least number: nothing is divided by zero, and what is unknown passes no threshold. */
function shareOf(some: number, all: number, least: number): number | undefined {
  const share = some / all;
  return all >= least && all > 0 && Number.isFinite(share) ? share : undefined;
}

interface Found {
  readonly threshold: Breach['threshold'];
  readonly candidate: number | undefined;
  readonly control?: number | undefined;
}

/** How much more often it happens on the candidate's side than on the other. */
function compare(limit: number | undefined, found: Found): Breach | undefined {
  const { threshold, candidate, control } = found;
  if (limit === undefined || candidate === undefined || control === undefined) return undefined;
  return candidate - control > limit ? { threshold, limit, candidate, control } : undefined;
}

function exceed(limit: number | undefined, { threshold, candidate }: Found): Breach | undefined {
  if (limit === undefined || candidate === undefined) return undefined;
  return candidate > limit ? { threshold, limit, candidate } : undefined;
}
