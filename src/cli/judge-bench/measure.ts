import type { Facts, ToolCall } from '../../core/model/call.ts';
import type { Verdict } from '../../core/model/decision.ts';
import type { Ids } from '../../core/model/ports.ts';
import { sha256Hex } from '../../core/model/sha256.ts';
import { createDenialBreaker } from '../../core/supervisors/judge/breaker.ts';
import { createCalibration, type Tier } from '../../core/supervisors/judge/calibration.ts';
import { createJudge, tierOf } from '../../core/supervisors/judge/judge.ts';
import type { Judge, JudgeFault, Judgement } from '../../core/supervisors/judge/judgement.ts';
import { settle } from '../../core/supervisors/judge/settle.ts';
import type { StageResult } from '../../core/supervisors/judge/stage.ts';
import { createLLMSupervisor } from '../../core/supervisors/llm.ts';
import type { Answers } from './answers.ts';
import { createMeter, type Meter } from './meter.ts';
import type { JudgePlan } from './plan.ts';

/** What one judge said: for its curve. */
export interface StageSaid {
  readonly model: string;
  readonly prompt: string;
  readonly verdict: Verdict;
  readonly score: number | undefined;
}

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
  /** Of the judge that spoke last. */
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
  readonly stages: readonly StageSaid[];
}

export interface Around {
  readonly plan: JudgePlan;
  readonly answers: Answers;
  /** Of the question, the same in every run: what was recorded stays valid. */
  readonly seed: string;
}

/** Puts to a judge of its own what `supervisor: llm` would ask of the call. Nothing is remembered from call to call. */
export async function measure(call: ToolCall, facts: Facts, around: Around): Promise<Answer> {
  const { plan, answers } = around;
  const meter = createMeter(answers, plan.prices);
  const { judgement, results } = await ask(call, facts, { ...around, meter });
  const { isUnrecorded, costMicros, latencyMs } = await meter.finish();
  const isParallel = results.filter(({ stage }) => stage === 2).length > 1;
  const { report } = judgement;
  const fault = 'fault' in judgement ? judgement.fault : undefined;
  return {
    tier: tierOf(facts.tool.manifest),
    verdict: verdictOf(judgement),
    // no confidence is below this threshold
    said: verdictOf(settle(results, { threshold: -1, latencyMs: 0 })),
    fault: isUnrecorded ? 'unrecorded' : fault,
    detail: report.detail ?? '',
    model: report.model ?? '',
    prompt: report.prompt ?? '',
    ...scoresOf(results, report.stage),
    latencyMs: latencyMs({ samples: plan.samples, isParallel }),
    costMicros,
    rationale: report.rationale ?? '',
    stages: results.flatMap((each) => (each.ok ? [toSaid(each)] : [])),
  };
}

async function ask(
  call: ToolCall,
  facts: Facts,
  { plan, answers, seed, meter }: Around & { readonly meter: Meter },
): Promise<{ readonly judgement: Judgement; readonly results: readonly StageResult[] }> {
  let results: readonly StageResult[] = [];
  let judgement = settle([], { threshold: plan.threshold, latencyMs: 0 });
  const judge = createJudge({
    ...plan.stages(meter.open),
    prompts: () => plan.prompts,
    policy: () => plan.policy,
    threshold: plan.threshold,
    calibration: () => createCalibration(plan.curves),
    denials: createDenialBreaker(),
    cacheMs: 0,
    clock: answers.clock(),
    ids: createSeededIds(seed),
    emit: () => undefined,
    onStages: (heard) => (results = heard),
  });
  const heard: Judge = {
    ...judge,
    judge: async (question) => (judgement = await judge.judge(question)),
  };
  const supervisor = createLLMSupervisor({ judge: heard, onUnavailable: 'review', approvalMs: 1 });
  await supervisor.decide(call, facts);
  return { judgement, results };
}

function verdictOf(judgement: Judgement): Verdict | 'fault' {
  return 'fault' in judgement ? 'fault' : judgement.verdict;
}

function toSaid({ model, prompt, verdict, score }: StageResult & { readonly ok: true }): StageSaid {
  return { model, prompt, verdict, score };
}

/** Of the judges of the stage that settled it; of two, what speaks more against the call. */
function scoresOf(
  results: readonly StageResult[],
  stage: number,
): Pick<Answer, 'score' | 'confidence' | 'risk'> {
  const spoke = results.filter((each) => each.ok && each.stage === stage);
  const all = spoke.flatMap((each) => (each.ok ? [each] : []));
  const risks = all.flatMap(({ verdict, score }) =>
    score === undefined ? [] : [verdict === 'allow' ? 1 - score : score],
  );
  const last = all.at(-1);
  return {
    score: last?.score,
    confidence: last?.confidence,
    risk: all.length > 0 && risks.length === all.length ? Math.max(...risks) : undefined,
  };
}

/** Nonce and boundary of a question, the same each time. */
function createSeededIds(seed: string): Ids {
  let next = 0;
  return { id: () => sha256Hex(`${seed} ${(next += 1)}`).slice(0, 32) };
}
