import type { Person, ToolCall } from '../model/call.ts';
import type { Demand, Deny, Review } from '../model/decision.ts';
import { SupervisionError } from '../model/errors.ts';
import type { Clock, Ids, Journal, Rec, Records } from '../model/ports.ts';
import {
  parseApproval,
  quorumOf,
  toRecord,
  type Approval,
  type ApprovalState,
} from './approval.ts';

/** What to open an approval for, beside the call and its review. */
export interface Opening {
  readonly requesters: readonly string[];
  readonly applied: readonly string[];
  readonly earlier: readonly string[];
}
export interface Answer {
  readonly verdict: 'allow' | 'deny';
  readonly person: Person;
  /** Of the call that the person saw. */
  readonly fingerprint: string;
}

/** The states of all approvals; every change is one compare-and-set, so that racing answers have one outcome. */
export interface Approvals {
  /**
   * Takes over the live approval of the same seat and fingerprint, its ticket moved to this call and its requesters
   * barred too; or opens one; or denies where too many are open. What `opening` builds on is not taken over but left to it.
   */
  hold(call: ToolCall, review: Review, opening: Opening): Promise<Approval | Deny>;
  find(id: string): Promise<Approval | undefined>;
  list(): Promise<readonly Approval[]>;
  answer(id: string, answer: Answer): Promise<void>;
  /** Uses up answered approvals, each once: false if one was used, replaced or ran out meanwhile. */
  consume(ids: readonly string[], callId: string): Promise<boolean>;
  /** Resolves when the approval is no longer open, or has another holder. */
  changed(id: string): { readonly promise: Promise<void>; readonly stop: () => void };
  /** Ends what ran out of time. Called by a timer, and before every look. */
  sweep(): Promise<void>;
  close(): void;
}

export interface ApprovalsOptions {
  readonly records: Records;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Open approvals at most, in all (default 100) and for one agent (default 10). */
  readonly maxOpenApprovals: number;
  readonly maxOpenPerAgent: number;
}

/** Finished approvals stay this long, so that a late ticket hears what became of it. */
const keepMs = 24 * 3600 * 1000;

export async function openApprovals(options: ApprovalsOptions): Promise<Approvals> {
  const { records, journal, clock } = options;
  /** What is kept in memory of the live approvals. */
  const live = new Map<string, Live>();
  const beingStored = new Map<string, Promise<boolean>>();
  const byFingerprint = new Map<string, string>();
  const waiting = new Map<string, Set<() => void>>();
  let cancelTimer: (() => void) | undefined;
  let timerAtMs = Infinity;

  const wake = (id: string): void => {
    for (const resolve of waiting.get(id) ?? []) resolve();
  };
  const remember = (approval: Approval): void => {
    if (!isLive(approval)) return forget(approval);
    const { id, agent, expiresAtMs, state } = approval;
    const untilMonotonicMs =
      live.get(id)?.untilMonotonicMs ?? clock.monotonicMs() + expiresAtMs - clock.nowMs();
    live.set(id, { agent, expiresAtMs, state, untilMonotonicMs });
    byFingerprint.set(approval.fingerprint, id);
    schedule(expiresAtMs);
  };
  const forget = ({ id, fingerprint }: Pick<Approval, 'id' | 'fingerprint'>): void => {
    live.delete(id);
    if (byFingerprint.get(fingerprint) === id) byFingerprint.delete(fingerprint);
  };
  const schedule = (atMs: number): void => {
    if (atMs >= timerAtMs) return;
    cancelTimer?.();
    timerAtMs = atMs;
    // at most a day ahead: timers cannot wait for longer than 2^31 ms
    const waitMs = Math.min(Math.max(atMs - clock.nowMs(), 1), 86_400_000);
    cancelTimer = clock.after(waitMs, () => {
      timerAtMs = Infinity;
      // what fails here is tried again by the next look at the approval
      sweep().catch(() => undefined);
    });
  };
  /** By either clock: setting the wall clock back must not lengthen an approval's life. */
  const isOver = ({ id, expiresAtMs }: Pick<Approval, 'id' | 'expiresAtMs'>): boolean =>
    clock.nowMs() >= expiresAtMs ||
    clock.monotonicMs() >= (live.get(id)?.untilMonotonicMs ?? Infinity);
  const load = async (id: string): Promise<{ rec: Rec; approval: Approval } | undefined> => {
    const rec = await records.get('approval', id);
    if (rec === undefined) return undefined;
    const approval = parseApproval(rec.value);
    return approval === undefined ? undefined : { rec, approval };
  };
  /** The one way in which an approval changes; undefined from `next` leaves it as it is. */
  const change = async (
    id: string,
    next: (approval: Approval) => Approval | undefined,
  ): Promise<Approval | undefined> => {
    for (;;) {
      const found = await load(id);
      const wanted = found === undefined ? undefined : next(found.approval);
      if (found === undefined || wanted === undefined) return undefined;
      const { version } = found.rec;
      if (!(await records.compareAndSet('approval', id, version, toRecord(wanted)))) continue;
      remember(wanted);
      return wanted;
    }
  };
  const expire = async (id: string): Promise<void> => {
    const expired = await change(id, (approval) =>
      isLive(approval) && isOver(approval) ? { ...approval, state: 'expired' } : undefined,
    );
    if (expired === undefined) return;
    wake(id);
    await journal({ type: 'approval.expired', time: clock.nowMs(), ...labels(expired) });
  };
  const sweep = async (): Promise<void> => {
    let next = Infinity;
    for (const [id, { expiresAtMs }] of live) {
      if (isOver({ id, expiresAtMs })) await expire(id);
      else next = Math.min(next, expiresAtMs);
    }
    if (next < Infinity) schedule(next);
  };
  const find = async (id: string): Promise<Approval | undefined> => {
    const known = live.get(id);
    if (known !== undefined && isOver({ id, expiresAtMs: known.expiresAtMs })) await expire(id);
    return (await load(id))?.approval;
  };
  const findFull = (agent: string): Deny | undefined => {
    const open = [...live.values()].filter(({ state }) => state === 'open');
    const own = open.filter((approval) => approval.agent === agent).length;
    if (open.length < options.maxOpenApprovals && own < options.maxOpenPerAgent) return undefined;
    const whose = own >= options.maxOpenPerAgent ? 'of this agent' : 'in all';
    const reason = `too many approvals ${whose} wait for a person; try again when some are answered`;
    return { verdict: 'deny', by: 'approvals', code: 'APPROVALS_FULL', reason };
  };

  const open = async (
    call: ToolCall,
    review: Review,
    opening: Opening,
  ): Promise<Approval | Deny> => {
    const full = findFull(call.seat.agent.id);
    if (full !== undefined) return full;
    const approval = newApproval(options.ids.id(), call, review, opening, clock.nowMs());
    const { id } = approval;
    // remembered before the first await: parallel attempts must find it, and see it in the count
    remember(approval);
    const stored = records.compareAndSet('approval', id, 0, toRecord(approval));
    beingStored.set(id, stored);
    try {
      await stored;
      const demands = approval.demands.map(({ by, code }) => `${by}:${code}`);
      await journal({
        type: 'approval.opened',
        time: approval.openedAtMs,
        ...labels(approval),
        demands,
      });
      return approval;
    } catch (cause) {
      forget(approval);
      throw cause;
    } finally {
      beingStored.delete(id);
    }
  };
  /** Undefined when it is over meanwhile, and then forgotten. */
  const takeOver = async (
    id: string,
    call: ToolCall,
    { requesters }: Opening,
  ): Promise<Approval | undefined> => {
    await beingStored.get(id)?.catch(() => undefined);
    const found = await find(id);
    const taken = await change(id, (approval) => {
      if (!isLive(approval)) return undefined;
      const barred = [...new Set([...approval.requesters, ...requesters])];
      return { ...approval, callId: call.id, requesters: barred };
    });
    if (taken !== undefined) wake(id);
    else forget(found ?? { id, fingerprint: call.fingerprint });
    return taken;
  };

  for (const { key, value } of await records.list('approval')) {
    const approval = parseApproval(value);
    if (approval === undefined) continue;
    remember(approval);
    const isOld = !live.has(key) && clock.nowMs() - approval.expiresAtMs > keepMs;
    if (isOld)
      await records.compareAndSet(
        'approval',
        key,
        (await records.get('approval', key))?.version ?? 0,
        undefined,
      );
  }

  return {
    find,
    sweep,
    async hold(call, review, opening) {
      for (;;) {
        const id = byFingerprint.get(call.fingerprint);
        if (id === undefined || opening.earlier.includes(id)) return open(call, review, opening);
        const taken = await takeOver(id, call, opening);
        if (taken !== undefined) return taken;
      }
    },
    async list() {
      await sweep();
      const found = await Promise.all([...live.keys()].map(load));
      return found.flatMap((each) => (each?.approval.state === 'open' ? [each.approval] : []));
    },
    async answer(id, answer) {
      await find(id);
      const { person, verdict } = answer;
      const atMs = clock.nowMs();
      const answered = await change(id, (approval) => {
        checkAnswer(approval, answer, atMs);
        const answers = [...approval.answers, { person: person.id, verdict, atMs }];
        return { ...approval, answers, state: stateAfter(approval, answers) };
      });
      if (answered === undefined)
        throw new SupervisionError(
          'APPROVAL_UNKNOWN',
          `approval \`${id}\`: there is none, or it was used`,
        );
      // the answer counts once it is in the log; until then nobody is told
      const { state } = answered;
      const entry = { time: atMs, ...labels(answered), person: person.id, verdict, state };
      try {
        await journal({ type: 'approval.answered', ...entry });
      } catch (cause) {
        await change(id, (approval) => withoutAnswer(approval, person));
        throw cause;
      }
      if (answered.state !== 'open') wake(id);
    },
    async consume(ids, callId) {
      for (const id of ids) {
        const used = await change(id, (approval) => {
          if (approval.state !== 'allowed' || isOver(approval)) return undefined;
          if (id === ids[0] && approval.callId !== callId) return undefined;
          return { ...approval, state: 'consumed' };
        });
        if (used === undefined) return false;
        wake(id);
      }
      return true;
    },
    changed(id) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const those = waiting.get(id) ?? new Set();
      waiting.set(id, those.add(resolve));
      const stop = (): void => {
        those.delete(resolve);
        if (those.size === 0) waiting.delete(id);
      };
      return { promise, stop };
    },
    close() {
      cancelTimer?.();
    },
  };
}

interface Live extends Pick<Approval, 'agent' | 'expiresAtMs' | 'state'> {
  readonly untilMonotonicMs: number;
}

/** As it was before an answer that could not be logged; what went on meanwhile stays. */
function withoutAnswer(approval: Approval, { id }: Person): Approval | undefined {
  if (approval.state === 'expired' || approval.state === 'consumed') return undefined;
  const answers = approval.answers.filter(({ person }) => person !== id);
  return { ...approval, answers, state: stateAfter(approval, answers) };
}

/** Open, or answered with yes and not used yet. */
function isLive({ state }: Approval): boolean {
  return state === 'open' || state === 'allowed';
}

function newApproval(
  id: string,
  call: ToolCall,
  review: Review,
  opening: Opening,
  openedAtMs: number,
): Approval {
  return {
    id,
    callId: call.id,
    state: 'open',
    fingerprint: call.fingerprint,
    tool: call.tool,
    action: call.action,
    definition: call.definition,
    args: call.args,
    agent: call.seat.agent.id,
    session: call.seat.session.id,
    demands: review.demands.map((demand: Demand) => ({ ...demand })),
    requesters: [...opening.requesters],
    applied: [...opening.applied],
    earlier: [...opening.earlier],
    openedAtMs,
    expiresAtMs: review.expiresAtMs,
    answers: [],
  };
}

function labels({ id, callId, tool, action, agent, session }: Approval) {
  return { approval: id, call: callId, tool, action, agent, session };
}

function stateAfter(approval: Approval, answers: Approval['answers']): ApprovalState {
  if (answers.some(({ verdict }) => verdict === 'deny')) return 'denied';
  return answers.length >= quorumOf(approval.demands) ? 'allowed' : 'open';
}

/** Each check stops one forgery: no answer, an old one, another call, the requester, one person as a quorum. */
function checkAnswer(
  approval: Approval,
  { verdict, person, fingerprint }: Answer,
  atMs: number,
): void {
  const refuse = (what: string): never => {
    throw new SupervisionError('APPROVAL_REFUSED', `approval \`${approval.id}\` ${what}`);
  };
  if (!verdicts.has(verdict)) refuse('was answered with neither `allow` nor `deny`');
  if (approval.state === 'expired' || atMs >= approval.expiresAtMs) refuse('has expired');
  if (approval.state !== 'open') refuse(`is ${approval.state} already`);
  if (approval.fingerprint !== fingerprint) refuse('is for another call than the fingerprint says');
  if (approval.requesters.some((requester) => isSamePerson(requester, person.id))) {
    refuse('cannot be answered by who asked for the call');
  }
  if (approval.answers.some((answer) => isSamePerson(answer.person, person.id))) {
    refuse('was answered by this person before; it needs distinct persons');
  }
}

const verdicts: ReadonlySet<unknown> = new Set<Answer['verdict']>(['allow', 'deny']);

function isSamePerson(one: string, other: string): boolean {
  return foldName(one) === foldName(other);
}

/** Coarser than the names of agents: taking two persons for one refuses, taking one for two approves. */
function foldName(name: string): string {
  const seen = name.normalize('NFKC').replaceAll(unseen, '');
  return seen.toUpperCase().toLowerCase().normalize('NFKC');
}

const unseen = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/gu;
