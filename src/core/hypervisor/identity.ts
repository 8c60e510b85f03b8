import type { Agent, Seat, Session } from '../model/call.ts';
import { SupervisionError } from '../model/errors.ts';
import type { Journal } from '../model/ports.ts';
import { createSessions, type Sessions } from '../sessions/sessions.ts';
import { openAgents, type Agents } from '../trust/agents.ts';
import type { HypervisorParts, Settings } from './assembly.ts';
import type { Flights } from './flights.ts';
import type { SessionCommits } from './session-commits.ts';

/** Who acts and where: agents, sessions and the seats of both, made here and nowhere else. */
export interface Identity {
  readonly agents: Agents;
  readonly sessions: Sessions;
  seat(agent: Agent | string, session?: Session | string): Seat;
  /** Throws `HANDLE_FORGED` for a seat that host code did not get from here. */
  check(seat: Seat): void;
  /** Persons who may not approve calls from this seat. */
  requestersOf(seat: Seat): readonly string[];
}

export async function openIdentity(
  { records, clock, ids, fixedRing }: HypervisorParts,
  options: {
    readonly journal: Journal;
    readonly commit: SessionCommits['commit'];
    readonly flights: Flights;
    readonly settings: Settings;
    /** Hears what the user said in a session. */
    readonly observed: (session: string, text: string) => void;
  },
): Promise<Identity> {
  const { journal, flights, settings, observed } = options;
  const { defaultScore, maxTextBytes } = settings;
  const commit = async (id: string, fromSeq: number): Promise<string> => {
    const why = {
      verdict: 'deny',
      by: 'session',
      code: 'SESSION_ENDED',
      reason: 'the session has ended',
    } as const;
    flights.cancel(({ seat }) => seat.session.id === id, why);
    return options.commit(id, fromSeq);
  };
  const sessions = createSessions({
    records,
    journal,
    clock,
    ids,
    commit,
    observed,
    maxTextBytes,
  });
  const ring = fixedRing === undefined ? {} : { fixedRing };
  const agents = await openAgents({ records, journal, clock, defaultScore, ...ring });
  await agents.register({ id: 'default' });

  const toAgent = (asked: Agent | string): Agent => {
    if (typeof asked === 'string') return agents.named(asked);
    if (agents.isOurs(asked)) return asked;
    throw forged('agent', 'register it, or pass its id');
  };
  const toSession = (asked: Session | string): Session => {
    if (typeof asked === 'string') return sessions.named(asked);
    if (sessions.isOurs(asked)) return asked;
    throw forged('session', 'open it, or pass its id');
  };
  return {
    agents,
    sessions,
    seat: (agent, session = 'default') => sessions.seat(toAgent(agent), toSession(session)),
    check(seat) {
      if (!sessions.isSeat(seat))
        throw forged('seat', 'get it from `hypervisor.seat` or `session.join`');
    },
    requestersOf({ agent, session }) {
      const owners = agents.ownersOf(agent);
      return session.user === undefined ? owners : [session.user, ...owners];
    },
  };
}

function forged(what: string, remedy: string): SupervisionError {
  return new SupervisionError(
    'HANDLE_FORGED',
    `the ${what} was not made by this hypervisor; ${remedy}`,
  );
}
