import type { Seat, UsedBefore } from '../model/call.ts';
import { joinKey } from '../model/length-prefixed.ts';
import { sha256Hex } from '../model/sha256.ts';

/** Where calls that are done went, by session and by agent; the ones of longest ago are forgotten first. */
export interface UsedDestinations {
  add(seat: Seat, destination: string | number): void;
  find(seat: Seat, destination: string | number): UsedBefore;
}

/** Of all sessions together; as many again of all agents. */
const defaultMax = 50_000;
/** What is left of the bound once some had to go. */
const roomy = 0.9;
/** Longer ones are known by their hash. */
const longText = 64;

/** Who sends to many places makes others forgotten, which then count as new ones: nothing becomes known by that. */
export function createUsedDestinations(max = defaultMax): UsedDestinations {
  const bySession = new Set<string>();
  const byAgent = new Set<string>();
  const put = (known: Set<string>, key: string): void => {
    // added again, so that the set stays in the order of time
    known.delete(key);
    known.add(key);
    if (known.size <= max) return;
    // some at once: a set that loses its first key again and again is slow to find the next
    for (const oldest of known) {
      if (known.size <= roomy * max) return;
      known.delete(oldest);
    }
  };
  return {
    add({ session, agent }, destination) {
      const name = nameOf(destination);
      put(bySession, joinKey(session.id, name));
      put(byAgent, joinKey(agent.id, name));
    },
    find({ session, agent }, destination) {
      const name = nameOf(destination);
      return {
        inSession: bySession.has(joinKey(session.id, name)),
        byAgent: byAgent.has(joinKey(agent.id, name)),
      };
    },
  };
}

function nameOf(destination: string | number): string {
  const text = JSON.stringify(destination);
  return text.length > longText ? sha256Hex(text) : text;
}
