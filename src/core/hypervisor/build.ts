import { openApprovals, type Approvals } from '../approvals/approvals.ts';
import { createRecorder } from '../audit/recorder.ts';
import { openKillSwitch, type KillSwitch } from '../gates/kill-switch.ts';
import { openQuarantine, type Quarantine } from '../gates/quarantine.ts';
import type { ToolCall } from '../model/call.ts';
import type { Deny } from '../model/decision.ts';
import type { JsonObject } from '../model/json.ts';
import { namedCalls } from '../model/named-calls.ts';
import type { RolloutPlan } from '../rules/rollout-plan.ts';
import { bounded } from './bounded.ts';
import { createApprovalDesk, type ApprovalDesk } from './approval-desk.ts';
import { defaultEnv, defaultSettings, type HypervisorParts, type Settings } from './assembly.ts';
import { openClaims, type Claims } from './claims.ts';
import { createEvents, type Events } from './events.ts';
import { createFlights, type Flights } from './flights.ts';
import { listGates } from './gate-list.ts';
import { failed } from './judge.ts';
import { openIdentity, type Identity } from './identity.ts';
import { createLedger, type OpenLedger } from './ledger.ts';
import { createPersons, type Persons } from './persons.ts';
import { endedSince, recoverState } from './recovery.ts';
import { createReleases, type Releases } from './releases.ts';
import { createRollouts, type Rollouts } from './rollouts.ts';
import { markRelease, rememberEnding, rememberRelease } from './remember.ts';
import type { PipelineParts } from './ride.ts';
import { createSessionCommits } from './session-commits.ts';
import { createToolRegistry, type ToolRegistry } from './tool-registry.ts';

/** Everything that a hypervisor runs on, opened and put together. */
export interface Built {
  readonly settings: Settings;
  readonly events: Events;
  readonly flights: Flights;
  readonly persons: Persons;
  readonly tools: ToolRegistry;
  readonly ledger: OpenLedger;
  readonly identity: Identity;
  readonly approvals: Approvals;
  readonly claims: Claims;
  readonly killSwitch: KillSwitch;
  readonly quarantine: Quarantine;
  readonly desk: ApprovalDesk;
  readonly releases: Releases;
  readonly rollouts: Rollouts;
  readonly pipeline: PipelineParts;
  /** Why a request was no sound call, for the gate that denies it in its turn. */
  readonly faults: WeakMap<ToolCall, Deny>;
}

/** Recovers what the last process left, then opens part after part, in the order in which they need each other. */
export async function buildParts(parts: HypervisorParts): Promise<Built> {
  const { clock, ids, log, vault, records, counters } = parts;
  const settings = { ...defaultSettings, ...parts.settings };
  const events = createEvents();
  const flights = createFlights();
  const faults = new WeakMap<ToolCall, Deny>();
  const persons = createPersons(clock, parts.authenticate);
  const tools = createToolRegistry(({ name }) => events.emit('tool.undeclared', { tool: name }));

  const rollouts = createRollouts({
    plans: parts.rollouts ?? (() => noPlans),
    clock,
    journal: (body) => ledger.journal(body),
    emit: events.emit,
  });
  const plain = rollouts.watch(createRecorder({ log, vault, ids }));
  await recoverState({ log, vault, records, recorder: plain, counters, rollouts, clock });
  const { recorder, commit } = createSessionCommits({ recorder: plain, log, clock });
  const ledger = createLedger({
    recorder,
    counters,
    clock,
    ids,
    events,
    toolOf: tools.find,
    memoryOf: ({ seat }) => identity.sessions.memory(seat.session),
    remember: async (ending) => {
      const { sessions } = identity;
      // the memory has it at once; only what must outlast the process can hang or fail
      await bounded(() => rememberEnding({ sessions, clock }, ending), {
        ms: settings.decideTimeoutMs,
        clock,
      });
    },
    writeTimeoutMs: settings.decideTimeoutMs,
    reopen: async () => {
      const { seq } = log.head();
      await vault.recover();
      await log.recover();
      return endedSince(log, seq + 1);
    },
  });
  const { journal } = ledger;
  const { observed } = ledger;
  const identity = await openIdentity(parts, { journal, commit, flights, settings, observed });
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
    requirements: {
      highRisk: namedCalls(parts.highRisk ?? []),
      confirmAll: parts.confirmAll === true,
    },
    counters,
    clock,
    approvals,
    ledger,
    env: parts.env ?? defaultEnv,
    ringOf: ({ seat }) => identity.agents.ring(seat.agent),
    historyOf: ({ seat }) => identity.sessions.memory(seat.session).history,
    reverted: rollouts.reverted,
    knowledgeOf: ({ seat }) => identity.sessions.memory(seat.session).knowledge,
    usedBeforeOf:
      ({ seat }) =>
      (destination) =>
        identity.sessions.destinations.find(seat, destination),
    requestersOf: ({ seat }) => identity.requestersOf(seat),
    refund: async (reservation) => {
      await bounded(() => counters.refund(reservation), { ms: settings.gateTimeoutMs, clock });
    },
    markRelease: async (received, effects) => {
      const bound = { ms: settings.decideTimeoutMs, clock };
      const marked = await bounded(() => markRelease(identity, received, effects), bound);
      if (marked.kind === 'value') return undefined;
      const reason =
        'what the call does to its session cannot be kept, so it is not handed out; an operator has to look';
      return failed('session', 'LOG_UNAVAILABLE', reason);
    },
    release: (received, ending) => {
      rememberRelease({ sessions: identity.sessions, clock }, ending);
      releases.add(received, ending);
    },
    emit: (name, call, more) => {
      if (events.hears(name)) events.emit(name, { ...toLabels(call), ...more });
    },
  };

  return {
    settings,
    events,
    flights,
    persons,
    tools,
    ledger,
    identity,
    approvals,
    claims,
    killSwitch,
    quarantine,
    desk,
    releases,
    rollouts,
    pipeline,
    faults,
  };
}

const noPlans: ReadonlyMap<string, RolloutPlan> = new Map();

export function toLabels({ id, tool, action, seat }: ToolCall): JsonObject {
  return { call: id, tool, action, agent: seat.agent.id, session: seat.session.id };
}
