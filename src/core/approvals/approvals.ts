import type { Deny, Review } from '../model/decision.ts';
import type { ToolCall } from '../model/call.ts';
import { SupervisionError } from '../model/errors.ts';
import type { Journal, Records } from '../model/ports.ts';
import { withAnswer, withoutAnswer, type Answer } from './answer.ts';
import { isLive, labels, type Approval, type Opening } from './approval.ts';
import { createApprovalStore, type ApprovalStore } from './approval-store.ts';
import { createHold, type HoldOptions } from './hold-approval.ts';
import { createLiveApprovals, type LiveApprovals } from './live-approvals.ts';
import { createWaiters } from './waiters.ts';

/** The states of all approvals; every change is one compare-and-set, so that racing answers have one outcome. */
export interface Approvals {
  /**
   * Takes over the live approval of the same seat and fingerprint, its ticket moved to this call and its requesters
   * barred too; or opens one; or denies where too many are open. What `opening` builds on is not taken over but left
   * to it.
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

export interface ApprovalsOptions extends HoldOptions {
  readonly records: Records;
}

/** Finished approvals stay this long, so that a late ticket hears what became of it. */
const keepMs = 24 * 3600 * 1000;

export async function openApprovals(options: ApprovalsOptions): Promise<Approvals> {
  const { records, journal, clock } = options;
  // what fails here is tried again by the next look at the approval
  const live = createLiveApprovals(clock, () => void sweep().catch(() => undefined));
  const store = createApprovalStore(records, live.remember);
  const { changed, wake } = createWaiters();

  const expire = async (id: string): Promise<void> => {
    const expired = await store.change(id, (approval) =>
      isLive(approval) && live.isOver(approval) ? { ...approval, state: 'expired' } : undefined,
    );
    if (expired === undefined) return;
    wake(id);
    await journal({ type: 'approval.expired', time: clock.nowMs(), ...labels(expired) });
  };
  const sweep = async (): Promise<void> => {
    for (const id of live.findDue()) await expire(id);
  };
  const find = async (id: string): Promise<Approval | undefined> => {
    if (live.isDue(id)) await expire(id);
    return store.load(id);
  };
  const isPast = (approval: Approval): boolean =>
    !isLive(approval) && clock.nowMs() - approval.expiresAtMs > keepMs;
  for (const approval of await store.loadAll(isPast)) live.remember(approval);

  return {
    find,
    sweep,
    changed,
    hold: createHold({ store, live, find, wake }, options),
    async list() {
      await sweep();
      const found = await Promise.all(live.ids().map(store.load));
      return found.flatMap((each) => (each?.state === 'open' ? [each] : []));
    },
    async answer(id, answer) {
      await find(id);
      const answered = await putAnswer(store, journal, id, { ...answer, atMs: clock.nowMs() });
      if (answered.state !== 'open') wake(id);
    },
    async consume(ids, callId) {
      for (const id of ids) {
        const holder = id === ids[0] ? callId : undefined;
        if (!(await consumeOne(store, live, id, holder))) return false;
        wake(id);
      }
      return true;
    },
    close: live.close,
  };
}

/** Once it is in the log the answer counts; until then nobody is told, and if it cannot be, it did not happen. */
async function putAnswer(
  store: ApprovalStore,
  journal: Journal,
  id: string,
  answer: Answer & { readonly atMs: number },
): Promise<Approval> {
  const { person, verdict, atMs: time } = answer;
  const answered = await store.change(id, (approval) => withAnswer(approval, answer, time));
  if (answered === undefined) {
    const message = `approval \`${id}\`: there is none, or it was used`;
    throw new SupervisionError('APPROVAL_UNKNOWN', message);
  }
  const { state } = answered;
  const entry = { time, ...labels(answered), person: person.id, verdict, state };
  try {
    await journal({ type: 'approval.answered', ...entry });
  } catch (cause) {
    await store.change(id, (approval) => withoutAnswer(approval, person));
    throw cause;
  }
  return answered;
}

/** False unless it is allowed, in time and, where a holder is given, still that call's. */
async function consumeOne(
  store: ApprovalStore,
  live: LiveApprovals,
  id: string,
  holder: string | undefined,
): Promise<boolean> {
  const used = await store.change(id, (approval) => {
    if (approval.state !== 'allowed' || live.isOver(approval)) return undefined;
    if (holder !== undefined && approval.callId !== holder) return undefined;
    return { ...approval, state: 'consumed' };
  });
  return used !== undefined;
}
