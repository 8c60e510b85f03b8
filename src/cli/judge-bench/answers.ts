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
  /** For one question of a judge. */
  open(): AnswersOfOne;
  /** Everything that was answered so far. */
  given(): readonly RecordedAnswer[];
}

export interface AnswersOfOne {
  /** Undefined where a recording has none. Never rejects: what went wrong is an answer as well. */
  ask(of: AnswerKey, request: ModelRequest): Promise<RecordedAnswer | undefined>;
  /** The machine's, or that of the recording. */
  readonly clock: Clock;
}

/** Answers of real models; aborting `signal` gives up what is under way. */
export function liveAnswers(models: ReadonlyMap<string, Model>, signal?: AbortSignal): Answers {
  const given: RecordedAnswer[] = [];
  const ask: AnswersOfOne['ask'] = async (of, request) => {
    const startMs = systemClock.monotonicMs();
    const said = await askLive(models.get(of.model), withSignal(request, signal));
    // rounded down: what came before a deadline comes before it when it is played back
    const latencyMs = Math.floor(systemClock.monotonicMs() - startMs);
    const answer = { ...of, latencyMs, ...said };
    given.push(answer);
    return answer;
  };
  return { open: () => ({ ask, clock: systemClock }), given: () => given };
}

/** Answers as they were recorded, each after the time that it took. */
export function recordedAnswers(recording: Recording): Answers {
  const given = new Map<string, RecordedAnswer>();
  return {
    open() {
      const clock = createIdleClock();
      return {
        clock,
        async ask({ key }, { signal }) {
          const answer = recording.get(key);
          if (answer === undefined) return undefined;
          given.set(key, answer);
          await untilPlayed(answer, clock, signal);
          return answer;
        },
      };
    },
    given: () => [...given.values()],
  };
}

/** Whoever asks has a deadline of its own, and says what comes of it. */
function untilPlayed(answer: RecordedAnswer, clock: Clock, signal: AbortSignal): Promise<void> {
  if ('error' in answer && answer.error === 'JUDGE_TIMEOUT') return untilAborted(signal);
  return new Promise((done) => void clock.after(answer.latencyMs, done));
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
