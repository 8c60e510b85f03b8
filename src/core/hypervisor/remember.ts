import type { Clock } from '../model/ports.ts';
import { isReceipt } from '../model/provenance.ts';
import type { ToolDefinition } from '../model/tool.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { listDestinationValues } from '../supervisors/judge/destinations.ts';
import type { Received } from './receive.ts';
import type { CallEffects, Ending } from './ride.ts';

export interface RememberParts {
  readonly sessions: Sessions;
  readonly clock: Clock;
}

/** The label that comes by itself. */
const untrusted = 'untrusted';

/**
 * Into the session's bounded memory: that the call was made, what came back and by whom it may have been written, and
 * the labels that rules give and take. Rejects where those cannot be made to outlast this process; the rest is done by then.
 */
export async function rememberEnding(parts: RememberParts, ending: Ending): Promise<void> {
  const { received, result, past, effects } = ending;
  const { call } = received;
  const memory = parts.sessions.memory(call.seat.session);
  if (past.status === 'refused') return memory.recordCall(past);
  const { declassifies = [], taints = [], isApproved = false } = effects ?? {};
  const isDone = past.status === 'done';
  // a rule that declassifies speaks for what came back, not for a failure
  const origin =
    isTrusted(received) || (isDone && declassifies.includes(untrusted)) ? 'trusted' : untrusted;
  memory.recordCall(past, { definition: definitionOf(received), atMs: parts.clock.nowMs() });
  if (isDone) rememberDestinations(parts.sessions, received);
  if (isApproved) memory.recordApproved(call.args);
  if (result !== undefined) {
    const receipt = isReceipt(origin, definitionOf(received));
    const { tool, id: callId } = call;
    memory.recordResult({ origin, text: result.text, tool, callId, isReceipt: receipt });
  } else if (origin === untrusted) {
    // what came back is not known, or may still be on its way
    memory.markOverflow();
  }
  if (isDone) memory.declassify(declassifies);
  memory.taint(origin === untrusted ? [...taints, untrusted] : taints);
  await parts.sessions.keepLabels(call.seat.session);
}

/**
 * The labels of a call that foreign code is about to run: it may read what comes back, and make other calls, before
 * anybody is told. Nothing is taken from the session yet. Rejects where they cannot be made to outlast this process.
 */
export async function markRelease(
  { sessions }: Pick<RememberParts, 'sessions'>,
  received: Received,
  { taints = [] }: CallEffects,
): Promise<void> {
  const { session } = received.call.seat;
  const labels = isTrusted(received) ? taints : [...taints, untrusted];
  sessions.memory(session).taint(labels);
  await sessions.keepLabels(session);
}

/** For rules that ask what ran before: foreign code has the call now. */
export function rememberRelease(
  { sessions, clock }: RememberParts,
  { received, past }: Pick<Ending, 'received' | 'past'>,
): void {
  const { call } = received;
  const memory = sessions.memory(call.seat.session);
  memory.recordCall(past, { definition: definitionOf(received), atMs: clock.nowMs() });
}

/** Of calls that are done: one that failed may not have got there. */
function rememberDestinations({ destinations }: Sessions, { call, tool }: Received): void {
  for (const { values } of listDestinationValues(call.args, tool?.manifest)) {
    for (const value of values) destinations.add(call.seat, value);
  }
}

function definitionOf({ call, tool }: Received): ToolDefinition {
  return tool?.definition ?? { name: call.tool, description: '' };
}

function isTrusted({ tool }: Received): boolean {
  return tool?.manifest.output === 'trusted';
}
