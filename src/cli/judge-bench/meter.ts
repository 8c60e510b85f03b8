import { SupervisionError } from '../../core/model/errors.ts';
import type { Model, ModelAnswer, ModelRequest } from '../../core/model/model-port.ts';
import { costOf, type Price } from '../../core/supervisors/judge/budget.ts';
import type { AnswersOfOne } from './answers.ts';
import { keyOf, type RecordedAnswer } from './recording.ts';

export type Prices = Readonly<Record<string, Price>>;

/** Hears what the models are asked for one question, and what it takes. */
export interface Meter {
  /** A model of this name, whose answers are counted here. */
  open(name: string): Model;
  /** Once everything that was asked has its answer, also where nobody waits for it any more. */
  finish(): Promise<Reading>;
}

export interface Reading {
  /** Of models, without our own work: judges in a row add up, of several at once the slowest counts. */
  latencyMs(how: { readonly samples: number; readonly isParallel: boolean }): number;
  /** Millionths; undefined where a price or a number of tokens is not known. Failures cost nothing. */
  readonly costMicros: number | undefined;
  /** A question had no recorded answer. */
  readonly isUnrecorded: boolean;
}

export function createMeter(answers: AnswersOfOne, prices: Prices): Meter {
  /** By judge: the same messages to the same model. */
  const asked = new Map<string, Promise<RecordedAnswer | undefined>[]>();

  const ask = async (model: string, request: ModelRequest): Promise<ModelAnswer> => {
    const first = keyOf(model, request.messages, 0);
    const before = asked.get(first) ?? [];
    const sample = before.length;
    const key = sample === 0 ? first : keyOf(model, request.messages, sample);
    const work = answers.ask({ key, model, sample }, request);
    asked.set(first, [...before, work]);
    return toAnswer(model, await work);
  };
  return {
    open: (name) => ({
      name,
      ask: (request) => ask(name, request),
      check: async () => undefined,
      close: async () => undefined,
    }),
    async finish() {
      const all = await Promise.all([...asked.values()].map((works) => Promise.all(works)));
      return toReading(all, prices);
    },
  };
}

function toAnswer(model: string, answer: RecordedAnswer | undefined): ModelAnswer {
  if (answer === undefined) {
    throw new SupervisionError('MODEL_MISCONFIGURED', `\`${model}\` has no recorded answer`);
  }
  if ('error' in answer) {
    const { error, retryAfterMs } = answer;
    const more = retryAfterMs === undefined ? {} : { retryAfterMs };
    throw new SupervisionError(error, `\`${model}\` gave no answer`, more);
  }
  const { text, usage, probability } = answer;
  return { text, usage: usage ?? undefined, probability: probability ?? undefined };
}

type Judges = readonly (readonly (RecordedAnswer | undefined)[])[];

function toReading(judges: Judges, prices: Prices): Reading {
  return {
    latencyMs({ samples, isParallel }) {
      const each = judges.map((answers) => spanOf(answers, samples));
      return isParallel ? Math.max(0, ...each) : each.reduce((sum, ms) => sum + ms, 0);
    },
    costMicros: sumOf(judges.flat().map((answer) => priceOf(answer, prices))),
    isUnrecorded: judges.flat().includes(undefined),
  };
}

/** Samples are asked at once; what was asked beyond them was asked again after a failure. */
function spanOf(answers: Judges[number], samples: number): number {
  const times = answers.map((answer) => answer?.latencyMs ?? 0);
  return Math.max(0, ...times.slice(0, samples)) + Math.max(0, ...times.slice(samples));
}

function priceOf(answer: RecordedAnswer | undefined, prices: Prices): number | undefined {
  if (answer === undefined) return undefined;
  if ('error' in answer) return 0;
  const price = Object.hasOwn(prices, answer.model) ? prices[answer.model] : undefined;
  if (price === undefined || answer.usage === null) return undefined;
  return costOf(price, answer.usage);
}

function sumOf(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.reduce<number | undefined>(
    (sum, number) => (sum === undefined || number === undefined ? undefined : sum + number),
    0,
  );
}
