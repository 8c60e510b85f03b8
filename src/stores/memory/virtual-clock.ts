import type { Clock } from '../../core/model/ports.ts';

/** A clock that stands still until it is moved; for replay and tests. */
export interface VirtualClock extends Clock {
  /** Moves both clocks on and calls back what is due, in order. */
  advance(ms: number): void;
  /** Moves the wall clock alone, forwards or back, as an operator or a time server does. */
  jump(ms: number): void;
}

export function createVirtualClock(startMs = 0): VirtualClock {
  let wallMs = startMs;
  let monotonicMs = 0;
  const timers = new Map<symbol, { readonly dueMs: number; readonly callback: () => void }>();
  const nextDue = (untilMs: number): symbol | undefined => {
    let found: symbol | undefined;
    let dueMs = Infinity;
    for (const [id, timer] of timers) {
      if (timer.dueMs > untilMs || timer.dueMs >= dueMs) continue;
      found = id;
      dueMs = timer.dueMs;
    }
    return found;
  };
  return {
    nowMs: () => wallMs,
    monotonicMs: () => monotonicMs,
    jump: (ms) => void (wallMs += ms),
    after(ms, callback) {
      const id = Symbol('timer');
      timers.set(id, { dueMs: monotonicMs + ms, callback });
      return () => void timers.delete(id);
    },
    advance(ms) {
      const untilMs = monotonicMs + ms;
      for (let id = nextDue(untilMs); id !== undefined; id = nextDue(untilMs)) {
        const timer = timers.get(id);
        timers.delete(id);
        if (timer === undefined) continue;
        wallMs += timer.dueMs - monotonicMs;
        monotonicMs = timer.dueMs;
        timer.callback();
      }
      wallMs += untilMs - monotonicMs;
      monotonicMs = untilMs;
    },
  };
}
