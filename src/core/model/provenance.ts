import type { OutcomeStatus } from './decision.ts';
import type { Json } from './json.ts';

/**
 * Where a value came from: what the host says the user wrote, the result of a trusted or of an untrusted tool,
 * several of them that do not agree, or nowhere that the session remembers.
 */
export type Origin = 'user' | 'trusted' | 'untrusted' | 'mixed' | 'unknown';

/** A text that entered the session and that holds a value. */
export interface Source {
  readonly origin: 'user' | 'trusted' | 'untrusted';
  /** Of a result: the tool, and the number of its call in the session, from 1. */
  readonly tool?: string;
  readonly call?: number;
}

/** What the session knows of one value: its origin, and the texts it was found in, the first first, bounded. */
export interface ValueOrigin {
  readonly origin: Origin;
  readonly sources: readonly Source[];
}

/** A call of the session that was started, with the time of its start (milliseconds since 1970). */
export interface RememberedCall {
  readonly callId: string;
  readonly tool: string;
  readonly action: string;
  readonly status: OutcomeStatus;
  readonly atMs: number;
  /** What it gave back could have been written by strangers. */
  readonly isUntrusted: boolean;
}

/** What a session knows of its past, as a decision may ask it: synchronous, bounded, without side effects. */
export interface SessionKnowledge {
  /** Of a value as it stands among arguments; of a list or an object, of everything in it together. */
  originOf(value: Json): ValueOrigin;
  /** What taints the session: `untrusted` once a result of an untrusted tool entered it, and labels that rules gave. */
  readonly labels: ReadonlySet<string>;
  /** Oldest first, bounded. */
  readonly calls: readonly RememberedCall[];
  /** What the host said that the user wrote, oldest first, bounded. */
  readonly userTexts: readonly string[];
  /** Something was forgotten: what is not found may have been there, so unknown counts as untrusted. */
  readonly overflowed: boolean;
}

const noLabels: ReadonlySet<string> = new Set();

/** Of a session in which nothing has happened. */
export const noKnowledge: SessionKnowledge = Object.freeze({
  originOf: (): ValueOrigin => ({ origin: 'unknown', sources: [] }),
  labels: noLabels,
  calls: [],
  userTexts: [],
  overflowed: false,
});
