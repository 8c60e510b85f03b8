import type { Clock } from '../../src/core/model/ports.ts';

/** The machine's clock: what the file system tells comes when it comes. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until told. */
export function createHandClock(): Clock & { advance(ms: number): void } {
  let now = 0;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  return {
    nowMs: () => now,
    monotonicMs: () => now,
    after(ms, callback) {
      const timer = { atMs: now + ms, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      now += ms;
      const due = timers.filter(({ atMs }) => atMs <= now);
      timers = timers.filter(({ atMs }) => atMs > now);
      for (const { callback } of due) callback();
    },
  };
}
