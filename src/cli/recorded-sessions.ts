import type { PastCall } from '../core/model/call.ts';
import { isReceipt, noKnowledge, type SessionKnowledge } from '../core/model/provenance.ts';
import type { ToolDefinition } from '../core/model/tool.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import { createIndexPool } from '../core/provenance/index-pool.ts';
import {
  createSessionMemory,
  defaultMemoryLimits,
  type SessionMemory,
} from '../core/sessions/session-memory.ts';

/** What the sessions of recorded calls knew, built up again in the order of the record. */
export interface RecordedSessions {
  /** As it is now; a session that nobody knows has seen nothing. */
  knowledgeOf(session: string): SessionKnowledge;
  heard(session: string, text: string): void;
  /** A call came to its end; of one that gave something back, what. */
  ended(session: string, call: PastCall, ran: RecordedEnd): void;
  /** Sessions whose past was forgotten: one that comes back begins anew. */
  readonly forgotten: number;
}

export interface RecordedEnd {
  /** The tool as it was declared then. */
  readonly definition: ToolDefinition;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** What came back; undefined where the record does not say. */
  readonly text: string | undefined;
}

/** What a tool's results count as; nobody knows of an undeclared one. */
function originOf({ manifest }: ToolDefinition): 'trusted' | 'untrusted' {
  return manifest?.output === 'trusted' ? 'trusted' : 'untrusted';
}

/** Whether a rule asks what came before its call; if none does, nothing of it needs to be read. */
export function asksSessions(set: RuleSet): boolean {
  return set.rules.some(({ raw }) => {
    const text = JSON.stringify(raw['condition'] ?? null);
    return words.some((word) => text.includes(word));
  });
}
const words = ['session', 'after', 'from', 'not_from', 'first_seen_in', 'asked_by', 'told_by'].map(
  (word) => `"${word}"`,
);

interface Remembered {
  readonly memory: SessionMemory;
  chars: number;
}

/** Bounds of all sessions together; the longest idle is forgotten first. */
const maxSessions = 10_000;
const maxChars = 64 * 1_048_576;
/** As much as a session remembers itself. */
const maxCharsEach = 262_144;

export function createRecordedSessions(): RecordedSessions {
  const sessions = new Map<string, Remembered>();
  const pool = createIndexPool();
  let chars = 0;
  let forgotten = 0;

  const touch = (session: string): Remembered => {
    const known = sessions.get(session) ?? {
      memory: createSessionMemory(defaultMemoryLimits, pool),
      chars: 0,
    };
    // set again, so that the map stays in order of use
    sessions.delete(session);
    sessions.set(session, known);
    return known;
  };
  const grow = (session: string, length: number): SessionMemory => {
    const remembered = touch(session);
    const more = Math.min(length, maxCharsEach - remembered.chars);
    remembered.chars += more;
    chars += more;
    if (sessions.size > maxSessions || chars > maxChars) forgetIdle(session);
    return remembered.memory;
  };
  /** A tenth at once: a map that loses its first key again and again is slow to find the next. */
  const forgetIdle = (current: string): void => {
    for (const [oldest, { memory, chars: freed }] of sessions) {
      if (sessions.size <= 0.9 * maxSessions && chars <= 0.9 * maxChars) return;
      if (oldest === current) return;
      sessions.delete(oldest);
      memory.close();
      chars -= freed;
      forgotten += 1;
    }
  };
  return {
    get forgotten() {
      return forgotten;
    },
    knowledgeOf(session) {
      const known = sessions.get(session);
      return known === undefined ? noKnowledge : known.memory.knowledge;
    },
    heard: (session, text) => grow(session, text.length).observe({ role: 'user', text }),
    // as the hypervisor remembers a call, but for the labels that rules gave and what persons approved
    ended(session, call, { definition, atMs, text }) {
      const memory = grow(session, text?.length ?? 0);
      if (call.status === 'refused') return memory.recordCall(call);
      memory.recordCall(call, { definition, atMs });
      const origin = originOf(definition);
      const { callId, tool } = call;
      if (text !== undefined) {
        const receipt = isReceipt(origin, definition);
        memory.recordResult({ origin, text, callId, tool, isReceipt: receipt });
      } else if (origin === 'untrusted') memory.markOverflow();
      if (origin === 'untrusted') memory.taint(['untrusted']);
    },
  };
}
