import type { Decision, Ticket } from './decision.ts';
import type { ErrorCode } from './error-codes.ts';

export { errorCodes, isErrorCode, type ErrorCode } from './error-codes.ts';

export interface SupervisionDetails {
  /** The decision behind a refused or pending call. */
  readonly why?: Decision;
  /** What to come back with once a person has answered. */
  readonly ticket?: Ticket;
  readonly callId?: string;
  /** How long to wait before the same may work: milliseconds. */
  readonly retryAfterMs?: number;
  /** What an answer of a model that does not count has cost all the same: tokens. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
}

/** The one error class: a fault of use or set-up, or (from `invoke`) a call that did not run to its end. */
export class SupervisionError extends Error {
  override readonly name = 'SupervisionError';
  readonly code: ErrorCode;
  readonly why: Decision | undefined;
  readonly ticket: Ticket | undefined;
  readonly callId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly usage: SupervisionDetails['usage'] | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly cause?: unknown } & SupervisionDetails = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.why = options.why;
    this.ticket = options.ticket;
    this.callId = options.callId;
    this.retryAfterMs = options.retryAfterMs;
    this.usage = options.usage;
  }
}
