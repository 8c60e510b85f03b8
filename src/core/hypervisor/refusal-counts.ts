import type { ToolCall } from '../model/call.ts';
import type { Clock, EntryBody } from '../model/ports.ts';

/**
 * Refusals beyond the bucket become one entry with a count per agent and second, so that refused calls
 * cannot fill a disk.
 */
export interface RefusalCounts {
  add(call: ToolCall): void;
  /** Writes what was counted so far. */
  flush(): void;
}

/** So many agents at most are counted before they are written: bounds the memory under a flood of agents. */
const maxAgents = 10_000;
const windowMs = 1000;

export function createRefusalCounts(clock: Clock, write: (body: EntryBody) => void): RefusalCounts {
  let counted = new Map<string, { readonly time: number; count: number }>();
  let cancel: (() => void) | undefined;
  const flush = (): void => {
    cancel?.();
    cancel = undefined;
    const ready = counted;
    counted = new Map();
    for (const [agent, { time, count }] of ready) {
      write({ type: 'call.refused', time, agent, by: 'rate', code: 'RATE_LIMITED', count });
    }
  };
  return {
    flush,
    add({ seat }) {
      const key = seat.agent.id;
      const known = counted.get(key);
      if (known !== undefined) {
        known.count += 1;
        return;
      }
      counted.set(key, { time: clock.nowMs(), count: 1 });
      if (counted.size >= maxAgents) flush();
      else cancel ??= clock.after(windowMs, flush);
    },
  };
}
