import { SupervisionError, type ErrorCode } from '../core/model/errors.ts';
import { fieldOf } from './field.ts';
import { readRetryAfter } from './retry-after.ts';

/** What providers answer when it is the content that they do not take. */
const refusals: ReadonlySet<unknown> = new Set([
  'content_filter',
  'content_policy_violation',
  'moderation_blocked',
]);

/** By parameter that some models do not take: what to set then. */
export type Remedies = { readonly [param: string]: string };

interface ErrorContext {
  readonly name: string;
  readonly signal: AbortSignal;
  /** Of the driver whose model it is. */
  readonly remedies?: Remedies;
}

/**
 * What a client threw, as the port says it; by status, code and headers, whichever client it comes from. The words of the
 * provider stay in `cause`: they may hold parts of a key or of the request.
 */
export function toModelError(
  error: unknown,
  { name, signal, remedies = {} }: ErrorContext,
): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof SupervisionError) return error;
  const status = statusOf(error);
  const headers = fieldOf(error, 'headers') ?? fieldOf(fieldOf(error, 'response'), 'headers');
  const retryAfterMs = readRetryAfter(headers, Date.now());
  const [code, what] = describe(status, error, remedies);
  return new SupervisionError(code, `model \`${name}\` ${what}`, {
    cause: error,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** It is this request, and no outage: the next one may be shorter. */
const tooLong = 'context_length_exceeded';

function statusOf(error: unknown): number | undefined {
  const places = [
    fieldOf(error, 'status'),
    fieldOf(error, 'statusCode'),
    fieldOf(fieldOf(error, 'response'), 'status'),
  ];
  return places.find((status) => typeof status === 'number');
}

function describe(
  status: number | undefined,
  error: unknown,
  remedies: Remedies,
): readonly [ErrorCode, string] {
  const inner = fieldOf(error, 'error');
  if ([error, inner].some((each) => refusals.has(fieldOf(each, 'code')))) {
    return ['MODEL_REFUSED', 'was kept from answering by its provider'];
  }
  if (status === 413 || [error, inner].some((each) => fieldOf(each, 'code') === tooLong)) {
    return ['MODEL_INVALID', 'takes no request of this length'];
  }
  if (status === undefined) {
    return ['MODEL_UNAVAILABLE', 'cannot be reached; look at its server and the base URL'];
  }
  if (status === 429) return ['MODEL_BUSY', 'takes no request now (status 429)'];
  if (status === 401 || status === 403) {
    return ['MODEL_MISCONFIGURED', `does not take the key (status ${status}); look at the key`];
  }
  if (status === 404) {
    const remedy = 'look at the name, the base URL and `api`';
    return ['MODEL_MISCONFIGURED', `is not there (status 404); ${remedy}`];
  }
  if (status >= 300 && status < 400) {
    const remedy = 'give the address it leads to as the base URL';
    return ['MODEL_MISCONFIGURED', `is elsewhere (status ${status}); ${remedy}`];
  }
  if (status >= 400 && status < 500 && status !== 408 && status !== 409) {
    return [
      'MODEL_MISCONFIGURED',
      `does not take the request (status ${status})${hint(error, inner, remedies)}`,
    ];
  }
  return ['MODEL_UNAVAILABLE', `failed with status ${status}`];
}

function hint(error: unknown, inner: unknown, remedies: Remedies): string {
  const param = fieldOf(error, 'param') ?? fieldOf(inner, 'param');
  const remedy =
    typeof param === 'string' && Object.hasOwn(remedies, param) ? remedies[param] : undefined;
  return remedy === undefined ? '' : `; it takes no \`${String(param)}\`, so set \`${remedy}\``;
}
