import type { Clock } from '../model/ports.ts';
import { isLive, type Approval } from './approval.ts';

/** What memory knows of the live approvals: whose they are, and until when. */
export interface LiveApprovals {
  /** Takes in what an approval is now; one that is no longer live is forgotten. */
  remember(approval: Approval): void;
  forget(approval: Pick<Approval, 'id' | 'fingerprint'>): void;
  ids(): readonly string[];
  /** Of the newest for calls of that fingerprint. */
  idOf(fingerprint: string): string | undefined;
  /** By either clock: setting the wall clock back must not lengthen an approval's life. */
  isOver(approval: Pick<Approval, 'id' | 'expiresAtMs'>): boolean;
  /** Live, and its time is over. */
  isDue(id: string): boolean;
  /** All that are due. The timer is set for the next of the others. */
  findDue(): readonly string[];
  countOpen(isCounted?: (agent: string) => boolean): number;
  close(): void;
}

interface Live extends Pick<Approval, 'agent' | 'expiresAtMs' | 'state'> {
  readonly untilMonotonicMs: number;
}

/** Timers cannot wait for longer than 2^31 ms. */
const longestWaitMs = 86_400_000;

/** `onDue` is called when the time of one of them is over. */
export function createLiveApprovals(clock: Clock, onDue: () => void): LiveApprovals {
  const live = new Map<string, Live>();
  const byFingerprint = new Map<string, string>();
  const timer = createTimer(clock, onDue);

  const forget = ({ id, fingerprint }: Pick<Approval, 'id' | 'fingerprint'>): void => {
    live.delete(id);
    if (byFingerprint.get(fingerprint) === id) byFingerprint.delete(fingerprint);
  };
  const isOver = ({ id, expiresAtMs }: Pick<Approval, 'id' | 'expiresAtMs'>): boolean =>
    clock.nowMs() >= expiresAtMs ||
    clock.monotonicMs() >= (live.get(id)?.untilMonotonicMs ?? Infinity);

  return {
    forget,
    isOver,
    isDue(id) {
      const known = live.get(id);
      return known !== undefined && isOver({ id, expiresAtMs: known.expiresAtMs });
    },
    ids: () => [...live.keys()],
    idOf: (fingerprint) => byFingerprint.get(fingerprint),
    close: timer.cancel,
    remember(approval) {
      if (!isLive(approval)) return forget(approval);
      const { id, agent, expiresAtMs, state } = approval;
      const untilMonotonicMs =
        live.get(id)?.untilMonotonicMs ?? clock.monotonicMs() + expiresAtMs - clock.nowMs();
      live.set(id, { agent, expiresAtMs, state, untilMonotonicMs });
      byFingerprint.set(approval.fingerprint, id);
      timer.ringAt(expiresAtMs);
    },
    findDue() {
      const due: string[] = [];
      for (const [id, { expiresAtMs }] of live) {
        if (isOver({ id, expiresAtMs })) due.push(id);
        else timer.ringAt(expiresAtMs);
      }
      return due;
    },
    countOpen(isCounted = () => true) {
      let count = 0;
      for (const { state, agent } of live.values()) {
        if (state === 'open' && isCounted(agent)) count += 1;
      }
      return count;
    },
  };
}

/** Rings once, at the earliest time that it was asked for, or earlier. */
function createTimer(clock: Clock, ring: () => void) {
  let cancel: (() => void) | undefined;
  let timerAtMs = Infinity;
  return {
    cancel: (): void => cancel?.(),
    ringAt(atMs: number): void {
      if (atMs >= timerAtMs) return;
      cancel?.();
      timerAtMs = atMs;
      const waitMs = Math.min(Math.max(atMs - clock.nowMs(), 1), longestWaitMs);
      cancel = clock.after(waitMs, () => {
        timerAtMs = Infinity;
        ring();
      });
    },
  };
}
