import type { Clock } from '../../core/model/ports.ts';

/** Longer timers fire at once in Node. */
const maxTimerMs = 2 ** 31 - 1;

/** The machine's own clocks. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(ms, callback, { keepAlive = false } = {}) {
    const timer = setTimeout(callback, Math.min(ms, maxTimerMs));
    if (!keepAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};
