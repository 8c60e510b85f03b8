import { openApprovals } from '../approvals/approvals.ts';
import { createRecorder } from '../audit/recorder.ts';
import { openKillSwitch } from '../gates/kill-switch.ts';
import { openQuarantine } from '../gates/quarantine.ts';
import type { ToolCall } from '../model/call.ts';
import type { Deny, Outcome, Ticket } from '../model/decision.ts';
import type { JsonObject } from '../model/json.ts';
import { checkAdvisory } from './advisory.ts';
import type { Hypervisor, Run, SubmitRequest } from './api.ts';
import { createApprovalDesk, toRefused } from './approval-desk.ts';
import { defaultEnv, defaultSettings, type HypervisorParts, type Inside } from './assembly.ts';
import { ending, openClaims, submitClaimed, type ClaimHold } from './claims.ts';
import { createEvents } from './events.ts';
import { createFlights, type Flight } from './flights.ts';
import { listGates } from './gate-list.ts';
import { createPersons } from './persons.ts';
import { waitForPerson } from './hold.ts';
import { openIdentity } from './identity.ts';
import { createLedger } from './ledger.ts';
import { runCall } from './pipeline.ts';
import { receive, type Received } from './receive.ts';
import { endedSince, recoverState, saveState } from './recovery.ts';
import { createReleases } from './releases.ts';
import type { PipelineParts, Ride } from './ride.ts';
import { createSessionCommits } from './session-commits.ts';
import { createToolRegistry } from './tool-registry.ts';

/** Puts the parts of the core together and opens them; `setup.ts` brings the drivers. */
export async function openHypervisor(
  parts: HypervisorParts,
): Promise<{ readonly hypervisor: Hypervisor; readonly inside: Inside }> {
  const { clock, ids, log, vault, records, counters } = parts;
  const settings = { ...defaultSettings, ...parts.settings };
  const events = createEvents();
  const flights = createFlights();
  const faults = new WeakMap<ToolCall, Deny>();
  const persons = createPersons(clock, parts.authenticate);
  const tools = createToolRegistry(({ name }) => events.emit('tool.undeclared', { tool: name }));

  const plain = createRecorder({ log, vault, ids });
  await recoverState({ log, vault, records, recorder: plain, counters, clock });
  const { recorder, commit } = createSessionCommits({ recorder: plain, log, clock });
  const ledger = createLedger({
    recorder,
    counters,
    clock,
    events,
    memoryOf: ({ seat }) => identity.sessions.memory(seat.session),
    writeTimeoutMs: settings.decideTimeoutMs,
    reopen: async () => {
      const { seq } = log.head();
      await vault.recover();
      await log.recover();
      return endedSince(log, seq + 1);
    },
  });
  const { journal } = ledger;
  const identity = await openIdentity(parts, { journal, commit, flights, settings });
  const approvals = await openApprovals({ ...parts, ...settings, journal });
  const claims = await openClaims({ ...parts, ...settings });
  const killSwitch = await openKillSwitch({ records, journal, clock, cancel: flights.cancel });
  const quarantine = await openQuarantine({ records, journal, clock });
  const desk = createApprovalDesk({ approvals, persons, tools, identity, events });
  const releases = createReleases(clock, ledger);
  const gates = listGates(parts, {
    killSwitch: killSwitch.gate,
    quarantine: quarantine.gate,
    identity,
    ledger,
    tools,
    faultOf: (call) => faults.get(call),
  });

  const pipeline: PipelineParts = {
    ...settings,
    gates,
    gateNames: gates.map(({ name }) => name).join(),
    supervisors: parts.supervisors,
    filters: new Map((parts.filters ?? []).map((filter) => [filter.name, filter])),
    requirements: { highRisk: new Set(parts.highRisk), confirmAll: parts.confirmAll === true },
    counters,
    clock,
    approvals,
    ledger,
    env: parts.env ?? defaultEnv,
    ringOf: ({ seat }) => identity.agents.ring(seat.agent),
    historyOf: ({ seat }) => identity.sessions.memory(seat.session).history,
    requestersOf: ({ seat }) => identity.requestersOf(seat),
    refund: (reservation) => counters.refund(reservation).catch(() => undefined),
    release: releases.add,
    emit: (name, call, more) => {
      if (events.hears(name)) events.emit(name, { ...toLabels(call), ...more });
    },
  };

  let isClosed = false;
  let flown = 0;
  let savedSeq = 0;
  /** From take-off to landing: what a kill, the caller or `close` can reach. */
  const fly = async <R>(
    received: Received,
    {
      signal,
      mode = 'run',
      waitMs = settings.waitMs,
    }: Pick<SubmitRequest, 'signal' | 'mode' | 'waitMs'>,
    go: (start: Omit<Ride<R>, 'run'>) => Promise<Outcome<R>>,
  ): Promise<Outcome<R>> => {
    const { call, fault } = received;
    flown += 1;
    if (fault !== undefined) faults.set(call, fault);
    const flight = flights.start(call);
    const abort = (): void => flight.cancel(toDeny('ABORTED', 'the caller aborted the call'));
    if (isClosed) flight.cancel(toDeny('CLOSED', 'the hypervisor is closed'));
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await go({
        received,
        flight,
        mode,
        waitMs: toWait(waitMs),
        approvals: [],
        satisfied: [],
        requesters: [],
        claim: undefined,
        applied: [],
      });
    } catch (error) {
      events.emit('pipeline.failed', { ...toLabels(call), error: String(error) });
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
    options: Pick<SubmitRequest, 'signal' | 'waitMs'> & { readonly tool?: string | undefined },
  ): Promise<Outcome<R>> => {
    const redeemed = await desk.redeem(ticket, options.tool);
    if ('verdict' in redeemed) return toRefused(ticket.callId, redeemed);
    return fly(redeemed.received, options, async (start) => {
      const ride = { ...start, run, claim };
      const step = await waitForPerson(pipeline, ride, ticket.approvalId, redeemed.review);
      return 'status' in step ? step : runCall(pipeline, step);
    });
  };
  const save = async (): Promise<void> => {
    // only at a quiet moment: no call may stand between its reservation and its entry
    const isQuiet = (): boolean => flights.size === 0 && releases.size === 0;
    if (!isQuiet() || log.head().seq === savedSeq) return;
    const before = flown;
    // outcomes that nobody waited for must not stand behind a snapshot that says they are done
    const { seq } = await journal({ type: 'state.saved', time: clock.nowMs() });
    if (!isQuiet() || flown !== before) return;
    savedSeq = seq;
    await saveState({ log, records, counters });
  };
  const cancelSaving = repeat(clock, settings.saveMs, save);

  const hypervisor: Hypervisor = {
    tools,
    agents: { register: identity.agents.register, ring: identity.agents.ring },
    sessions: { open: identity.sessions.open },
    seat: identity.seat,
    async submit(request, run) {
      // read once: what was checked is what goes on
      const asked = { ...request };
      identity.check(asked.seat);
      const first = await receive(asked, ids.id(), tools);
      const received = asked.mode === 'advisory' ? checkAdvisory(first, asked.args) : first;
      const standing = await claims.find(received.call);
      if (standing === undefined)
        return fly(received, asked, (start) => runCall(pipeline, { ...start, run }));
      return submitClaimed(standing, received, {
        submit: (received, claim) =>
          fly(received, asked, (start) => runCall(pipeline, { ...start, run, claim })),
        redeem: (ticket, claim) => redeem(ticket, run, claim, asked),
      });
    },
    async resume(ticket, run, { tool } = {}) {
      const claim = await claims.holdOf(ticket);
      return ending(claim, redeem(ticket, run, claim, { waitMs: 0, tool }));
    },
    settle: releases.settle,
    approvals: desk.api,
    killSwitch: {
      list: killSwitch.list,
      async kill(scope, reason) {
        const killing = killSwitch.kill(scope, reason);
        events.emit('security.agent_killed', { scope: toJson(scope), reason });
        await killing;
      },
      async revive(scope, person) {
        persons.check(person);
        await killSwitch.revive(scope, person);
        events.emit('security.revived', { scope: toJson(scope), person: person.id });
      },
    },
    quarantine: {
      enter: quarantine.enter,
      async release(agent, person) {
        persons.check(person);
        await quarantine.release(agent, person.id);
      },
    },
    events: { on: events.on },
    authenticate: persons.authenticate,
    async health() {
      const kills = killSwitch
        .list()
        .map(({ scope, reason }) => `killed: ${JSON.stringify(scope)} (${reason})`);
      const problems = [
        ...(isClosed ? ['the hypervisor is closed'] : []),
        ...ledger.problems,
        ...kills,
      ];
      return { ok: problems.length === 0, problems };
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      cancelSaving();
      flights.cancel(() => true, toDeny('CLOSED', 'the hypervisor is closing'));
      await flights.landed(settings.gateTimeoutMs, clock);
      approvals.close();
      await releases.close();
      await ledger.flush();
      await save().catch((error: unknown) =>
        events.emit('snapshot.failed', { error: String(error) }),
      );
    },
  };
  return { hypervisor, inside: { journal, emit: events.emit, persons } };
}

/** NaN and negative numbers wait for nobody. */
function toWait(waitMs: number): number {
  return waitMs > 0 ? waitMs : 0;
}

function toLabels({ id, tool, action, seat }: ToolCall): JsonObject {
  return { call: id, tool, action, agent: seat.agent.id, session: seat.session.id };
}

function toJson(scope: Parameters<Hypervisor['killSwitch']['kill']>[0]): JsonObject | 'all' {
  return scope === 'all' ? scope : { ...scope };
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

function repeat(
  clock: HypervisorParts['clock'],
  ms: number,
  work: () => Promise<void>,
): () => void {
  let cancel = (): void => undefined;
  const schedule = (): void => {
    cancel = clock.after(ms, () => {
      // the next round tries again
      work()
        .catch(() => undefined)
        .finally(schedule);
    });
  };
  schedule();
  return () => cancel();
}
