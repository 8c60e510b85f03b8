import { SupervisionError } from '../../model/errors.ts';
import type { Model, ModelAnswer, ModelRequest } from '../../model/model-port.ts';
import type { Clock } from '../../model/ports.ts';
import type { JudgeFault } from './judgement.ts';

export type Asked =
  | { readonly ok: true; readonly answer: ModelAnswer }
  /** `detail` is for operators: a code and our words. */
  | {
      readonly ok: false;
      readonly fault: JudgeFault;
      readonly detail: string;
      /** Of an answer that came and does not count, where the driver tells. */
      readonly usage?: ModelAnswer['usage'];
    };

export interface Deadline {
  readonly clock: Clock;
  /** Milliseconds from now, of the clock that nobody sets. */
  readonly ms: number;
  /** Of the call: aborts earlier. */
  readonly signal?: AbortSignal;
  /** Asked before a second try, which must be paid for too: false, or a rejection, and none follows. */
  readonly again?: (() => Promise<boolean>) | undefined;
}

/** Before a second try where the provider names no time, milliseconds. */
const pauseMs = 100;

/**
 * Asks once, and once more after an outage or a 429 if that fits into the deadline. Never rejects and never outlasts
 * the deadline, also with a driver that does not stop when it is told to.
 */
export async function askModel(
  model: Model,
  request: Omit<ModelRequest, 'signal'>,
  { clock, ms, signal, again }: Deadline,
): Promise<Asked> {
  const controller = new AbortController();
  const { promise: stopped, resolve: stop } = Promise.withResolvers<Asked>();
  const late = (detail: string): void => {
    stop({ ok: false, fault: 'timeout', detail });
    controller.abort(new SupervisionError('JUDGE_TIMEOUT', detail));
  };
  const cancel = clock.after(ms, () => late(`no answer within ${ms} ms`), { keepAlive: true });
  const abort = (): void => late('the call was given up');
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  const endMs = clock.monotonicMs() + ms;
  try {
    if (controller.signal.aborted) return await stopped;
    const asked = { ...request, signal: controller.signal };
    const work = askTwice(model, asked, { clock, endMs, again });
    return await Promise.race([work, stopped]);
  } finally {
    cancel();
    signal?.removeEventListener('abort', abort);
  }
}

async function askTwice(
  model: Model,
  request: ModelRequest,
  { clock, endMs, again }: Pick<Deadline, 'clock' | 'again'> & { readonly endMs: number },
): Promise<Asked> {
  const first = await askOnce(model, request);
  if (first.ok || first.waitMs === undefined) return first;
  const waitMs = Math.max(first.waitMs, pauseMs);
  // whatever its driver makes of being told to stop
  if (request.signal.aborted || clock.monotonicMs() + waitMs >= endMs) return first;
  await pause(waitMs, clock, request.signal);
  if (request.signal.aborted || !(await mayTryAgain(again))) return first;
  return request.signal.aborted ? first : askOnce(model, request);
}

/** Ends early with the question: whoever closes does not wait for a provider's pause. */
function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  const cancel = clock.after(ms, end, { keepAlive: true });
  signal.addEventListener('abort', end, { once: true });
  return promise.finally(() => {
    cancel();
    signal.removeEventListener('abort', end);
  });
}

async function mayTryAgain(again: Deadline['again']): Promise<boolean> {
  try {
    return (await again?.()) ?? true;
  } catch {
    // without counters or a log nothing is spent
    return false;
  }
}

type Tried = Asked & { readonly waitMs?: number };

async function askOnce(model: Model, request: ModelRequest): Promise<Tried> {
  try {
    return { ok: true, answer: await model.ask(request) };
  } catch (error) {
    return toFault(error);
  }
}

function toFault(error: unknown): Tried {
  if (!(error instanceof SupervisionError)) {
    return { ok: false, fault: 'unavailable', detail: 'the driver of the model failed' };
  }
  const { code, usage, retryAfterMs = 0 } = error;
  const fault = faults.get(code) ?? 'unavailable';
  return retryable.has(code)
    ? { ok: false, fault, detail: code, waitMs: retryAfterMs }
    : { ok: false, fault, detail: code, usage };
}

const faults: ReadonlyMap<string, JudgeFault> = new Map([
  ['MODEL_REFUSED', 'invalid'],
  ['MODEL_INVALID', 'invalid'],
  ['JUDGE_TIMEOUT', 'timeout'],
]);
const retryable: ReadonlySet<string> = new Set(['MODEL_UNAVAILABLE', 'MODEL_BUSY']);
