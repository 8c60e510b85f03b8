import type { PastCall, UserSaid } from '../model/call.ts';

/** Something that entered a session: what the user wrote, or what a tool gave back. */
export interface Memory {
  readonly origin: 'user' | 'trusted' | 'untrusted';
  readonly text: string;
  /** Of a result: the tool and the call it came from. */
  readonly tool?: string;
  readonly callId?: string;
}

export interface MemoryLimits {
  /** UTF-16 units of text kept for a session: default 262,144. */
  readonly maxChars: number;
  /** Texts kept for a session, however short: default 4,096. */
  readonly maxMemories: number;
  /** Past calls kept for a session: default 64. */
  readonly maxCalls: number;
}
export const defaultMemoryLimits: MemoryLimits = {
  maxChars: 262_144,
  maxMemories: 4096,
  maxCalls: 64,
};

/** What a session remembers, bounded: the oldest quarter goes first, and `overflowed` then says so for good. */
export interface SessionMemory {
  readonly memories: readonly Memory[];
  readonly history: readonly PastCall[];
  /** Something was forgotten: an origin that is not found may have been there. */
  readonly overflowed: boolean;
  observe(said: UserSaid): void;
  recordResult(result: Memory): void;
  recordCall(call: PastCall): void;
}

const none: readonly never[] = Object.freeze([]);

/** Holds nothing until something is remembered, so that an idle session costs no memory. */
export function createSessionMemory(limits: MemoryLimits = defaultMemoryLimits): SessionMemory {
  let memories: Memory[] | undefined;
  let history: readonly PastCall[] | undefined;
  let chars = 0;
  let overflowed = false;

  const remember = (memory: Memory): void => {
    const text = memory.text.slice(0, limits.maxChars);
    if (text.length < memory.text.length) overflowed = true;
    memories ??= [];
    memories.push(Object.freeze({ ...memory, text }));
    chars += text.length;
    if (chars > limits.maxChars || memories.length > limits.maxMemories) forget(memories);
  };
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
  };

  return {
    get memories() {
      return memories ?? none;
    },
    get history() {
      return history ?? none;
    },
    get overflowed() {
      return overflowed;
    },
    observe: ({ text }) => remember({ origin: 'user', text }),
    recordResult: remember,
    recordCall(call) {
      // replaced and not changed in place: a supervisor may hold the one it was given, and change nothing of it
      history = Object.freeze([
        ...(history ?? none).slice(1 - limits.maxCalls),
        Object.freeze(call),
      ]);
    },
  };
}
