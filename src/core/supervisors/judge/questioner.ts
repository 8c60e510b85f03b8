import type { Clock, Ids } from '../../model/ports.ts';
import type { PromptSet } from '../../model/prompt.ts';
import { createBreaker, type Breaker } from './breaker.ts';
import type { Budget } from './budget.ts';
import type { Calibration, Tier } from './calibration.ts';
import { collectEvidence, type Evidence } from './evidence.ts';
import type { Judgement, JudgeQuestion } from './judgement.ts';
import { runStage, type StageResult } from './stage.ts';
import type { StageOptions } from './stage-options.ts';
import { settle } from './settle.ts';
import { tierOf, type AtLeast } from './tier.ts';

export interface QuestionerOptions {
  /** The operator's own words on what agents may do; read once a judgement. */
  readonly policy: () => string;
  /** A small model for a quick look; left out: every call goes to the strong one. */
  readonly stage1?: StageOptions;
  readonly stage2: StageOptions;
  /** Asked beside stage 2 where much is at stake, with another prompt: both must allow. */
  readonly secondOpinion?: StageOptions;
  /** 0..1, default 0.8: calibrated confidence below which nothing is allowed without a person. */
  readonly threshold: number;
  /** Left out: the manifests alone say how much is at stake. */
  readonly atLeast?: AtLeast;
  readonly calibration: () => Calibration;
  readonly budget?: Budget;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** A judgement, and what each model said that it was made from. */
export interface Answered {
  readonly tier: Tier;
  readonly judgement: Judgement;
  readonly results: readonly StageResult[];
}

/** Puts a question to the models of its tier. Rejects only where a port does. */
export interface Questioner {
  ask(question: JudgeQuestion, prompts: PromptSet, signal?: AbortSignal): Promise<Answered>;
  /** Models that are given a rest after an outage. */
  resting(): readonly string[];
}

/** Of the provider: failures in a row, and the rest it is then given. */
const outage = { maxFailures: 5, restMs: 30_000 };

export function createQuestioner(options: QuestionerOptions): Questioner {
  const { clock, ids, threshold } = options;
  const breakers = new Map<string, Breaker>();
  const breakerOf = (model: string): Breaker => {
    const breaker = breakers.get(model) ?? createBreaker({ clock, ...outage });
    breakers.set(model, breaker);
    return breaker;
  };
  return {
    async ask(question, prompts, signal) {
      const startMs = clock.monotonicMs();
      const nonce = ids.id();
      const evidence = collectEvidence(question, { policy: options.policy(), nonce });
      const tier = tierOf(question.facts.tool.manifest, question.call, options.atLeast);
      const stop = signal === undefined ? {} : { signal };
      const run = { ...options, ...stop, breakerOf, prompts, question, evidence, nonce, tier };
      const stage = (number: 1 | 2, name: string, how: StageOptions): Promise<StageResult> =>
        runStage({ ...run, number, name, how });
      const results = await askStages(options, { tier, evidence, stage });
      const { isHidden } = evidence;
      const latencyMs = clock.monotonicMs() - startMs;
      return { tier, results, judgement: settle(results, { threshold, isHidden, latencyMs }) };
    },
    resting: () => [...breakers].flatMap(([model, { isOpen }]) => (isOpen ? [model] : [])),
  };
}

interface Run {
  readonly tier: Tier;
  readonly evidence: Evidence;
  readonly stage: (number: 1 | 2, name: string, how: StageOptions) => Promise<StageResult>;
}

/** The results that count, in the order they were asked. */
async function askStages(
  { stage1, stage2, secondOpinion, threshold }: QuestionerOptions,
  { tier, evidence, stage }: Run,
): Promise<readonly StageResult[]> {
  if (tier === 'high' && secondOpinion !== undefined) {
    return Promise.all([
      stage(2, 'judge-stage-2', stage2),
      stage(2, 'judge-second-opinion', secondOpinion),
    ]);
  }
  // a quick look settles nothing where much is at stake, or where it does not see everything
  if (stage1 === undefined || tier === 'high' || evidence.isPartial) {
    return [await stage(2, 'judge-stage-2', stage2)];
  }
  const first = await stage(1, 'judge-stage-1', stage1);
  if (first.ok && first.verdict !== 'review' && isSure(first, threshold)) return [first];
  return [first, await stage(2, 'judge-stage-2', stage2)];
}

function isSure({ confidence }: { readonly confidence?: number }, threshold: number): boolean {
  return confidence !== undefined && confidence >= threshold;
}
