import type { Allow, Deny, Outcome } from '../model/decision.ts';
import { SupervisionError } from '../model/errors.ts';
import { toText } from '../model/json.ts';
import type { RunIo } from '../model/tool.ts';
import { bounded, type Bounded } from './bounded.ts';
import { describeResult, errorText, trySeal } from './describe-result.ts';
import { decidedEntry, finishedEntry, limitsOf } from './entries.ts';
import { filterResult } from './filters.ts';
import type { Flight } from './flights.ts';
import { askBlockedOnce, failed, inPlaceOf } from './judge.ts';
import { asTyped } from './as-typed.ts';
import type { PassFacts } from './pass-facts.ts';
import { refuse } from './refuse.ts';
import type { Ending, PipelineParts, Ride } from './ride.ts';

export interface Allowed {
  readonly facts: PassFacts;
  readonly decision: Allow;
  readonly reservation: string | undefined;
}

/** Steps 4 to 6 of an allowed call: its approvals are used up, it is logged, started and seen to its end. */
export async function execute<R>(
  parts: PipelineParts,
  ride: Ride<R>,
  allowed: Allowed,
): Promise<Outcome<R>> {
  const { received, flight } = ride;
  const { call } = received;
  const unready = await makeReady(parts, ride, allowed);
  if (unready !== undefined) return giveBack(parts, ride, allowed, unready);
  const isReleased = ride.mode === 'advisory';
  const unkept = isReleased
    ? await parts.markRelease(received, effectsOf(ride, allowed))
    : undefined;

  // one synchronous turn from the last look at the gates to the start of the tool
  const late = unkept ?? askBlockedOnce(parts.gates, ride);
  if (late !== undefined) return giveBack(parts, ride, allowed, { why: late, wasLogged: true });
  if (isReleased) return release(parts, ride, allowed);
  const startedMs = parts.clock.nowMs();
  flight.markStarted();
  const io = new FlightIo(flight);
  const ran = bounded(() => ride.run(call.args, io), {
    ms: received.tool?.timeoutMs ?? 0,
    clock: parts.clock,
    flight,
  });
  parts.emit('call.started', call, {});
  return finish(parts, ride, { ...allowed, startedMs }, await ran);
}

interface Unready {
  readonly why: Deny;
  /** The decision is in the log, or may be there after a recovery: it then needs its terminal entry. */
  readonly wasLogged: boolean;
  /** The log did not answer: nobody waits for it a second time. */
  readonly isStuck?: boolean;
}

/** The claim and each approval once, by compare-and-set, before the decision is written; then the log, or no effect. */
async function makeReady<R>(
  parts: PipelineParts,
  { received, approvals, rewrote, flight, claim }: Ride<R>,
  { facts, decision }: Allowed,
): Promise<Unready | undefined> {
  const { call, preimage } = received;
  const bound = { ms: parts.decideTimeoutMs, clock: parts.clock, flight };
  if (claim !== undefined) {
    const begun = await bounded(() => claim.start(call.id), bound);
    const reason = 'the start cannot be recorded, so nothing runs; an operator has to look';
    if (begun.kind !== 'value')
      return { why: failed('claims', 'LOG_UNAVAILABLE', reason), wasLogged: false };
    if (begun.value !== undefined) return { why: begun.value, wasLogged: false };
  }
  if (approvals.length > 0) {
    const used = await bounded(() => parts.approvals.consume(approvals, call.id), bound);
    if (used.kind !== 'value' || !used.value) {
      const reason = 'the approval was used, taken over or ran out meanwhile';
      return { why: failed('approvals', 'APPROVAL_UNKNOWN', reason), wasLogged: false };
    }
  }
  const { nowMs, ring, env } = facts;
  const entryFacts = { nowMs, ring, env, gates: parts.gateNames };
  const entry = decidedEntry(call, decision, entryFacts, { approvals, rewrote });
  const logged = await bounded(
    () => parts.ledger.decided(entry, preimage, limitsOf(decision)),
    bound,
  );
  if (logged.kind === 'value') return undefined;
  if (logged.kind === 'cancelled') return { why: logged.why, wasLogged: true };
  const reason = 'the action log cannot be written, so nothing runs; an operator has to look';
  const why = failed('log', 'LOG_UNAVAILABLE', reason);
  return { why, wasLogged: true, isStuck: logged.kind === 'timeout' };
}

/** The tool was never entered: what was reserved is given back. */
async function giveBack<R>(
  parts: PipelineParts,
  { received }: Ride<R>,
  { facts, reservation, decision }: Allowed,
  { why, wasLogged, isStuck = false }: Unready,
): Promise<Outcome<R>> {
  const { call } = received;
  if (reservation !== undefined) await parts.refund(reservation);
  if (!wasLogged) return refuse(parts, { received }, inPlaceOf(decision, why));
  const { id: callId, tool, action } = call;
  const times = { startedMs: facts.nowMs, nowMs: parts.clock.nowMs() };
  const finished = parts.ledger.finished({
    received,
    entry: finishedEntry(call, 'refused', times, why.code),
    result: undefined,
    reservation: undefined,
    past: { callId, tool, action, verdict: decision.verdict, status: 'refused' },
  });
  if (!isStuck) await finished;
  parts.emit('call.refused', call, { code: why.code, by: why.by });
  return { status: 'refused', callId, why };
}

/** Advisory: foreign code runs it, out of our sight; the result is settled later, or unknown. */
function release<R>(parts: PipelineParts, ride: Ride<R>, allowed: Allowed): Outcome<R> {
  const { received } = ride;
  const { id: callId, tool, action } = received.call;
  const { verdict } = allowed.decision;
  const past = { callId, tool, action, verdict, status: 'released' } as const;
  const effects = effectsOf(ride, allowed);
  parts.release(received, { received, reservation: allowed.reservation, past, effects });
  return { status: 'released', callId };
}

/** A class for its getter, which costs a microsecond each time in an object literal. */
class FlightIo implements RunIo {
  readonly idempotencyKey: string;
  readonly #flight: Flight;

  constructor(flight: Flight) {
    this.idempotencyKey = flight.call.id;
    this.#flight = flight;
  }
  /** Made when asked for: most tools never look. */
  get signal() {
    return this.#flight.signal;
  }
}

type Started = Allowed & { readonly startedMs: number };

async function finish<R>(
  parts: PipelineParts,
  ride: Ride<R>,
  started: Started,
  ran: Bounded<R>,
): Promise<Outcome<R>> {
  const outcome = await toOutcome(parts, ride, started, ran);
  await parts.ledger.finished(toEnding(parts, ride, started, outcome, ran));
  return outcome;
}

async function toOutcome<R>(
  parts: PipelineParts,
  ride: Ride<R>,
  started: Started,
  ran: Bounded<R>,
): Promise<Outcome<R>> {
  const { id: callId } = ride.received.call;
  switch (ran.kind) {
    case 'value':
      return filterOutcome(parts, ride, started, ran.value);
    case 'error':
      return filterError(parts, ride, started, ran.error);
    case 'cancelled':
      return {
        status: 'unknown',
        callId,
        reason: `stopped while it ran (${ran.why.code}): it may have happened`,
      };
    case 'timeout': {
      const reason = 'did not finish in time: it may have happened';
      ride.flight.cancel(failed('pipeline', 'OUTCOME_UNKNOWN', reason));
      return { status: 'unknown', callId, reason };
    }
  }
}

/** A result filter that denies or fails withholds the result; the effect stands, so the call has not been refused. */
async function filterOutcome<R>(
  parts: PipelineParts,
  ride: Ride<R>,
  { decision }: Started,
  value: R,
): Promise<Outcome<R>> {
  const { id: callId } = ride.received.call;
  const names = resultFilters(parts, decision);
  if (names.length === 0) return { status: 'done', callId, value };
  const withhold = (code: string): Outcome<R> =>
    toWithheld(callId, `the tool ran; its result is withheld (\`${code}\`)`);
  const sealed = trySeal(value);
  if (sealed === undefined) return withhold('not JSON');
  const filtered = await filterResult(parts, ride.flight, ride.received, {
    names,
    result: sealed.value,
  });
  if ('verdict' in filtered) return withhold(filtered.code);
  return {
    status: 'done',
    callId,
    value: filtered.result === sealed.value ? value : asTyped<R>(filtered.result),
  };
}

/** The text of an error tells as much as a result: where a filter changes it, nothing else of the error is handed out. */
async function filterError<R>(
  parts: PipelineParts,
  ride: Ride<R>,
  { decision }: Started,
  error: unknown,
): Promise<Outcome<R>> {
  const { id: callId } = ride.received.call;
  const names = resultFilters(parts, decision);
  if (names.length === 0) return { status: 'failed', callId, error };
  const text = errorText(error);
  const result = text.toWellFormed();
  const filtered = await filterResult(parts, ride.flight, ride.received, { names, result });
  if ('verdict' in filtered) {
    return toWithheld(callId, `the tool failed; what it said is withheld (\`${filtered.code}\`)`);
  }
  if (filtered.result === text) return { status: 'failed', callId, error };
  return { status: 'failed', callId, error: new Error(toText(filtered.result)) };
}

function resultFilters({ filters }: PipelineParts, decision: Allow): readonly string[] {
  return (decision.filters ?? []).filter((name) => filters.get(name)?.after);
}

function toWithheld<R>(callId: string, message: string): Outcome<R> {
  const error = new SupervisionError('FILTER_DENIED', message, { callId });
  return { status: 'failed', callId, error };
}

function effectsOf<R>({ approvals }: Ride<R>, { decision }: Allowed): Ending['effects'] & object {
  const { taints, declassifies } = decision;
  return {
    isApproved: approvals.length > 0,
    ...(taints === undefined ? undefined : { taints }),
    ...(declassifies === undefined ? undefined : { declassifies }),
  };
}

function toEnding<R>(
  parts: PipelineParts,
  ride: Ride<R>,
  started: Started,
  outcome: Outcome<R>,
  ran: Bounded<R>,
): Ending {
  const { received } = ride;
  const { startedMs, reservation, decision } = started;
  const { call } = received;
  const { status } = outcome;
  const times = { startedMs, nowMs: parts.clock.nowMs() };
  return {
    received,
    entry: finishedEntry(call, status, times),
    result: describeResult(ran),
    reservation,
    effects: effectsOf(ride, started),
    past: {
      callId: call.id,
      tool: call.tool,
      action: call.action,
      verdict: decision.verdict,
      status,
    },
  };
}
