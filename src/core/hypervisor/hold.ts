import type { Approval } from '../approvals/approval.ts';
import type { Facts } from '../model/call.ts';
import type { Demand, Deny, Outcome, Review } from '../model/decision.ts';
import { bounded } from './bounded.ts';
import { decidedEntry } from './entries.ts';
import { failed, inPlaceOf } from './judge.ts';
import { refuse } from './refuse.ts';
import type { PipelineParts, Ride } from './ride.ts';

/**
 * A reviewed call: opens an approval, or takes over the open one of the same seat and fingerprint; logs; waits
 * for a person as long as the caller would, or hands out the ticket. An answered approval gives the ride to go on.
 */
export async function hold<R>(
  parts: PipelineParts,
  ride: Ride<R>,
  facts: Facts,
  review: Review,
): Promise<Outcome<R> | Ride<R>> {
  const held = await ask(parts, ride, () => openApproval(parts, ride, facts, review));
  if ('verdict' in held) return refuse(parts, ride, inPlaceOf(review, held));
  if ('verdict' in held.value) return refuse(parts, ride, held.value);
  return waitForPerson(parts, ride, held.value.id, review);
}

async function openApproval<R>(
  parts: PipelineParts,
  { received, approvals, rewrote, requesters: known }: Ride<R>,
  facts: Facts,
  review: Review,
): Promise<Approval | Deny> {
  const { call, preimage } = received;
  const requesters = [...new Set([...parts.requestersOf(call), ...known])];
  const held = await parts.approvals.hold(call, review, {
    requesters,
    applied: rewrote,
    earlier: approvals,
  });
  if ('verdict' in held) return held;
  const { nowMs, ring, env } = facts;
  const entryFacts = { nowMs, ring, env, gates: parts.gateNames };
  const past = { approvals: [held.id], rewrote };
  await parts.ledger.decided(decidedEntry(call, review, entryFacts, past), preimage);
  const fault = review.explanation?.judge?.fault;
  parts.emit('approval.opened', call, {
    approval: held.id,
    ...(fault === undefined ? {} : { fault }),
  });
  return held;
}

/** The store and the log are asked like anybody outside: one that fails or stays silent makes a deny. */
async function ask<T, R>(
  { clock, decideTimeoutMs: ms }: PipelineParts,
  { flight }: Ride<R>,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | Deny> {
  const answer = await bounded(work, { ms, clock, flight });
  if (answer.kind === 'value') return answer;
  if (answer.kind === 'cancelled') return answer.why;
  const reason = 'the approvals cannot be read or written; try again later';
  return failed('approvals', 'APPROVALS_UNAVAILABLE', reason);
}

/** The ride of an approval, once it is answered with yes; the outcome otherwise. */
export async function waitForPerson<R>(
  parts: PipelineParts,
  ride: Ride<R>,
  id: string,
  review: Review,
): Promise<Outcome<R> | Ride<R>> {
  const deadlineMs = parts.clock.monotonicMs() + ride.waitMs;
  for (;;) {
    // asked before looking, so that an answer in between is not missed
    const changed = parts.approvals.changed(id);
    try {
      const found = await ask(parts, ride, () => parts.approvals.find(id));
      if ('verdict' in found) return await refuse(parts, ride, found);
      const answered = await readAnswer(parts, ride, found.value);
      if (answered !== undefined) return answered;
      const ms = deadlineMs - parts.clock.monotonicMs();
      if (ms <= 0) return toPending(ride, id, review);
      const bound = { ms, clock: parts.clock, flight: ride.flight };
      const news = await bounded(() => changed.promise, bound);
      if (news.kind === 'cancelled') return await refuse(parts, ride, news.why);
    } finally {
      changed.stop();
    }
  }
}

/** Undefined while nobody has answered. */
async function readAnswer<R>(
  parts: PipelineParts,
  ride: Ride<R>,
  approval: Approval | undefined,
): Promise<Outcome<R> | Ride<R> | undefined> {
  const answerNo = (code: Deny['code'], reason: string): Promise<Outcome<R>> =>
    refuse(parts, ride, failed('approvals', code, reason));
  if (approval === undefined) return answerNo('APPROVAL_UNKNOWN', 'there is no such approval');
  if (approval.callId !== ride.received.call.id) {
    return answerNo('SUPERSEDED', 'a later attempt of the same call took this ticket over');
  }
  switch (approval.state) {
    case 'open':
      return undefined;
    case 'denied':
      return answerNo('DENIED', 'a person denied the call');
    case 'expired':
      return answerNo('EXPIRED', 'nobody answered in time; ask again if it is still needed');
    case 'consumed':
      return answerNo(
        'APPROVAL_UNKNOWN',
        'the approval was used already; each is good for one call',
      );
    case 'allowed':
      return redeem(parts, ride, approval);
  }
}

/** The same call with what persons have approved of it: by this approval and the earlier ones it builds on. */
async function redeem<R>(
  parts: PipelineParts,
  ride: Ride<R>,
  approval: Approval,
): Promise<Ride<R>> {
  const earlier = await Promise.all(approval.earlier.map((id) => parts.approvals.find(id)));
  const satisfied = [approval, ...earlier].flatMap((each) =>
    each?.state === 'allowed' ? each.demands.map(toDemand) : [],
  );
  return {
    ...ride,
    approvals: [approval.id, ...approval.earlier],
    satisfied,
    requesters: approval.requesters,
    applied: approval.applied,
    rewrote: approval.applied,
  };
}

function toDemand({ ruleHash, ...demand }: Approval['demands'][number]): Demand {
  return ruleHash === undefined ? demand : { ...demand, ruleHash };
}

function toPending<R>({ received }: Ride<R>, approvalId: string, why: Review): Outcome<R> {
  return { status: 'pending', ticket: { approvalId, callId: received.call.id }, why };
}
