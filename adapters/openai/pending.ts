import { SupervisionError, type Outcome, type Ticket } from 'ringfence/spi';
import type { WireCall } from './wire-call.ts';

/** A call that waits for a person: plain JSON, to be kept over a restart and handed to `resume`. */
export interface PendingCall extends Ticket {
  readonly tool: string;
  /** The id that the model gave the call: where the answer goes. */
  readonly toolCallId: string;
  /** Which message answers it: of chat completions, or an item of responses. */
  readonly answer: 'message' | 'function_call_output' | 'custom_tool_call_output';
}

const maxKept = 1_000;

/** Remembers the calls that wait, so that a ticket alone suffices within one process. */
export interface PendingCalls {
  add(pending: PendingCall): void;
  /** Throws `APPROVAL_UNKNOWN` for a bare ticket that this process does not know. */
  find(ticket: Ticket | PendingCall): PendingCall;
}

export function createPendingCalls(): PendingCalls {
  const kept = new Map<string, PendingCall>();
  return {
    add(pending) {
      kept.delete(pending.approvalId);
      kept.set(pending.approvalId, pending);
      const [oldest] = kept.keys();
      if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
    },
    find(ticket) {
      if ('toolCallId' in ticket) return ticket;
      const { approvalId, callId } = ticket;
      const found = kept.get(approvalId);
      if (found !== undefined) return { ...found, approvalId, callId };
      throw new SupervisionError(
        'APPROVAL_UNKNOWN',
        'this process does not know the ticket; pass what `pending` held, with its `toolCallId` and `tool`',
      );
    },
  };
}

/** The call of a pending outcome; undefined for any other. */
export function toPending(
  { id, kind }: WireCall,
  tool: string,
  api: 'chat' | 'responses',
  outcome: Outcome<unknown>,
): PendingCall | undefined {
  if (outcome.status !== 'pending') return undefined;
  const item = kind === 'custom' ? 'custom_tool_call_output' : 'function_call_output';
  const answer = api === 'chat' ? 'message' : item;
  return { ...outcome.ticket, tool, toolCallId: id, answer };
}
