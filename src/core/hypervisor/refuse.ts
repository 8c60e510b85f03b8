import type { Deny, Outcome } from '../model/decision.ts';
import { refusedEntry } from './entries.ts';
import type { PipelineParts, Ride } from './ride.ts';

/** Refused without a decision of the supervisors in the log: by a gate, by a person, or by what came too late. */
export async function refuse<R>(
  { ledger, clock }: PipelineParts,
  { received }: Pick<Ride<R>, 'received'>,
  why: Deny,
): Promise<Outcome<R>> {
  const { call } = received;
  await ledger.refused(received, refusedEntry(call, why, clock.nowMs()), why);
  return { status: 'refused', callId: call.id, why };
}
