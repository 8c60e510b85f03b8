import type { OutcomeStatus } from './decision.ts';
import type { Json } from './json.ts';
import type { ToolDefinition } from './tool.ts';

/**
 * Where a value came from: what the host says the user wrote, the result of a trusted or of an untrusted tool,
 * several of them that do not agree, or nowhere that the session remembers.
 */
export type Origin = PlainOrigin | 'mixed';
/** An origin that a single piece of a value can have. */
export type PlainOrigin = 'user' | 'trusted' | 'untrusted' | 'unknown';

/** A text that entered the session and that holds a value. */
export interface Source {
  readonly origin: 'user' | 'trusted' | 'untrusted';
  /** Of a result: the tool. */
  readonly tool?: string;
  /** What a trusted tool gave back for a change: it repeats what it was told, and is nobody's wish. */
  readonly isReceipt?: boolean;
}

/** Whether what such a tool gives back is a receipt (`Source.isReceipt`); a tool without a manifest may be anything. */
export function isReceipt(origin: Source['origin'], { manifest }: ToolDefinition): boolean {
  return origin === 'trusted' && manifest !== undefined && manifest.effect !== 'read';
}

/** What the session knows of one value: its origin, and the texts it was found in, the first first, bounded. */
export interface ValueOrigin {
  readonly origin: Origin;
  /** The origins of its pieces, each once: more than one where it is `mixed`. */
  readonly parts: readonly PlainOrigin[];
  readonly sources: readonly Source[];
}

/** A call of the session that was started, with the time of its end (milliseconds since 1970). */
export interface RememberedCall {
  readonly callId: string;
  readonly tool: string;
  readonly action: string;
  readonly status: OutcomeStatus;
  readonly atMs: number;
  /** The tool as it was declared then. */
  readonly definition: ToolDefinition;
}

/** Among the labels of a session that was given more than it keeps: one that is not found may have been there. */
export const lostLabels = '';

/** What a session knows of its past, as a decision may ask it: synchronous, bounded, without side effects. */
export interface SessionKnowledge {
  /** Of a value as it stands among arguments; of a list or an object, of everything in it together. */
  originOf(value: Json): ValueOrigin;
  /**
   * Whether a text of that origin speaks of what a tool does: has a word of its name, near the value where one is given.
   * Undefined where nobody can say: the value is in none of those texts as it stands, or the name has no words.
   */
  speaksOf(
    origin: Source['origin'],
    tool: { readonly definition: ToolDefinition; readonly action: string },
    value?: string,
  ): boolean | undefined;
  /**
   * Whether a text of that origin has the value in running words, and not only as a field or an entry of a list.
   * Undefined where nobody can say: the value is in none of those texts as it stands.
   */
  tells(origin: Source['origin'], value: string): boolean | undefined;
  /** What taints the session: `untrusted` once a result of an untrusted tool entered it, and labels that rules gave. */
  readonly labels: ReadonlySet<string>;
  /** The last one of every tool and action, in the order of their ends, bounded. */
  readonly calls: readonly RememberedCall[];
  /** What the host said that the user wrote, oldest first, bounded. */
  readonly userTexts: readonly string[];
  /** Something was forgotten: what is not found may have been there, so unknown counts as untrusted. */
  readonly overflowed: boolean;
}

const noLabels: ReadonlySet<string> = new Set();

/** Of a session in which nothing has happened. */
export const noKnowledge: SessionKnowledge = Object.freeze({
  originOf: (): ValueOrigin => ({ origin: 'unknown', parts: ['unknown'], sources: [] }),
  speaksOf: () => false,
  tells: () => false,
  labels: noLabels,
  calls: [],
  userTexts: [],
  overflowed: false,
});
