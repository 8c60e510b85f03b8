import type { Clock } from '../../model/ports.ts';

/** Keeps questions from a provider that is down, so that calls do not wait for each deadline in turn. */
export interface Breaker {
  /** False while the provider is given a rest. After it, one question at a time tries whether it is back. */
  enter(): boolean;
  /** Must follow every `enter` that was true, once. `none`: the question was given up, which says nothing. */
  leave(how: 'good' | 'bad' | 'none'): void;
  readonly isOpen: boolean;
}

export interface BreakerOptions {
  readonly clock: Clock;
  /** Failures in a row that open it: 1 or more. */
  readonly maxFailures: number;
  /** Milliseconds of rest. */
  readonly restMs: number;
}

export function createBreaker({ clock, maxFailures, restMs }: BreakerOptions): Breaker {
  let failures = 0;
  let openedMs = 0;
  let isTrying = false;
  const isOpen = (): boolean => failures >= maxFailures;
  return {
    get isOpen() {
      return isOpen();
    },
    enter() {
      if (!isOpen()) return true;
      if (isTrying || clock.monotonicMs() - openedMs < restMs) return false;
      isTrying = true;
      return true;
    },
    leave(how) {
      isTrying = false;
      if (how === 'none') return;
      failures = how === 'good' ? 0 : failures + 1;
      if (isOpen()) openedMs = clock.monotonicMs();
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
