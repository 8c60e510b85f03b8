import type { Clock } from '../../src/core/model/ports.ts';

export interface FakeClock extends Clock {
  /** Lets time pass and runs what falls due. */
  advance(ms: number): void;
}

export function createFakeClock(startMs = 1_700_000_000_000): FakeClock {
  let passedMs = 0;
  const timers = new Set<{ dueMs: number; callback: () => void }>();
  return {
    nowMs: () => startMs + passedMs,
    monotonicMs: () => passedMs,
    after(ms, callback) {
      const timer = { dueMs: passedMs + ms, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      passedMs += ms;
      for (const timer of timers) {
        if (timer.dueMs > passedMs) continue;
        timers.delete(timer);
        timer.callback();
      }
    },
  };
}
