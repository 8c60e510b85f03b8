import type { Agent, Seat, Session, UserSaid } from '../model/call.ts';
import type { Deny } from '../model/decision.ts';
import { SupervisionError } from '../model/errors.ts';
import { isJsonArray, toText, type JsonObject } from '../model/json.ts';
import { canonicalName } from '../model/names.ts';
import {
  putNewest,
  putRecord,
  type Clock,
  type Ids,
  type Journal,
  type Records,
} from '../model/ports.ts';
import { createIndexPool } from '../provenance/index-pool.ts';
import { createTextPool, defaultMaxTextBytes } from './text-pool.ts';
import { createUsedDestinations, type UsedDestinations } from './used-destinations.ts';
import { createSessionMemory, defaultMemoryLimits, type SessionMemory } from './session-memory.ts';

export interface SessionOptions {
  readonly id?: string;
  /** 1..1,000 agents, default 10. */
  readonly maxParticipants?: number;
  /** 1..604,800 seconds, default 3,600: enforced. */
  readonly durationSeconds?: number;
  /** The person for whom the agents work, who may not approve their calls. */
  readonly user?: string;
}

/** Where agents work together. Explicit sessions are opened; implicit ones come to be when a seat names them. */
export interface Sessions {
  open(options?: SessionOptions): Promise<Session>;
  /** The open session of that id, or an implicit one: no participants' bound and no end by itself. */
  named(id: string): Session;
  isOurs(session: Session): boolean;
  /** Asked once a call: whether a session of this id ended in an earlier process. */
  settle(session: Session): Promise<void>;
  blocked(session: Session): Deny | undefined;
  memory(session: Session): SessionMemory;
  /** Makes the labels of the session outlast this process; undefined where they do. What failed before is tried again. */
  keepLabels(session: Session): Promise<void> | undefined;
  readonly destinations: UsedDestinations;
  seat(agent: Agent, session: Session): Seat;
  isSeat(seat: Seat): boolean;
}

interface State {
  readonly session: Session;
  readonly memory: SessionMemory;
  readonly isExplicit: boolean;
  readonly endsAtMs: number;
  /** By the clock that nobody sets. */
  readonly endsAtMonotonicMs: number;
  readonly maxParticipants: number;
  readonly participants: Set<string>;
  /** Of its first entry in the log, where that is known. */
  firstSeq: number;
  isSettled: boolean;
  /** The labels that outlast this process: a set is never changed, so it is the same one or another. */
  kept: ReadonlySet<string>;
  hasEnded: boolean;
  /** Ran out, and nothing of it is kept. */
  isClosed: boolean;
}

/** So many explicit sessions are open before anybody looks which of them ran out. */
const firstSweep = 64;
/** Implicit sessions kept in memory; the longest idle goes first, and what it remembered with it. */
const maxImplicit = 100_000;

export function createSessions(options: {
  readonly records: Records;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Ends the session in the log: the RFC 6962 root over its entries since that sequence number, in hexadecimal. */
  readonly commit: (id: string, fromSeq: number) => Promise<string>;
  /** Hears what the host says that the user wrote. */
  readonly observed?: (id: string, text: string) => void;
  /** Of the texts of all sessions together. Default 268,435,456. */
  readonly maxTextBytes?: number;
}): Sessions {
  const { records, journal, clock } = options;
  const open = new Map<string, State>();
  /** Of those that are open, the ones that end by themselves. */
  const explicit = new Set<State>();
  const states = new WeakMap<Session, State>();
  const seats = new WeakSet<Seat>();
  const pool = createIndexPool();
  const texts = createTextPool(options.maxTextBytes ?? defaultMaxTextBytes);

  const add = (
    asked: Omit<SessionOptions, 'id'> & { id: string },
    isExplicit: boolean,
  ): Session => {
    const memory = createSessionMemory(defaultMemoryLimits, pool, texts);
    const { id, user } = asked;
    const session: Session = Object.freeze({
      kind: 'session',
      id,
      ...(user === undefined ? {} : { user }),
      observe(said: UserSaid) {
        memory.observe(said);
        options.observed?.(id, said.text);
      },
      join: async (agent: Agent) => join(stateOf(session), agent),
      end: () => end(stateOf(session)),
    });
    const durationMs = isExplicit ? (asked.durationSeconds ?? 3600) * 1000 : Infinity;
    const endsAtMs = clock.nowMs() + durationMs;
    const state: State = {
      session,
      memory,
      isExplicit,
      endsAtMs,
      endsAtMonotonicMs: clock.monotonicMs() + durationMs,
      maxParticipants: isExplicit ? (asked.maxParticipants ?? 10) : Infinity,
      participants: new Set<string>(),
      firstSeq: 1,
      isSettled: isExplicit,
      kept: memory.labels,
      hasEnded: false,
      isClosed: false,
    };
    states.set(session, state);
    open.set(id, state);
    if (isExplicit) explicit.add(state);
    return session;
  };
  const stateOf = (session: Session): State => {
    const state = states.get(session);
    if (state !== undefined) return state;
    throw new SupervisionError('HANDLE_FORGED', 'the session was not opened by this hypervisor');
  };
  /** A place is taken by name too: the bound would be none if only `join` held it. */
  const seat = (agent: Agent, session: Session): Seat => {
    const { maxParticipants, participants, isExplicit } = stateOf(session);
    if (isExplicit && !participants.has(agent.id)) {
      if (participants.size >= maxParticipants) throw full(session.id, maxParticipants);
      participants.add(agent.id);
    }
    const minted = Object.freeze({ agent, session });
    seats.add(minted);
    return minted;
  };
  const join = ({ session }: State, agent: Agent): Seat => {
    const why = blocked(session);
    if (why !== undefined) throw invalid(session.id, why.reason);
    return seat(agent, session);
  };
  const end = async (state: State): Promise<{ root: string }> => {
    const { id } = state.session;
    if (state.hasEnded) throw invalid(id, 'has ended before');
    state.hasEnded = true;
    // before the root: a crash between the two must not let the session go on after it
    await putRecord(records, 'session', id, { state: 'ended' });
    const root = await options.commit(id, state.firstSeq);
    await putRecord(records, 'session', id, { state: 'ended', root });
    letGo(state);
    return { root };
  };
  const letGo = (state: State): void => {
    if (open.get(state.session.id) === state) open.delete(state.session.id);
    explicit.delete(state);
    state.memory.close();
  };
  const keep = async (state: State): Promise<void> => {
    let { labels } = state.memory;
    await putNewest(records, 'session', state.session.id, (stored) => {
      // ended meanwhile: a late write must not open it again
      if (stored?.['state'] === 'ended') return stored;
      ({ labels } = state.memory);
      return labels.size === 0 ? undefined : { state: 'open', labels: [...labels] };
    });
    state.kept = labels;
  };
  const isOver = (state: State): boolean =>
    clock.nowMs() >= state.endsAtMs || clock.monotonicMs() >= state.endsAtMonotonicMs;
  let nextSweep = firstSweep;
  /** Of sessions that ran out and that nobody ended there are at most as many as of others, and a few. */
  const sweep = async (): Promise<void> => {
    if (explicit.size < nextSweep) return;
    for (const state of [...explicit].filter(isOver)) await close(state);
    nextSweep = Math.max(firstSweep, 2 * explicit.size);
  };
  /** Ended for whoever comes with its id; its root is made when somebody ends it. */
  const close = async (state: State): Promise<void> => {
    state.isClosed = true;
    await putRecord(records, 'session', state.session.id, { state: 'ended' });
    letGo(state);
  };
  const blocked = (session: Session): Deny | undefined => {
    const state = stateOf(session);
    if (!state.hasEnded && !isOver(state)) return undefined;
    const reason = state.hasEnded ? 'the session has ended' : 'the session has run out of time';
    return {
      verdict: 'deny',
      by: 'session',
      code: 'SESSION_ENDED',
      reason: `${reason}; open a new one`,
    };
  };

  return {
    seat,
    blocked,
    destinations: createUsedDestinations(),
    isOurs: (session) => states.has(session),
    isSeat: (asked) => seats.has(asked),
    memory: (session) => stateOf(session).memory,
    keepLabels(session) {
      const state = stateOf(session);
      const { memory, hasEnded, isClosed, kept } = state;
      return hasEnded || isClosed || kept === memory.labels ? undefined : keep(state);
    },
    async open(asked = {}) {
      checkBounds(asked);
      const id = canonicalName('session', asked.id ?? options.ids.id());
      await sweep();
      const known = open.get(id);
      if (known?.isExplicit === true && isOver(known)) await close(known);
      if (open.has(id)) throw invalid(id, 'is open already');
      const session = add({ ...asked, id }, true);
      const stored = await records.get('session', id);
      if (stored?.value['state'] === 'ended') {
        letGo(stateOf(session));
        throw invalid(id, 'has ended; a session is not opened twice, choose another id');
      }
      recall(stateOf(session), stored?.value);
      const { seq } = await journal({ type: 'session.opened', time: clock.nowMs(), session: id });
      stateOf(session).firstSeq = seq;
      return session;
    },
    named(name) {
      const id = canonicalName('session', name);
      const known = open.get(id);
      if (known === undefined) {
        if (open.size >= maxImplicit) forgetOldest(open, maxImplicit / 100);
        return add({ id }, false);
      }
      // set again, so that the map stays in order of use
      open.delete(id);
      open.set(id, known);
      return known.session;
    },
    async settle(session) {
      const state = stateOf(session);
      if (state.isSettled) return;
      const stored = await records.get('session', session.id);
      // another call of the session was first
      if (state.isSettled) return;
      if (stored?.value['state'] === 'ended') state.hasEnded = true;
      else recall(state, stored?.value);
      state.isSettled = true;
    },
  };
}

/** What tainted the session in an earlier process goes on doing so, and what else it remembered is gone. */
function recall(state: State, stored: JsonObject | undefined): void {
  const labels = stored?.['labels'];
  if (!isJsonArray(labels)) return;
  state.memory.taint(labels.map(toText));
  state.kept = state.memory.labels;
  state.memory.markOverflow();
}

/** Many at once: a map that loses its first key again and again is slow to find the next. */
function forgetOldest(open: Map<string, State>, count: number): void {
  let left = count;
  for (const [id, state] of open) {
    if (left === 0) return;
    if (state.isExplicit) continue;
    open.delete(id);
    state.memory.close();
    left -= 1;
  }
}

function checkBounds({ id, maxParticipants, durationSeconds }: SessionOptions): void {
  const check = (name: string, value: number | undefined, max: number): void => {
    if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= max)) return;
    throw invalid(id ?? 'new', `was given \`${name}\`: expected a whole number from 1 to ${max}`);
  };
  check('maxParticipants', maxParticipants, 1000);
  check('durationSeconds', durationSeconds, 604_800);
}

function full(id: string, max: number): SupervisionError {
  return invalid(id, `is full: ${max} agents; open it with more \`maxParticipants\``);
}

function invalid(id: string, what: string): SupervisionError {
  return new SupervisionError('SESSION_INVALID', `session \`${id}\` ${what}`);
}
