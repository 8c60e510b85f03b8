import type { z } from 'zod';

/** One message to a model: `system` is the operator's, `user` carries the evidence. */
export interface ModelMessage {
  readonly role: 'system' | 'user';
  readonly text: string;
}

export interface ModelRequest {
  readonly messages: readonly ModelMessage[];
  /** What the answer must be: sent as JSON Schema, so that a provider that can holds the model to it. */
  readonly schema: z.ZodType;
  /** Of the schema, for the provider: 1 to 64 characters of a-z, 0-9 and `_`. */
  readonly schemaName: string;
  /** At least 1. */
  readonly maxOutputTokens: number;
  /** 0..2; left out where the model takes none. */
  readonly temperature?: number;
  /** The key of the answer whose value's token probability is wanted. */
  readonly probabilityOf?: string;
  /** The overall deadline: a driver stops its request, and retries nothing by itself. */
  readonly signal: AbortSignal;
}

export interface ModelAnswer {
  /** What the model wrote, not parsed: the caller reads it strictly, duplicate keys included. */
  readonly text: string;
  /** Undefined where the provider does not tell. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
  /** Of the value of `probabilityOf`, 0..1; undefined where the provider gives no token probabilities. */
  readonly probability: number | undefined;
}

/**
 * A language model behind whatever client. Rejects with a `SupervisionError`: `MODEL_UNAVAILABLE` (cannot be
 * reached, 5xx, dropped), `MODEL_BUSY` (429; `retryAfterMs` where told), `MODEL_MISCONFIGURED` (key, name, request),
 * `MODEL_REFUSED` (the provider or the model declined), `MODEL_INVALID` (cut off, too large, too long a request, no text).
 * When the signal aborts, with the signal's reason. What an answer cost that does not count stands in the error's `usage`,
 * where it may be more than was asked for.
 */
export interface Model {
  /** As the operator named it; part of cache keys and of the log. */
  readonly name: string;
  ask(request: ModelRequest): Promise<ModelAnswer>;
  /** Whether key and name are good, by one small request; rejects as `ask` does. */
  check(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** An answer is read up to so many characters; more is `MODEL_INVALID`. */
export const maxAnswerChars = 262_144;
