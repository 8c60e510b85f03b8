import type { ToolCall } from '../model/call.ts';
import type { Deny, Review } from '../model/decision.ts';
import type { Clock, Ids, Journal } from '../model/ports.ts';
import { isLive, labels, newApproval, type Approval, type Opening } from './approval.ts';
import type { ApprovalStore } from './approval-store.ts';
import type { LiveApprovals } from './live-approvals.ts';

export interface HoldOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Open approvals at most, in all (default 100) and for one agent (default 10). */
  readonly maxOpenApprovals: number;
  readonly maxOpenPerAgent: number;
}

/** Finds or opens the approval that a call waits for; `find` ends one whose time is over, `wake` tells its last holder. */
export function createHold(
  {
    store,
    live,
    find,
    wake,
  }: {
    readonly store: ApprovalStore;
    readonly live: LiveApprovals;
    readonly find: (id: string) => Promise<Approval | undefined>;
    readonly wake: (id: string) => void;
  },
  options: HoldOptions,
) {
  const { journal, clock, ids } = options;
  const beingStored = new Map<string, Promise<boolean>>();

  const open = async (
    call: ToolCall,
    review: Review,
    opening: Opening,
  ): Promise<Approval | Deny> => {
    const full = findFull(live, call.seat.agent.id, options);
    // why it needed a person belongs to the refusal too: a model that is down fills the inbox
    if (full !== undefined) return withExplanation(full, review);
    const approval = newApproval(call, review, {
      ...opening,
      id: ids.id(),
      openedAtMs: clock.nowMs(),
    });
    const { id, openedAtMs: time } = approval;
    // remembered before the first await: parallel attempts must find it, and see it in the count
    live.remember(approval);
    const stored = store.create(approval);
    beingStored.set(id, stored);
    try {
      await stored;
      const demands = approval.demands.map(({ by, code }) => `${by}:${code}`);
      await journal({ type: 'approval.opened', time, ...labels(approval), demands });
      return approval;
    } catch (cause) {
      live.forget(approval);
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
    const taken = await store.change(id, (approval) => {
      if (!isLive(approval)) return undefined;
      const barred = [...new Set([...approval.requesters, ...requesters])];
      return { ...approval, callId: call.id, requesters: barred };
    });
    if (taken !== undefined) wake(id);
    else live.forget(found ?? { id, fingerprint: call.fingerprint });
    return taken;
  };

  return async (call: ToolCall, review: Review, opening: Opening): Promise<Approval | Deny> => {
    for (;;) {
      const id = live.idOf(call.fingerprint);
      if (id === undefined || opening.earlier.includes(id)) return open(call, review, opening);
      const taken = await takeOver(id, call, opening);
      if (taken !== undefined) return taken;
    }
  };
}

function withExplanation(full: Deny, { explanation }: Review): Deny {
  return explanation === undefined ? full : { ...full, explanation };
}

function findFull(
  live: LiveApprovals,
  agent: string,
  { maxOpenApprovals, maxOpenPerAgent }: HoldOptions,
): Deny | undefined {
  const isOwnFull = live.countOpen((whose) => whose === agent) >= maxOpenPerAgent;
  if (!isOwnFull && live.countOpen() < maxOpenApprovals) return undefined;
  const whose = isOwnFull ? 'of this agent' : 'in all';
  const reason = `too many approvals ${whose} wait for a person; try again when some are answered`;
  return { verdict: 'deny', by: 'approvals', code: 'APPROVALS_FULL', reason };
}
