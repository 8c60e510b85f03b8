/** Pauses the model for a session in which it denied too often: a person takes over. */
export interface DenialBreaker {
  isPaused(session: string): boolean;
  /** What the model said last; of a session that is paused, nothing counts any more. True where it is paused by this. */
  record(session: string, isDeny: boolean): boolean;
  /** A call of a session that is paused waits for a person under this approval. */
  waits(session: string, approval: string): void;
  /** Persons have answered these. Where one was opened because of the pause, the session begins anew: true then. */
  answered(session: string, approvals: readonly string[]): boolean;
}

export interface DenialLimits {
  /** Denials one after the other: default 3. */
  readonly inARow: number;
  /** Denials in a session: default 20. */
  readonly inAll: number;
}
const defaultDenialLimits: DenialLimits = { inARow: 3, inAll: 20 };

/** What is known of a session in which the model denied. */
export interface Denials extends DenialLimits {
  /** Opened because of the pause: the last of them. */
  readonly approvals: readonly string[];
}

export interface DenialOptions {
  readonly limits?: DenialLimits;
  /** As they were kept before a restart. */
  readonly before?: ReadonlyMap<string, Denials>;
  /** The denials of a session changed, and are to outlast this process; undefined: there are none any more. */
  readonly keep?: (session: string, now: () => Denials | undefined) => void;
}

const maxSessions = 100_000;
const maxApprovals = 128;

/** Sessions that never had a denial cost nothing. */
export function createDenialBreaker({
  limits = defaultDenialLimits,
  before = new Map(),
  keep = () => undefined,
}: DenialOptions = {}): DenialBreaker {
  const all = new Map(before);
  const isOver = ({ inARow, inAll }: DenialLimits): boolean =>
    inARow >= limits.inARow || inAll >= limits.inAll;
  const put = (session: string, next: Denials | undefined): void => {
    // set again, so that the map stays in the order of time
    all.delete(session);
    if (next !== undefined) all.set(session, next);
    keep(session, () => all.get(session));
    const [oldest] = all.keys();
    if (all.size > maxSessions && oldest !== undefined) put(oldest, undefined);
  };
  const pausedOf = (session: string): Denials | undefined => {
    const denials = all.get(session);
    return denials !== undefined && isOver(denials) ? denials : undefined;
  };
  return {
    isPaused: (session) => pausedOf(session) !== undefined,
    record(session, isDeny) {
      const { inARow = 0, inAll = 0, approvals = [] } = all.get(session) ?? {};
      if (isOver({ inARow, inAll })) return false;
      if (isDeny) put(session, { inARow: inARow + 1, inAll: inAll + 1, approvals });
      else if (inARow > 0) put(session, { inARow: 0, inAll, approvals });
      return pausedOf(session) !== undefined;
    },
    waits(session, approval) {
      const paused = pausedOf(session);
      if (paused === undefined || paused.approvals.includes(approval)) return;
      put(session, { ...paused, approvals: [...paused.approvals, approval].slice(-maxApprovals) });
    },
    answered(session, approvals) {
      const paused = pausedOf(session);
      if (!approvals.some((each) => paused?.approvals.includes(each))) return false;
      put(session, undefined);
      return true;
    },
  };
}
