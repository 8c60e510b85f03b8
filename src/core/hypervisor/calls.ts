import type { Deny, Outcome, Ticket } from '../model/decision.ts';
import { describeThrown } from '../model/describe-thrown.ts';
import { SupervisionError } from '../model/errors.ts';
import type { Ids } from '../model/ports.ts';
import { checkAdvisory } from './advisory.ts';
import type { Hypervisor, Run, SubmitRequest } from './api.ts';
import { toRefused } from './approval-desk.ts';
import { toLabels, type Built } from './build.ts';
import { ending, submitClaimed, type ClaimHold } from './claims.ts';
import type { Flight } from './flights.ts';
import { waitForPerson } from './hold.ts';
import { runCall } from './pipeline.ts';
import { receive, type Received } from './receive.ts';
import type { Ride } from './ride.ts';

/** The two ways to a tool: a call that is made, and a ticket that comes back. */
export interface Calls extends Pick<Hypervisor, 'submit' | 'resume'> {
  /** How many there have been: two equal counts with nothing in flight are a quiet moment. */
  readonly count: number;
  /** From here on every call is refused. */
  close(): void;
}

type Options = Pick<SubmitRequest, 'signal' | 'mode' | 'waitMs'>;

export function createCalls(built: Built, ids: Ids): Calls {
  const { settings, events, flights, faults, identity, tools, claims, desk, pipeline } = built;
  let isClosed = false;
  let count = 0;

  /** From take-off to landing: what a kill, the caller or `close` can reach. */
  const fly = async <R>(
    received: Received,
    { signal, mode = 'run', waitMs = settings.waitMs }: Options,
    go: (start: Omit<Ride<R>, 'run'>) => Promise<Outcome<R>>,
  ): Promise<Outcome<R>> => {
    const { call, fault } = received;
    count += 1;
    if (fault !== undefined) faults.set(call, fault);
    const flight = flights.start(call);
    const abort = (): void => flight.cancel(toDeny('ABORTED', 'the caller aborted the call'));
    if (isClosed) flight.cancel(toDeny('CLOSED', 'the hypervisor is closed'));
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await go({ received, flight, mode, waitMs: toWait(waitMs), ...unanswered });
    } catch (error) {
      events.emit('pipeline.failed', { ...toLabels(call), reason: describeThrown(error) });
      return toFailure(flight);
    } finally {
      signal?.removeEventListener('abort', abort);
      flights.land(flight);
    }
  };
  const redeem = async <R>(
    ticket: Ticket,
    run: Run<R>,
    claim: ClaimHold | undefined,
    options: Options & {
      readonly tool?: string | undefined;
      /** The call of the ticket, with its fault where it may not run in this way. */
      readonly fit: (received: Received) => Received;
    },
  ): Promise<Outcome<R>> => {
    const redeemed = await desk.redeem(ticket, options.tool);
    if ('verdict' in redeemed) return toRefused(ticket.callId, redeemed);
    return fly(options.fit(redeemed.received), options, async (start) => {
      const ride = { ...start, run, claim };
      const step = await waitForPerson(pipeline, ride, ticket.approvalId, redeemed.review);
      return 'status' in step ? step : runCall(pipeline, step);
    });
  };

  return {
    get count() {
      return count;
    },
    close() {
      isClosed = true;
      flights.cancel(() => true, toDeny('CLOSED', 'the hypervisor is closing'));
    },
    async submit(request, run) {
      // read once: what was checked is what goes on
      const asked = { ...request };
      identity.check(asked.seat);
      checkUse(asked.mode, run);
      const fit = (received: Received): Received =>
        asked.mode === 'advisory' ? checkAdvisory(received, asked.args) : received;
      const received = fit(await receive(asked, ids.id(), tools));
      const standing = await claims.find(received.call);
      if (standing === undefined) {
        return fly(received, asked, (start) => runCall(pipeline, { ...start, run }));
      }
      return submitClaimed(standing, received, {
        submit: (received, claim) =>
          fly(received, asked, (start) => runCall(pipeline, { ...start, run, claim })),
        redeem: (ticket, claim) => redeem(ticket, run, claim, { ...asked, fit }),
      });
    },
    async resume(ticket, run, { tool } = {}) {
      checkUse(undefined, run);
      if (!isTicket(ticket)) return toRefused('', toDeny('APPROVAL_UNKNOWN', 'this is no ticket'));
      const claim = await claims.holdOf(ticket);
      return ending(
        claim,
        redeem(ticket, run, claim, { waitMs: 0, tool, fit: (received) => received }),
      );
    },
  };
}

/** Callers write JavaScript too: what could not be run must not be judged and logged first. */
function checkUse(mode: unknown, run: unknown): void {
  if (typeof run !== 'function') {
    throw new SupervisionError(
      'TOOL_INVALID',
      'there is no function to run; pass it beside the request',
    );
  }
  if (mode === undefined || mode === 'run' || mode === 'advisory') return;
  throw new SupervisionError('TOOL_INVALID', '`mode`: expected `run` or `advisory`');
}

/** Tickets come back from storage and over wires, where types do not hold. */
function isTicket(ticket: unknown): ticket is Ticket {
  if (typeof ticket !== 'object' || ticket === null) return false;
  if (!('approvalId' in ticket) || !('callId' in ticket)) return false;
  return typeof ticket.approvalId === 'string' && typeof ticket.callId === 'string';
}

/** Of a call that no person has spoken of. */
const unanswered = {
  approvals: [],
  satisfied: [],
  requesters: [],
  claim: undefined,
  applied: [],
  rewrote: [],
} as const;

/** NaN and negative numbers wait for nobody. */
function toWait(waitMs: number): number {
  return waitMs > 0 ? waitMs : 0;
}

function toDeny(code: Deny['code'], reason: string): Deny {
  return { verdict: 'deny', by: 'hypervisor', code, reason };
}

/** An error of our own: a deny, unless the tool was started. */
function toFailure<R>({ call, hasStarted }: Flight): Outcome<R> {
  if (hasStarted) {
    const reason = 'an internal error after the start: it may have happened';
    return { status: 'unknown', callId: call.id, reason };
  }
  return toRefused(call.id, toDeny('GATE_FAILED', 'an internal error, so nothing was run'));
}
