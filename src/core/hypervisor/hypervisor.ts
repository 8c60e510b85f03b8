import type { Facts, ToolCall } from '../model/call.ts';
import type { Hypervisor } from './api.ts';
import type { HypervisorParts, Inside } from './assembly.ts';
import { buildParts, type Built } from './build.ts';
import { createCalls } from './calls.ts';
import { createOperator } from './operator.ts';
import { startSnapshots } from './snapshots.ts';

/** Without a pass there is nothing to abort, and nothing decided so far. */
function readFactsNow({ pipeline, tools }: Built, call: ToolCall): Facts {
  return {
    tool: tools.find(call.tool)?.definition ?? { name: call.tool, description: '' },
    ring: pipeline.ringOf(call),
    env: pipeline.env,
    nowMs: pipeline.clock.nowMs(),
    signal: new AbortController().signal,
    history: pipeline.historyOf(call),
    session: pipeline.knowledgeOf(call),
    soFar: undefined,
  };
}

/** Opens the core on what `setup.ts` brings. */
export async function openHypervisor(
  parts: HypervisorParts,
): Promise<{ readonly hypervisor: Hypervisor; readonly inside: Inside }> {
  const built = await buildParts(parts);
  const { settings, events, flights, persons, tools, ledger, identity, killSwitch } = built;
  const calls = createCalls(built, parts.ids);
  const snapshots = startSnapshots(parts, built, calls);
  let closing: Promise<void> | undefined;

  /** Calls in flight end first, then what they left is written. */
  const close = async (): Promise<void> => {
    calls.close();
    await flights.landed(settings.gateTimeoutMs, parts.clock);
    built.approvals.close();
    await built.releases.close();
    await ledger.flush();
    await snapshots.close();
  };
  const listProblems = (): readonly string[] => [
    ...(closing === undefined ? [] : ['the hypervisor is closed']),
    ...ledger.problems,
    ...built.rollouts.problems(),
    ...killSwitch.list().map(({ scope, reason }) => `killed: ${JSON.stringify(scope)} (${reason})`),
  ];

  const hypervisor: Hypervisor = {
    tools,
    agents: { register: identity.agents.register, ring: identity.agents.ring },
    sessions: { open: identity.sessions.open },
    seat: identity.seat,
    submit: calls.submit,
    resume: calls.resume,
    settle: built.releases.settle,
    approvals: built.desk.api,
    ...createOperator(built),
    events: { on: events.on },
    authenticate: persons.authenticate,
    async health() {
      const problems = listProblems();
      return { ok: problems.length === 0, problems };
    },
    close: () => (closing ??= close()),
  };
  const inside: Inside = {
    journal: ledger.journal,
    emit: events.emit,
    persons,
    factsOf: (call) => readFactsNow(built, call),
  };
  return { hypervisor, inside };
}
