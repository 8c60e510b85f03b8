import type { Clock } from '../../model/ports.ts';

/** Keeps questions from a provider that is down, so that calls do not wait for each deadline in turn. */
export interface Breaker {
  /** Undefined while the provider is given a rest. After it, one question at a time tries whether it is back. */
  enter(): Leave | undefined;
  readonly isOpen: boolean;
}

/** Must follow every `enter` that was let in, once. `none`: the question was given up, which says nothing. */
export type Leave = (how: 'good' | 'bad' | 'none') => void;

export interface BreakerOptions {
  readonly clock: Clock;
  /** Failures in a row that open it: 1 or more. */
  readonly maxFailures: number;
  /** Milliseconds of rest. */
  readonly restMs: number;
}

export function createBreaker({ clock, maxFailures, restMs }: BreakerOptions): Breaker {
  let failures = 0;
  let openedMs: number | undefined;
  let isTrying = false;
  /** Times that it opened or closed: what was asked before the last of them is no word on how things are now. */
  let turns = 0;

  const open = (): void => {
    openedMs = clock.monotonicMs();
    turns += 1;
  };
  const close = (): void => {
    openedMs = undefined;
    failures = 0;
    turns += 1;
  };
  const enterClosed = (): Leave => {
    const entered = turns;
    return (how) => {
      if (entered !== turns || how === 'none') return;
      failures = how === 'good' ? 0 : failures + 1;
      if (failures >= maxFailures) open();
    };
  };
  const enterTrial = (): Leave => {
    isTrying = true;
    return (how) => {
      isTrying = false;
      if (how === 'good') close();
      if (how === 'bad') open();
    };
  };
  return {
    get isOpen() {
      return openedMs !== undefined;
    },
    enter() {
      if (openedMs === undefined) return enterClosed();
      if (isTrying || clock.monotonicMs() - openedMs < restMs) return undefined;
      return enterTrial();
    },
  };
}

/** Pauses the model for a session in which it denied too often: a person takes over. */
export interface DenialBreaker {
  isPaused(session: string): boolean;
  /** What the model said last; of a session that is paused, nothing counts any more. */
  record(session: string, isDeny: boolean): void;
  /** A person has looked: the session begins anew. */
  reset(session: string): void;
}

export interface DenialLimits {
  /** Denials one after the other: default 3. */
  readonly inARow: number;
  /** Denials in a session: default 20. */
  readonly inAll: number;
}
const defaultDenialLimits: DenialLimits = { inARow: 3, inAll: 20 };

const maxSessions = 100_000;

/** Sessions that never had a denial cost nothing. */
export function createDenialBreaker(limits: DenialLimits = defaultDenialLimits): DenialBreaker {
  const counts = new Map<string, { readonly inARow: number; readonly inAll: number }>();
  const isOver = ({ inARow, inAll }: DenialLimits): boolean =>
    inARow >= limits.inARow || inAll >= limits.inAll;
  return {
    isPaused(session) {
      const count = counts.get(session);
      return count !== undefined && isOver(count);
    },
    record(session, isDeny) {
      const before = counts.get(session);
      if (before === undefined && !isDeny) return;
      const count = before ?? { inARow: 0, inAll: 0 };
      if (isOver(count)) return;
      counts.delete(session);
      const next = isDeny
        ? { inARow: count.inARow + 1, inAll: count.inAll + 1 }
        : { ...count, inARow: 0 };
      counts.set(session, next);
      if (counts.size > maxSessions) forgetOldest(counts);
    },
    reset: (session) => void counts.delete(session),
  };
}

function forgetOldest(counts: Map<string, unknown>): void {
  for (const session of counts.keys()) {
    counts.delete(session);
    return;
  }
}
