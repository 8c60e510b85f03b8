import type { PastCall, UserSaid } from '../model/call.ts';
import type { Json } from '../model/json.ts';
import { lostLabels, type SessionKnowledge } from '../model/provenance.ts';
import type { ToolDefinition } from '../model/tool.ts';
import type { IndexPool } from '../provenance/index-pool.ts';
import { toKnowledge, type Kept } from '../provenance/session-knowledge.ts';
import { textsIn } from '../provenance/texts-in.ts';
import { createLastCalls } from './last-calls.ts';
import type { Memory } from './memory.ts';
import { createPastCalls } from './past-calls.ts';
import { createSessionIndex } from './session-index.ts';
import type { TextPool } from './text-pool.ts';

export interface MemoryLimits {
  /** UTF-16 units of text kept for a session: default 262,144. */
  readonly maxChars: number;
  /** Texts kept for a session, however short: default 4,096. */
  readonly maxMemories: number;
  /** Past calls kept for a session: default 64. */
  readonly maxCalls: number;
  /** Tools and actions whose last call is kept for rules that ask what ran before: default 1,024. */
  readonly maxTools: number;
}
export const defaultMemoryLimits: MemoryLimits = {
  maxChars: 262_144,
  maxMemories: 4096,
  maxCalls: 64,
  maxTools: 1024,
};
/** Labels kept for a session; rules name a few. */
const maxLabels = 1024;
/** Kept beyond that. */
const alwaysKept: ReadonlySet<string> = new Set(['untrusted', lostLabels]);

/** What a session remembers, bounded: the oldest quarter goes first, and `overflowed` then says so for good. */
export interface SessionMemory {
  readonly memories: readonly Memory[];
  readonly history: readonly PastCall[];
  /** Something was forgotten: an origin that is not found may have been there. */
  readonly overflowed: boolean;
  /** Another set each time that they change. */
  readonly labels: ReadonlySet<string>;
  observe(said: UserSaid): void;
  recordResult(result: Memory): void;
  /** `ran`: what is kept of a call that was started. */
  recordCall(
    call: PastCall,
    ran?: { readonly definition: ToolDefinition; readonly atMs: number },
  ): void;
  /** What a person approved counts as said by the user from then on: each text and number of it, whole. */
  recordApproved(args: Json): void;
  /** Gives the session labels, or takes them away; true if that changed anything. */
  taint(labels: readonly string[]): boolean;
  declassify(labels: readonly string[]): boolean;
  /** Something entered the session, or was in it before, of which nothing is known. */
  markOverflow(): void;
  /** Lets go of every text: nobody asks any more, and whoever does hears that it was forgotten. */
  close(): void;
  /** What rules may ask for one call, always as it is now; read again for the next one, since its questions may cost so much in all. */
  readonly knowledge: SessionKnowledge;
}

/** Of a text in memory, besides its letters. */
const memoryBytes = 200;
const none: readonly never[] = Object.freeze([]);
const noLabels: ReadonlySet<string> = new Set();

/** Holds nothing until something is remembered, so that an idle session costs no memory. */
export function createSessionMemory(
  limits: MemoryLimits = defaultMemoryLimits,
  pool?: IndexPool,
  texts?: TextPool,
): SessionMemory {
  const index = createSessionIndex(pool);
  const lastCalls = createLastCalls(limits.maxTools);
  const pastCalls = createPastCalls(limits.maxCalls);
  let memories: Memory[] | undefined;
  let labels: Set<string> | undefined;
  let chars = 0;
  let overflowed = false;

  const remember = (memory: Memory): void => {
    const text = memory.text.slice(0, limits.maxChars);
    if (text.length < memory.text.length) overflowed = true;
    memories ??= [];
    memories.push(Object.freeze({ ...memory, text }));
    chars += text.length;
    if (chars > limits.maxChars || memories.length > limits.maxMemories) forget(memories);
    touch();
  };
  const touch = (): void => {
    if (memories !== undefined) texts?.use(holder, 2 * chars + memoryBytes * memories.length);
  };
  /** What tainted the session stays, and so does what ran in it. */
  const letGo = (): void => {
    memories = undefined;
    chars = 0;
    overflowed = true;
    index.drop();
  };
  const holder = { drop: letGo };
  // a quarter at a time: moving thousands of memories up for each new one would cost more than the call itself
  const forget = (from: Memory[]): void => {
    let forgotten = 0;
    while (
      forgotten < from.length - 1 &&
      (chars > 0.75 * limits.maxChars || from.length - forgotten > 0.75 * limits.maxMemories)
    ) {
      chars -= from[forgotten]?.text.length ?? 0;
      forgotten += 1;
    }
    from.splice(0, forgotten);
    overflowed = true;
    index.drop();
  };
  const kept: Kept = {
    provenance() {
      touch();
      return index.of(memories ?? none);
    },
    has: (asked) => (memories ?? none).some(({ origin }) => origin === asked),
    get labels() {
      return labels ?? noLabels;
    },
    get calls() {
      return lastCalls.all;
    },
    get userTexts() {
      return (memories ?? none)
        .filter(({ origin, isApproved }) => origin === 'user' && isApproved !== true)
        .map(({ text }) => text);
    },
    get overflowed() {
      return overflowed;
    },
  };

  return {
    get memories() {
      return memories ?? none;
    },
    get history() {
      return pastCalls.all;
    },
    get overflowed() {
      return overflowed;
    },
    get labels() {
      return labels ?? noLabels;
    },
    observe: ({ text }) => remember({ origin: 'user', text }),
    recordResult: remember,
    recordApproved(args) {
      for (const text of textsIn(args)) remember({ origin: 'user', text, isApproved: true });
    },
    taint(given) {
      const known = labels ?? noLabels;
      const fresh = withinBound(known, given).filter((label) => !known.has(label));
      if (fresh.includes(lostLabels)) overflowed = true;
      if (fresh.length === 0) return false;
      labels = new Set([...known, ...fresh]);
      return true;
    },
    declassify(given) {
      if (!given.some((label) => labels?.has(label))) return false;
      labels = new Set([...(labels ?? none)].filter((label) => !given.includes(label)));
      return true;
    },
    markOverflow() {
      overflowed = true;
    },
    close() {
      letGo();
      texts?.remove(holder);
    },
    get knowledge() {
      return toKnowledge(kept);
    },
    recordCall(call, ran) {
      if (ran !== undefined && !lastCalls.add({ ...pickCall(call), ...ran })) overflowed = true;
      pastCalls.add(call);
    },
  };
}

/** As many labels as there is room for; what the rest leaves is the word that some were lost. */
function withinBound(known: ReadonlySet<string>, given: readonly string[]): readonly string[] {
  const kept = given.filter((label) => alwaysKept.has(label));
  const bounded = given.filter((label) => !alwaysKept.has(label) && !known.has(label));
  const room = Math.max(0, maxLabels - known.size);
  if (bounded.length <= room) return [...kept, ...bounded];
  return [...kept, ...bounded.slice(0, room), lostLabels];
}

function pickCall({ callId, tool, action, status }: PastCall) {
  return { callId, tool, action, status };
}
