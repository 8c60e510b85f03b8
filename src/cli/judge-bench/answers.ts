import { SupervisionError } from '../../core/model/errors.ts';
import type { Model, ModelRequest } from '../../core/model/model-port.ts';
import type { Clock } from '../../core/model/ports.ts';
import { systemClock } from '../../stores/system/clock.ts';
import { createIdleClock } from './idle-clock.ts';
import type { Answered, Failed, RecordedAnswer, Recording } from './recording.ts';

/** A question as a recording tells it from others. */
export interface AnswerKey {
  readonly key: string;
  readonly model: string;
  readonly sample: number;
}

/** Where the answers of models come from: their providers, or a file. */
export interface Answers {
  /** Undefined where a recording has none. Never rejects: what went wrong is an answer as well. */
  ask(of: AnswerKey, request: ModelRequest): Promise<RecordedAnswer | undefined>;
  /** For one question: real time, or the time of the recording. */
  clock(): Clock;
  /** Everything that was answered so far. */
  given(): readonly RecordedAnswer[];
}

/** Answers of real models; aborting `signal` gives up what is under way. */
export function liveAnswers(models: ReadonlyMap<string, Model>, signal?: AbortSignal): Answers {
  const given: RecordedAnswer[] = [];
  return {
    async ask(of, request) {
      const startMs = systemClock.monotonicMs();
      const said = await askLive(models.get(of.model), withSignal(request, signal));
      const latencyMs = Math.round(systemClock.monotonicMs() - startMs);
      const answer = { ...of, latencyMs, ...said };
      given.push(answer);
      return answer;
    },
    clock: () => systemClock,
    given: () => given,
  };
}

/** Answers as they were recorded. */
export function recordedAnswers(recording: Recording): Answers {
  const given = new Map<string, RecordedAnswer>();
  return {
    async ask({ key }, { signal }) {
      const answer = recording.get(key);
      if (answer === undefined) return undefined;
      given.set(key, answer);
      // whoever asks has a deadline of its own, and says what comes of it
      if ('error' in answer && answer.error === 'JUDGE_TIMEOUT') await untilAborted(signal);
      return answer;
    },
    clock: createIdleClock,
    given: () => [...given.values()],
  };
}

type Said = Omit<Answered, keyof AnswerKey | 'latencyMs'> | Failure;
type Failure = Omit<Failed, keyof AnswerKey | 'latencyMs'>;

async function askLive(model: Model | undefined, request: ModelRequest): Promise<Said> {
  const { signal } = request;
  try {
    if (model === undefined) throw new TypeError('no such model');
    const late = untilAborted(signal).then(() => Promise.reject(toError(signal.reason)));
    const { text, usage = null, probability } = await Promise.race([model.ask(request), late]);
    // JSON knows no other numbers
    const isTold = probability !== undefined && Number.isFinite(probability);
    return { text, usage, probability: isTold ? probability : null };
  } catch (error) {
    return toFailure(error);
  }
}

function toFailure(error: unknown): Failure {
  if (!(error instanceof SupervisionError)) return { error: 'MODEL_UNAVAILABLE' };
  const { code, retryAfterMs } = error;
  if (retryAfterMs === undefined) return { error: code };
  return { error: code, retryAfterMs: Math.max(0, Math.round(retryAfterMs)) };
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function withSignal(request: ModelRequest, signal: AbortSignal | undefined): ModelRequest {
  if (signal === undefined) return request;
  return { ...request, signal: AbortSignal.any([request.signal, signal]) };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => {
    signal.addEventListener('abort', () => done(), { once: true });
  });
}
