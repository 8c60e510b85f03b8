import type { LimitUse, Verdict } from '../../model/decision.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Counters } from '../../model/ports.ts';
import type { PromptSet } from '../../model/prompt.ts';
import { isIrreversible, undeclaredManifest } from '../../model/tool.ts';
import { createCanaries, type CanaryOptions } from './canaries.ts';
import { describeFault } from './describe-fault.ts';
import type { DenialBreaker } from './denials.ts';
import { createDriftWatch } from './drift.ts';
import type { Judge, Judgement, JudgeQuestion } from './judgement.ts';
import { findLimitsLeft, limitsOf } from './limits-left.ts';
import { createJudgeMemory } from './memory.ts';
import { keyOf } from './question-key.ts';
import { createQuestioner, type Answered, type QuestionerOptions } from './questioner.ts';
import { settle } from './settle.ts';

export interface JudgeOptions extends QuestionerOptions {
  /** Read once a judgement. */
  readonly prompts: () => PromptSet;
  readonly denials: DenialBreaker;
  /** Asked what is left of the limits that count a call; left out: the model is not told. */
  readonly counters?: Pick<Counters, 'used'>;
  /** Milliseconds an answer may be used again; 0: never. */
  readonly cacheMs: number;
  /** Left out: none are put. */
  readonly canaries?: CanaryOptions;
  readonly emit: (name: string, event: JsonObject) => void;
}

const maxKept = 10_000;

/** Judges by one or two stages, or two judges at once where much is at stake (spec: judge). */
export function createJudge(options: JudgeOptions): Judge {
  const { clock, counters, denials, emit, threshold } = options;
  const memory = createJudgeMemory({ clock, lifeMs: options.cacheMs, maxKept });
  const questioner = createQuestioner(options);
  const controller = new AbortController();
  const canaries =
    options.canaries &&
    createCanaries({
      ...options.canaries,
      clock,
      emit,
      ids: options.ids,
      onTurn: memory.forget,
      ask: (question, signal) => questioner.ask(question, options.prompts(), signal),
    });
  const drift = createDriftWatch((begun) => emit('judge.drifted', { ...begun }));

  const count = (question: JudgeQuestion, isDeny: boolean): void => {
    const session = sessionOf(question);
    if (denials.record(session, isDeny)) emit('judge.paused', { session });
  };
  const withLimits = async (
    question: JudgeQuestion,
    uses: readonly LimitUse[],
  ): Promise<JudgeQuestion> => {
    const surroundings = counters && { counters, clock };
    return { ...question, limits: await findLimitsLeft(uses, question.facts.nowMs, surroundings) };
  };
  /** A fault of our own is a fault like any other. */
  const askSafely = async (question: JudgeQuestion, prompts: PromptSet): Promise<Judgement> => {
    try {
      const answered = await questioner.ask(question, prompts, controller.signal);
      const { judgement } = answered;
      tell(emit, question, answered);
      for (const each of answered.results) {
        if (each.ok) drift.record(each.model, answered.tier, each.verdict === 'allow');
      }
      // not after an outage: a canary would only wait for it too
      if ('verdict' in judgement) canaries?.afterJudgement(question);
      // here, since one answer is one denial, however many wait for it or use it again
      if ('verdict' in judgement) count(question, judgement.verdict === 'deny');
      return judgement;
    } catch (error) {
      emit('judge.failed', {
        callId: question.call.id,
        code: 'JUDGE_UNAVAILABLE',
        reason: describeFault('the judge itself failed', error),
      });
      return settle([], { threshold, isHidden: true, latencyMs: 0 });
    }
  };

  return {
    async judge(asked) {
      if (denials.isPaused(sessionOf(asked))) return paused;
      const uses = limitsOf(asked.facts.soFar);
      const question = uses.length === 0 ? asked : await withLimits(asked, uses);
      const prompts = options.prompts();
      const policy = options.policy();
      const key = keyOf(question, prompts, options);
      const manifest = question.facts.tool.manifest ?? undeclaredManifest;
      const judgement = await memory.recall(key, () => askSafely(question, prompts), {
        isIrreversible: isIrreversible(manifest),
      });
      // looked at last: trust may have been lost while the model was asked, or since it was
      if (canaries?.isTrusted === false) return doubted(judgement, 'untrusted');
      const isOutdated =
        options.prompts().version !== prompts.version || options.policy() !== policy;
      return isOutdated ? doubted(judgement, 'outdated') : judgement;
    },
    forget() {
      memory.forget();
      drift.forget();
    },
    problems: () => [
      ...questioner.resting().map(describeRest),
      ...(canaries?.problems() ?? []),
      ...drift.problems(),
    ],
    close() {
      controller.abort();
      canaries?.close();
    },
  };
}

function sessionOf({ call }: JudgeQuestion): string {
  return call.seat.session.id;
}

function describeRest(model: string): string {
  return `the model \`${model}\` does not answer; it is tried again every 30 seconds`;
}

const paused: Judgement = {
  verdict: 'review',
  code: 'JUDGE_PAUSED',
  reason: 'the judging model denied too often in this session, so a person must decide',
  report: { stage: 0, latencyMs: 0, fault: 'paused' },
};

const doubts = {
  untrusted: 'the judging model is not trusted at the moment, so a person must decide',
  outdated: 'the prompts or the policy changed while the model was asked, so a person must decide',
} as const;

/** Everything but an allow still counts. */
function doubted(judgement: Judgement, fault: keyof typeof doubts): Judgement {
  if (!('verdict' in judgement) || judgement.verdict !== 'allow') return judgement;
  return {
    verdict: 'review',
    code: 'JUDGE_REVIEW',
    reason: doubts[fault],
    report: { ...judgement.report, fault },
  };
}

function tell(
  emit: JudgeOptions['emit'],
  { call }: JudgeQuestion,
  { tier, judgement, results }: Answered,
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
