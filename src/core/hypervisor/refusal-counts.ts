import type { ToolCall } from '../model/call.ts';
import type { Deny } from '../model/decision.ts';
import { joinKey } from '../model/length-prefixed.ts';
import type { Clock, EntryBody } from '../model/ports.ts';

/**
 * Refusals beyond the bucket become one entry with a count per agent and second, so that refused calls
 * cannot fill a disk.
 */
export interface RefusalCounts {
  add(call: ToolCall, why: Deny): void;
  /** True from the second time on that this very call is refused so: a ticket that comes back again and again. */
  isRepeat(call: ToolCall, why: Deny): boolean;
  /** Writes what was counted so far. */
  flush(): void;
}

/** So many agents at most are counted before they are written: bounds the memory under a flood of agents. */
const maxAgents = 10_000;
const windowMs = 1000;
/** Refused calls that are known by their ids, before they are forgotten all at once. */
const maxKnown = 10_000;

export function createRefusalCounts(clock: Clock, write: (body: EntryBody) => void): RefusalCounts {
  let counted = new Map<string, EntryBody & { count: number }>();
  const known = new Set<string>();
  let cancel: (() => void) | undefined;
  const flush = (): void => {
    cancel?.();
    cancel = undefined;
    const ready = counted;
    counted = new Map();
    for (const body of ready.values()) write({ ...body });
  };
  return {
    flush,
    isRepeat({ id }, { code }) {
      const key = joinKey(id, code);
      if (known.has(key)) return true;
      if (known.size >= maxKnown) known.clear();
      known.add(key);
      return false;
    },
    add({ seat }, { by, code }) {
      const { id: agent } = seat.agent;
      const key = joinKey(agent, code);
      const body = counted.get(key);
      if (body !== undefined) {
        body.count += 1;
        return;
      }
      const time = clock.nowMs();
      counted.set(key, { type: 'call.refused', time, agent, by, code, count: 1 });
      if (counted.size >= maxAgents) flush();
      else cancel ??= clock.after(windowMs, flush);
    },
  };
}
