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
