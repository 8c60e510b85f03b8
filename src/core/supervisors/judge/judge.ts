import type { Verdict } from '../../model/decision.ts';
import type { JsonObject } from '../../model/json.ts';
import { joinKey } from '../../model/length-prefixed.ts';
import type { Clock, Ids } from '../../model/ports.ts';
import type { PromptSet } from '../../model/prompt.ts';
import { isIrreversible, undeclaredManifest, type Manifest } from '../../model/tool.ts';
import { createBreaker, type Breaker, type DenialBreaker } from './breaker.ts';
import type { Budget } from './budget.ts';
import type { Calibration, Tier } from './calibration.ts';
import { collectEvidence, evidenceLimits, type Evidence } from './evidence.ts';
import type { Judge, Judgement, JudgeQuestion } from './judgement.ts';
import { listLeafValues } from './leaves.ts';
import { createJudgeMemory, type QuestionKey } from './memory.ts';
import { runStage, type StageResult } from './stage.ts';
import type { StageOptions } from './stage-options.ts';
import { settle } from './settle.ts';

export interface JudgeOptions {
  /** Read once a judgement. */
  readonly prompts: () => PromptSet;
  /** The operator's own words on what agents may do; read once a judgement. */
  readonly policy: () => string;
  /** A small model for a quick look; left out: every call goes to the strong one. */
  readonly stage1?: StageOptions;
  readonly stage2: StageOptions;
  /** Asked beside stage 2 where much is at stake, with another prompt: both must allow. */
  readonly secondOpinion?: StageOptions;
  /** 0..1, default 0.8: calibrated confidence below which nothing is allowed without a person. */
  readonly threshold: number;
  readonly calibration: () => Calibration;
  readonly budget?: Budget;
  readonly denials: DenialBreaker;
  /** Milliseconds an answer may be used again; 0: never. */
  readonly cacheMs: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly emit: (name: string, event: JsonObject) => void;
}

const maxKept = 10_000;
/** Of the provider: failures in a row, and the rest it is then given. */
const outage = { maxFailures: 5, restMs: 30_000 };

/** How much is at stake, from what the host declared of the tool. */
export function tierOf(manifest: Manifest = undeclaredManifest): Tier {
  if (manifest.effect === 'admin' || isIrreversible(manifest)) return 'high';
  if (manifest.effect === 'write') return manifest.external === true ? 'high' : 'medium';
  return manifest.external === true ? 'medium' : 'low';
}

/** Judges by one or two stages, or two judges at once where much is at stake (spec: judge). */
export function createJudge(options: JudgeOptions): Judge {
  const { clock, denials, emit } = options;
  const memory = createJudgeMemory({ clock, lifeMs: options.cacheMs, maxKept });
  const breakers = new Map<string, Breaker>();
  const breakerOf = (model: string): Breaker => {
    const breaker = breakers.get(model) ?? createBreaker({ clock, ...outage });
    breakers.set(model, breaker);
    return breaker;
  };

  const ask = async (question: JudgeQuestion, prompts: PromptSet): Promise<Judgement> => {
    const startMs = clock.monotonicMs();
    const policy = options.policy();
    const nonce = options.ids.id();
    const evidence = collectEvidence(question, { policy, nonce });
    const tier = tierOf(question.facts.tool.manifest);
    const stage = (number: 1 | 2, name: string, how: StageOptions): Promise<StageResult> =>
      runStage({
        ...options,
        breakerOf,
        prompts,
        question,
        evidence,
        nonce,
        tier,
        number,
        name,
        how,
      });
    const results = await askStages(options, { tier, evidence, stage });
    const judgement = settle(results, {
      threshold: options.threshold,
      latencyMs: clock.monotonicMs() - startMs,
    });
    tell(emit, question, tier, judgement, results);
    return judgement;
  };

  /** A fault of our own is a fault like any other. */
  const askSafely = async (question: JudgeQuestion, prompts: PromptSet): Promise<Judgement> => {
    try {
      return await ask(question, prompts);
    } catch (error) {
      emit('judge.failed', {
        callId: question.call.id,
        code: 'JUDGE_UNAVAILABLE',
        reason: String(error),
      });
      return settle([], { threshold: options.threshold, latencyMs: 0 });
    }
  };

  return {
    async judge(question) {
      const session = question.call.seat.session.id;
      if (denials.isPaused(session)) return paused;
      const prompts = options.prompts();
      const key = keyOf(question, prompts, options);
      const manifest = question.facts.tool.manifest ?? undeclaredManifest;
      const judgement = await memory.recall(key, () => askSafely(question, prompts), {
        isIrreversible: isIrreversible(manifest),
      });
      if ('verdict' in judgement) denials.record(session, judgement.verdict === 'deny');
      return judgement;
    },
    forget: memory.forget,
    resume: denials.reset,
    problems: () =>
      [...breakers].flatMap(([model, { isOpen }]) =>
        isOpen
          ? [`the model \`${model}\` does not answer; it is tried again every 30 seconds`]
          : [],
      ),
  };
}

const paused: Judgement = {
  verdict: 'review',
  code: 'JUDGE_PAUSED',
  reason: 'the judging model denied too often in this session, so a person must decide',
  report: { stage: 0, latencyMs: 0, fault: 'paused' },
};

interface Run {
  readonly tier: Tier;
  readonly evidence: Evidence;
  readonly stage: (number: 1 | 2, name: string, how: StageOptions) => Promise<StageResult>;
}

/** The results that count, in the order they were asked. */
async function askStages(
  { stage1, stage2, secondOpinion, threshold }: JudgeOptions,
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

/** Everything that an answer depends on; what is left out here could be answered for somebody else. */
function keyOf(
  { call, facts, rulesVersion, rules }: JudgeQuestion,
  prompts: PromptSet,
  { policy, stage1, stage2, secondOpinion }: JudgeOptions,
): QuestionKey {
  const { session, ring, env, soFar } = facts;
  // of just those that the model is shown
  const shown = listLeafValues(call.args, evidenceLimits.maxOrigins);
  const origins = shown.map((value) => session.originOf(value).origin);
  const models = [stage1, stage2, secondOpinion].map((how) => how?.model.name ?? '');
  return {
    // the fingerprint stands for tool, action, definition, arguments, agent and session
    text: joinKey(
      call.fingerprint,
      rulesVersion,
      prompts.version,
      policy(),
      joinKey(...models),
      joinKey(...call.seat.agent.roles),
      joinKey(...[...session.labels].toSorted()),
      joinKey(...origins),
      joinKey(...rules.map(({ name }) => name)),
      `${ring} ${env} ${soFar?.verdict ?? ''} ${session.overflowed}`,
    ),
    said: session.userTexts,
  };
}

function tell(
  emit: JudgeOptions['emit'],
  { call }: JudgeQuestion,
  tier: Tier,
  judgement: Judgement,
  results: readonly StageResult[],
): void {
  const verdict: Verdict | 'fault' = 'verdict' in judgement ? judgement.verdict : 'fault';
  const { stage, model = '', latencyMs, costMicros = 0 } = judgement.report;
  const about = { callId: call.id, tool: call.tool, action: call.action, tier };
  const code = judgement.code;
  emit('judge.answered', { ...about, verdict, code, stage, model, latencyMs, costMicros });
  for (const result of results) {
    if (result.ok && result.isDisagreement)
      emit('judge.disagreed', { ...about, model: result.model });
    if (!result.ok) emit('judge.failed', { ...about, code, reason: result.detail });
  }
}
