import type { Facts, ToolCall } from '../../core/model/call.ts';
import type { Verdict } from '../../core/model/decision.ts';
import type { Clock, Ids } from '../../core/model/ports.ts';
import { sha256Hex } from '../../core/model/sha256.ts';
import { createCalibration, type Tier } from '../../core/supervisors/judge/calibration.ts';
import type { Judge, JudgeFault, Judgement } from '../../core/supervisors/judge/judgement.ts';
import {
  createQuestioner,
  type Answered,
  type QuestionerOptions,
} from '../../core/supervisors/judge/questioner.ts';
import { settle } from '../../core/supervisors/judge/settle.ts';
import type { StageResult } from '../../core/supervisors/judge/stage.ts';
import { createLLMSupervisor } from '../../core/supervisors/llm.ts';
import type { Answers } from './answers.ts';
import { createMeter, type Meter } from './meter.ts';
import type { JudgePlan } from './plan.ts';

/** What one judge said, or why it said nothing that counts. */
export type JudgeSaid = {
  readonly stage: 1 | 2;
  readonly model: string;
  readonly prompt: string;
  readonly samples: number;
} & (
  | {
      readonly verdict: Verdict;
      readonly score: number | undefined;
      readonly confidence: number | undefined;
    }
  | { readonly fault: JudgeFault | 'unrecorded' }
);

/** What became of one question. */
export interface Answer {
  readonly tier: Tier;
  /** Of the judge as it is configured: calibration and threshold count. */
  readonly verdict: Verdict | 'fault';
  /** Of the model: as if every confidence were enough. */
  readonly said: Verdict | 'fault';
  readonly fault: JudgeFault | 'unrecorded' | undefined;
  /** For operators: our words. */
  readonly detail: string;
  /** Of the judge that settled it, as what follows; 0 where none did. */
  readonly stage: 0 | 1 | 2;
  readonly model: string;
  readonly prompt: string;
  readonly score: number | undefined;
  readonly confidence: number | undefined;
  /** 0..1, how much speaks against the call: see docs/judge-bench.md. */
  readonly risk: number | undefined;
  readonly latencyMs: number;
  readonly costMicros: number | undefined;
  /** The model's own words. */
  readonly rationale: string;
  /** All that were asked, in order. */
  readonly judges: readonly JudgeSaid[];
}

export interface Around {
  readonly plan: JudgePlan;
  readonly answers: Answers;
  /** Of the question, the same in every run: what was recorded stays valid. */
  readonly seed: string;
}

/** Puts to a judge of its own what `supervisor: llm` would ask of the call. Nothing is remembered from call to call. */
export async function measure(call: ToolCall, facts: Facts, around: Around): Promise<Answer> {
  const { plan, seed } = around;
  const answers = around.answers.open();
  const meter = createMeter(answers, plan.prices);
  const options = toOptions(plan, { seed, clock: answers.clock, meter });
  const { tier, judgement, results } = await ask({ call, facts, plan }, options);
  const { isUnrecorded, costMicros, latencyMs } = await meter.finish();
  const isParallel = results.filter(({ stage }) => stage === 2).length > 1;
  const { report } = judgement;
  const fault = 'fault' in judgement ? judgement.fault : undefined;
  const judges = results.map((result) => toSaid(result, isUnrecorded));
  const last = settlingOf({ judges, stage: report.stage }).at(-1);
  return {
    tier,
    verdict: verdictOf(judgement),
    // no confidence is below this threshold, and what it was not shown is not its fault
    said: verdictOf(settle(results, { threshold: -1, isHidden: false, latencyMs: 0 })),
    fault: isUnrecorded ? 'unrecorded' : fault,
    detail: report.detail ?? '',
    stage: report.stage,
    model: report.model ?? '',
    prompt: report.prompt ?? '',
    score: last?.score,
    confidence: last?.confidence,
    risk: riskOf({ judges, stage: report.stage }),
    latencyMs: latencyMs({ samples: plan.samples, isParallel }),
    costMicros,
    rationale: report.rationale ?? '',
    judges,
  };
}

/** The judge of one question; its breakers see no other. */
function toOptions(
  plan: JudgePlan,
  { seed, clock, meter }: Pick<Around, 'seed'> & { readonly clock: Clock; readonly meter: Meter },
): QuestionerOptions {
  return {
    ...plan.stages(meter.open),
    policy: () => plan.policy,
    threshold: plan.threshold,
    calibration: () => createCalibration(plan.curves),
    clock,
    ids: createSeededIds(seed),
  };
}

/** Through the supervisor itself, so that the question is its own. */
async function ask(
  { call, facts, plan }: Pick<Around, 'plan'> & { readonly call: ToolCall; readonly facts: Facts },
  options: QuestionerOptions,
): Promise<Answered> {
  const questioner = createQuestioner(options);
  let answered: Answered | undefined;
  const judge: Pick<Judge, 'judge'> = {
    async judge(question) {
      answered = await questioner.ask(question, plan.prompts);
      return answered.judgement;
    },
  };
  await createLLMSupervisor({ judge, onUnavailable: 'review', approvalMs: 1 }).decide(call, facts);
  if (answered === undefined) throw new TypeError('the supervisor asked no judge');
  return answered;
}

function verdictOf(judgement: Judgement): Verdict | 'fault' {
  return 'fault' in judgement ? 'fault' : judgement.verdict;
}

function toSaid(result: StageResult, isUnrecorded: boolean): JudgeSaid {
  const { stage, model, prompt, samples } = result;
  const of = { stage, model, prompt, samples };
  if (!result.ok) {
    const isMissing = isUnrecorded && result.detail === 'MODEL_MISCONFIGURED';
    return { ...of, fault: isMissing ? 'unrecorded' : result.fault };
  }
  const { verdict, score, confidence } = result;
  return { ...of, verdict, score, confidence };
}

type Spoke = Extract<JudgeSaid, { readonly verdict: Verdict }>;

/** The judges whose word it is: one, or two at once. */
export function settlingOf({ judges, stage }: Pick<Answer, 'judges' | 'stage'>): readonly Spoke[] {
  return judges.flatMap((each) => ('verdict' in each && each.stage === stage ? [each] : []));
}

/** The highest of the judges that settled it, and of a first stage that denied: its doubt makes a review. */
function riskOf(answer: Pick<Answer, 'judges' | 'stage'>): number | undefined {
  const settling = settlingOf(answer);
  const doubting = answer.judges.flatMap((each) =>
    'verdict' in each && each.stage < answer.stage && each.verdict === 'deny' ? [each] : [],
  );
  const risks = [...settling, ...doubting].map(({ verdict, score }) => {
    if (score === undefined) return Number.NaN;
    return verdict === 'allow' ? 1 - score : score;
  });
  const highest = Math.max(...risks);
  // one without a score makes it unknown, and so does nobody
  return highest >= 0 && highest <= 1 ? highest : undefined;
}

/** Nonce and boundary of a question, the same each time. */
function createSeededIds(seed: string): Ids {
  let next = 0;
  return { id: () => sha256Hex(`${seed} ${(next += 1)}`).slice(0, 32) };
}
