import type { Verdict } from '../../model/decision.ts';
import { stricterVerdict } from '../../model/decision.ts';
import { SupervisionError } from '../../model/errors.ts';
import type { ModelMessage } from '../../model/model-port.ts';
import type { Clock, Ids } from '../../model/ports.ts';
import type { Prompt, PromptSet } from '../../model/prompt.ts';
import { answerSchema, readAnswer, type Answer } from './answer.ts';
import { askModel } from './ask-model.ts';
import type { Breaker, Leave } from './breaker.ts';
import type { Budget, Spending } from './budget.ts';
import type { Calibration, Tier } from './calibration.ts';
import { deriveVerdict } from './derive.ts';
import type { Evidence } from './evidence.ts';
import type { SizedRequest } from './request-size.ts';
import type { StageOptions } from './stage-options.ts';
import type { JudgeFault, JudgeQuestion } from './judgement.ts';

/** What one judge said, or why it said nothing that counts. */
export type StageResult = StageLabels &
  (
    | {
        readonly ok: true;
        readonly answer: Answer;
        readonly verdict: Verdict;
        readonly isDisagreement: boolean;
        /** As the provider's probabilities or the samples' agreement give it: 0..1. */
        readonly score?: number;
        /** Calibrated: 0..1. */
        readonly confidence?: number;
      }
    | {
        readonly ok: false;
        readonly fault: JudgeFault;
        readonly detail: string;
        /** The arguments hold the boundary of their own question. */
        readonly isGuessed?: boolean;
      }
  );

interface StageLabels {
  readonly stage: 1 | 2;
  readonly model: string;
  readonly prompt: string;
  readonly samples: number;
  readonly costMicros: number;
}

export interface StageRun {
  readonly prompts: PromptSet;
  readonly question: JudgeQuestion;
  readonly evidence: Evidence;
  readonly nonce: string;
  readonly tier: Tier;
  readonly number: 1 | 2;
  /** Of the prompt. */
  readonly name: string;
  readonly how: StageOptions;
  readonly breakerOf: (model: string) => Breaker;
  readonly calibration: () => Calibration;
  readonly budget?: Budget;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Of the judge, never of one call: others may wait for the same answer. Left out: only the deadline ends it. */
  readonly signal?: AbortSignal;
}

/** Asks one judge: fills in its prompt, pays, asks, reads the answer, derives the verdict. Never rejects. */
export async function runStage(run: StageRun): Promise<StageResult> {
  const { how, number, prompts, name } = run;
  const { model, samples: count = 1 } = how;
  const labels = { stage: number, model: model.name, prompt: '', samples: count, costMicros: 0 };
  const filled = fillIn(prompts, name, run);
  if ('detail' in filled) return { ...labels, ok: false, fault: 'invalid', ...filled };
  const { prompt, messages } = filled;
  const samples = await askSamples(run, messages, count);
  const costMicros = samples.reduce((sum, each) => sum + each.costMicros, 0);
  const all = { ...labels, prompt: prompt.hash, costMicros };
  const failed = samples.find((each) => !each.ok);
  if (failed !== undefined) {
    return { ...all, ok: false, fault: failed.fault, detail: failed.detail };
  }
  return {
    ...all,
    ...agree(
      run,
      prompt,
      samples.filter((each) => each.ok),
    ),
  };
}

function fillIn(
  prompts: PromptSet,
  name: string,
  { evidence, ids }: StageRun,
):
  | { readonly prompt: Prompt; readonly messages: readonly ModelMessage[] }
  | { readonly detail: string; readonly isGuessed: boolean } {
  try {
    const prompt = prompts.find(name);
    const { policy, facts, arguments: args } = evidence;
    return { prompt, messages: prompt.render({ policy, facts, arguments: args }, ids.id()) };
  } catch (error) {
    // a prompt that is gone, or a boundary that was guessed
    if (!(error instanceof SupervisionError)) throw error;
    return { detail: error.message, isGuessed: error.code === 'BOUNDARY_GUESSED' };
  }
}

type Sample = { readonly costMicros: number } & (
  | { readonly ok: true; readonly answer: Answer; readonly probability: number | undefined }
  | { readonly ok: false; readonly fault: JudgeFault; readonly detail: string }
);

const resting: Sample = {
  costMicros: 0,
  ok: false,
  fault: 'unavailable',
  detail: 'the model is given a rest after an outage',
};

/** All samples are paid for, or none is asked: fewer than all would say nothing. */
async function askSamples(
  run: StageRun,
  messages: readonly ModelMessage[],
  count: number,
): Promise<readonly Sample[]> {
  const { how, breakerOf } = run;
  const breaker = breakerOf(how.model.name);
  // after an outage a single one tries whether the model is back
  const entered = Array.from({ length: count }, () => breaker.enter()).filter(
    (leave) => leave !== undefined,
  );
  if (entered.length === 0) return [resting];
  const request = toRequest(how, messages);
  const paid = await pay(run, request, entered.length);
  if (typeof paid === 'string') {
    for (const leave of entered) leave('none');
    return [{ costMicros: 0, ok: false, fault: 'budget', detail: paid }];
  }
  const samples = entered.map((leave, index) =>
    sample({ run, leave, request, paid: paid?.[index] }),
  );
  const asked = await Promise.all(samples);
  return entered.length < count ? [...asked, resting] : asked;
}

interface Sampling {
  readonly run: StageRun;
  /** Of the breaker that was entered. */
  readonly leave: Leave;
  readonly request: ReturnType<typeof toRequest>;
  readonly paid: Spending | undefined;
}

async function sample({ run, leave, request, paid }: Sampling): Promise<Sample> {
  const { how, clock, question, nonce, signal } = run;
  const asked = await askModel(how.model, request, {
    clock,
    ms: how.deadlineMs,
    ...(paid === undefined ? {} : { again: paid.again }),
    ...(signal === undefined ? {} : { signal }),
  });
  leave(asked.ok || asked.fault === 'invalid' ? 'good' : 'bad');
  const usage = asked.ok ? asked.answer.usage : asked.usage;
  const costMicros = (await paid?.settle(usage)) ?? 0;
  if (!asked.ok) return { ok: false, fault: asked.fault, detail: asked.detail, costMicros };
  const read = readAnswer(asked.answer.text, { nonce, fingerprint: question.call.fingerprint });
  if (!read.ok) return { costMicros, ok: false, fault: 'invalid', detail: read.detail };
  return { costMicros, ok: true, answer: read.answer, probability: asked.answer.probability };
}

function toRequest(
  { maxOutputTokens, samples = 1 }: StageOptions,
  messages: readonly ModelMessage[],
) {
  return {
    messages,
    schema: answerSchema,
    schemaName: 'judgement',
    maxOutputTokens,
    probabilityOf: 'outcome',
    // several samples must be able to differ
    ...(samples > 1 ? {} : { temperature: 0 }),
  };
}

/** What was paid in advance, undefined where nothing costs, or why nothing may be asked. */
async function pay(
  { budget, how, question, clock }: StageRun,
  request: SizedRequest,
  requests: number,
): Promise<readonly Spending[] | undefined | string> {
  if (budget === undefined) return undefined;
  const session = question.call.seat.session.id;
  const price = how.price ?? { inputMicros: 0, outputMicros: 0 };
  try {
    const asking = { session, price, request, nowMs: clock.nowMs() };
    const spending = await budget.spendAll(asking, requests);
    return spending.ok ? spending.each : 'the budget is used up';
  } catch {
    // without counters or a log nothing is spent
    return 'the counters or the log did not answer';
  }
}

/** What several samples say together: the verdict of most, the stricter on a tie, and how many agree. */
function agree(
  run: StageRun,
  prompt: Prompt,
  samples: readonly (Sample & { readonly ok: true })[],
) {
  const all = samples.map(({ answer, probability }) => ({
    answer,
    probability,
    ...deriveVerdict(answer),
  }));
  const votes = (verdict: Verdict): number => all.filter((each) => each.verdict === verdict).length;
  const verdict = (['allow', 'review', 'deny'] as const).reduce((best, next) => {
    if (votes(next) === votes(best)) return votes(next) > 0 ? stricterVerdict(best, next) : best;
    return votes(next) > votes(best) ? next : best;
  });
  const first = all.find((each) => each.verdict === verdict);
  if (first === undefined) return { ok: false, fault: 'invalid', detail: 'no sample' } as const;
  const score = all.length > 1 ? votes(verdict) / all.length : first.probability;
  const judge = { model: run.how.model.name, prompt: prompt.hash, samples: all.length };
  const confidence = run.calibration().confidenceOf(score, { ...judge, tier: run.tier, verdict });
  return {
    ok: true,
    answer: first.answer,
    verdict,
    isDisagreement: all.some((each) => each.isDisagreement),
    ...(score === undefined ? {} : { score }),
    ...(confidence === undefined ? {} : { confidence }),
  } as const;
}
