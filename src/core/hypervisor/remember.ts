import type { Clock } from '../model/ports.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Received } from './receive.ts';
import type { Ending } from './ride.ts';

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
  const definition = received.tool?.definition ?? { name: call.tool, description: '' };
  memory.recordCall(past, { definition, atMs: parts.clock.nowMs() });
  if (isApproved) memory.recordApproved(call.args);
  if (result !== undefined) {
    memory.recordResult({ origin, text: result.text, tool: call.tool, callId: call.id });
  } else if (origin === untrusted) {
    // what came back is not known, or may still be on its way
    memory.markOverflow();
  }
  const lost = isDone && memory.declassify(declassifies);
  const got = memory.taint(origin === untrusted ? [...taints, untrusted] : taints);
  if (lost || got) await parts.sessions.keepLabels(call.seat.session);
}

/** Foreign code runs the call now and may read what comes back before anybody is told. */
export function rememberRelease({ sessions }: RememberParts, received: Received): void {
  if (isTrusted(received)) return;
  sessions.memory(received.call.seat.session).taint([untrusted]);
}

function isTrusted({ tool }: Received): boolean {
  return tool?.manifest.output === 'trusted';
}
