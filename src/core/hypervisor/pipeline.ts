import type { Decision, Deny, Outcome } from '../model/decision.ts';
import { findUnfitFilter, refuseRewritten } from './advisory.ts';
import { decidedEntry } from './entries.ts';
import { execute } from './execute.ts';
import { filterArgs, filtersLeft, isRefusal } from './filters.ts';
import { hold } from './hold.ts';
import {
  applyApprovals,
  askGates,
  askSupervisors,
  failed,
  inPlaceOf,
  reserveLimits,
  type Pass,
} from './judge.ts';
import type { PassFacts } from './pass-facts.ts';
import { refuse } from './refuse.ts';
import { readFacts, type PipelineParts, type Ride } from './ride.ts';

/**
 * The path of one tool call (design: the path of one tool call). Everything that can be refused is a value;
 * an error anywhere in here is a deny, and no tool runs before its decision is in the log.
 */
export async function runCall<R>(parts: PipelineParts, first: Ride<R>): Promise<Outcome<R>> {
  let ride = first;
  for (;;) {
    const step = await passOnce(parts, ride);
    if ('status' in step) return step;
    // a person has answered: everything is evaluated again, gates and all
    ride = step;
  }
}

async function passOnce<R>(parts: PipelineParts, ride: Ride<R>): Promise<Outcome<R> | Ride<R>> {
  const facts = readFacts(parts, ride);

  // 1 gates: the first deny ends it
  const blocked = await askGates(parts, toPass(ride, facts));
  if (blocked !== undefined) return refuse(parts, ride, blocked);

  // 2 supervisors and requirements, joined by the stricter; filters may rewrite the arguments, once
  const judged = await judge(parts, ride, facts);

  // 3 decision: limits are reserved atomically, or the call is not allowed
  const approved = applyApprovals(judged.decision, judged.ride.satisfied);
  const pass = toPass(judged.ride, facts);
  const { decision, reservation } = await reserveLimits(parts, pass, approved);

  // 4 log, 5 recheck and run, 6 outcome; or a person, or a refusal
  switch (decision.verdict) {
    case 'deny':
      return refuseDecided(parts, judged.ride, facts, decision);
    case 'review':
      return hold(parts, judged.ride, facts, decision);
    case 'allow':
      return execute(parts, judged.ride, { facts, decision, reservation });
  }
}

interface Judged<R> {
  readonly ride: Ride<R>;
  readonly decision: Decision;
}

/** Judges, lets the filters rewrite, and judges what they made of it, gates and all: one round, then deny. */
async function judge<R>(parts: PipelineParts, ride: Ride<R>, facts: PassFacts): Promise<Judged<R>> {
  const first = await askSupervisors(parts, toPass(ride, facts));
  const unfit = ride.mode === 'advisory' ? findUnfitFilter(parts, first) : undefined;
  if (unfit !== undefined) return { ride, decision: inPlaceOf(first, unfit) };
  const names = filtersLeft(first, ride.applied);
  if (names.length === 0) return { ride, decision: first };
  const rewritten = await rewrite(parts, ride, names);
  if (isRefusal(rewritten)) return { ride, decision: inPlaceOf(first, rewritten) };
  const isRewritten = rewritten.received !== ride.received;
  if (!isRewritten) return { ride: rewritten, decision: first };
  if (ride.mode === 'advisory') return { ride, decision: inPlaceOf(first, refuseRewritten()) };

  const blocked = await askGates(parts, toPass(rewritten, facts));
  if (blocked !== undefined) return { ride: rewritten, decision: inPlaceOf(first, blocked) };
  const again = await askSupervisors(parts, toPass(rewritten, facts));
  const left = filtersLeft(again, rewritten.applied);
  const settled = await rewrite(parts, rewritten, left);
  if (isRefusal(settled)) {
    return { ride: rewritten, decision: inPlaceOf(again, settled) };
  }
  if (settled.received === rewritten.received) return { ride: settled, decision: again };
  const reason =
    'the filters rewrite the arguments again and again; mend the rules that ask for them';
  const failure = failed('filters', 'FILTER_FAILED', reason);
  return { ride: rewritten, decision: inPlaceOf(again, failure) };
}

async function rewrite<R>(
  parts: PipelineParts,
  ride: Ride<R>,
  names: readonly string[],
): Promise<Ride<R> | Deny> {
  if (names.length === 0) return ride;
  const filtered = await filterArgs(parts, ride.flight, ride.received, names);
  if (isRefusal(filtered)) return filtered;
  const { received, rewrote } = filtered;
  // a person approved just these arguments
  if (rewrote.length > 0 && ride.approvals.length > 0) return refuseLateRewrite();
  ride.flight.follow(received.call);
  const applied = [...ride.applied, ...names];
  return { ...ride, received, applied, rewrote: [...ride.rewrote, ...rewrote] };
}

function refuseLateRewrite(): Deny {
  const reason = 'a filter would change the arguments that a person approved; make the call again';
  return failed('filters', 'FILTER_DENIED', reason);
}

function toPass<R>(ride: Ride<R>, facts: PassFacts): Pass {
  const { received, flight, approvals, applied, satisfied } = ride;
  const isCounted = approvals.length > 0 || applied.length > 0;
  return { received, flight, facts, isCounted, satisfied };
}

async function refuseDecided<R>(
  parts: PipelineParts,
  { received, approvals, rewrote }: Ride<R>,
  facts: PassFacts,
  why: Deny,
): Promise<Outcome<R>> {
  const { call } = received;
  const entry = decidedEntry(call, why, { ...pickFacts(parts, facts) }, { approvals, rewrote });
  await parts.ledger.refused(received, entry, why);
  return { status: 'refused', callId: call.id, why };
}

function pickFacts(parts: PipelineParts, { nowMs, ring, env }: PassFacts) {
  return { nowMs, ring, env, gates: parts.gateNames };
}
