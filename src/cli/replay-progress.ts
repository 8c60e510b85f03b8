import type { Writer } from './replay-io.ts';

/** A bar on a terminal: how far it is, and how fast. */
export interface Progress {
  /** Calls and bytes so far, of all files together. */
  show(calls: number, bytes: number): void;
  /** Takes the bar away. */
  clear(): void;
}

const width = 24;
const everyMs = 100;

/** Draws on `out` at most ten times a second; silent where that is no terminal. */
export function createProgress(out: Writer, totalBytes: number): Progress {
  if (out.isTTY !== true) return { show: () => undefined, clear: () => undefined };
  const startedMs = performance.now();
  let shownMs = -Infinity;
  return {
    show(calls, bytes) {
      const nowMs = performance.now();
      if (nowMs - shownMs < everyMs) return;
      shownMs = nowMs;
      const share = totalBytes === 0 ? 1 : Math.min(1, bytes / totalBytes);
      const bar = '█'.repeat(Math.round(share * width)).padEnd(width, '░');
      const perSecond = Math.round((calls / Math.max(1, nowMs - startedMs)) * 1000);
      const text = `${bar} ${Math.floor(share * 100)}%  ${calls} calls, ${perSecond} a second`;
      out.write(`\r\u001B[K${text}`);
    },
    clear() {
      out.write('\r\u001B[K');
    },
  };
}
