import type { Clock } from '../../core/model/ports.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/**
 * A clock for what is played back: it stands still while anything is left to do, and then goes to what is due next. So
 * the pauses and deadlines of a recording come in their order, and take no time.
 */
export function createIdleClock(): Clock {
  const timers = new Set<Timer>();
  let nowMs = 0;
  let isWaiting = false;

  const next = (): Timer | undefined =>
    [...timers].toSorted((one, other) => one.dueMs - other.dueMs)[0];
  const wait = (): void => {
    if (isWaiting || timers.size === 0) return;
    isWaiting = true;
    setImmediate(() => {
      isWaiting = false;
      const timer = next();
      if (timer === undefined) return;
      timers.delete(timer);
      nowMs = Math.max(nowMs, timer.dueMs);
      timer.callback();
      wait();
    });
  };
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(ms, callback) {
      const timer = { dueMs: nowMs + ms, callback };
      timers.add(timer);
      wait();
      return () => void timers.delete(timer);
    },
  };
}
