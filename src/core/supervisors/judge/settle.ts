import { stricterVerdict, type JudgeReport, type Verdict } from '../../model/decision.ts';
import type { JudgeFault, Judgement } from './judgement.ts';
import type { StageResult } from './stage.ts';

const faultCodes = {
  unavailable: 'JUDGE_UNAVAILABLE',
  timeout: 'JUDGE_TIMEOUT',
  invalid: 'JUDGE_INVALID',
  budget: 'JUDGE_BUDGET',
} as const satisfies Record<JudgeFault, string>;

const faultReasons = {
  unavailable: 'the judging model cannot be reached',
  timeout: 'the judging model did not answer in time',
  invalid: 'the judging model gave no valid answer',
  budget: 'the budget of the judging model is used up',
} as const satisfies Record<JudgeFault, string>;

export interface SettleOptions {
  readonly threshold: number;
  /** What no judge was shown is allowed by none. */
  readonly isHidden: boolean;
  readonly latencyMs: number;
}

/**
 * What all judges that were asked say together. An allow needs every one that answered, a last one that did answer, and
 * confidence; a doubt makes a review, and a fault of the last one a fault of all.
 */
export function settle(
  results: readonly StageResult[],
  { threshold, isHidden, latencyMs }: SettleOptions,
): Judgement {
  const costMicros = results.reduce((sum, result) => sum + result.costMicros, 0);
  const numbers = { latencyMs, costMicros };
  const last = results.at(-1);
  const guessed = results.find((result) => !result.ok && result.isGuessed === true);
  if (guessed !== undefined) {
    const { report } = toFault(guessed, numbers);
    return { ...words.deny, reason: boundaryGuessed, verdict: 'deny', report };
  }
  const failed = results.find(
    (result) => !result.ok && (result.stage === 2 || results.length === 1),
  );
  const denied = results.find(
    (result) => result.ok && result.verdict === 'deny' && result.stage === 2,
  );
  // one of two judges that denies is enough, whatever became of the other
  const spoke = denied ?? (failed === undefined ? last : undefined);
  if (spoke === undefined || !spoke.ok) return toFault(failed ?? last, numbers);
  const answered = results.filter((result) => result.ok);
  const joined = answered
    .map(({ verdict, stage }): Verdict => (stage < spoke.stage ? asDoubt(verdict) : verdict))
    .reduce(stricterVerdict);
  const isUnsure = answered.some(
    ({ stage, confidence }) => stage === spoke.stage && !((confidence ?? -1) >= threshold),
  );
  if (joined === 'allow' && isHidden) {
    return {
      ...words.review,
      reason: tooLarge,
      verdict: 'review',
      report: toReport(spoke, numbers),
    };
  }
  const verdict = joined === 'allow' && isUnsure ? 'review' : joined;
  return { ...words[verdict], verdict, report: toReport(spoke, numbers) };
}

const boundaryGuessed = 'the arguments hold the boundary that is to keep them apart';

/** What a quick look says beside the thorough one: its denial is a doubt, its doubt is answered by the other. */
function asDoubt(verdict: Verdict): Verdict {
  return verdict === 'deny' ? 'review' : verdict === 'review' ? 'allow' : verdict;
}

const words = {
  allow: { code: 'JUDGE_ALLOWED', reason: 'the judging model found nothing against the call' },
  review: {
    code: 'JUDGE_REVIEW',
    reason: 'the judging model is not sure, so a person must decide',
  },
  deny: { code: 'JUDGE_DENIED', reason: 'the judging model speaks against this call' },
} as const;

const tooLarge =
  'the call is too large to show it whole to the judging model, so a person must decide';

function toFault(result: StageResult | undefined, numbers: Numbers): Judgement {
  const fault = result === undefined || result.ok ? 'unavailable' : result.fault;
  const detail = result === undefined || result.ok ? 'no judge was asked' : result.detail;
  const asked =
    result === undefined
      ? { stage: 0 as const }
      : { stage: result.stage, model: result.model, prompt: result.prompt };
  return {
    fault,
    code: faultCodes[fault],
    reason: faultReasons[fault],
    report: { ...asked, fault, detail, ...numbers },
  };
}

type Numbers = Pick<JudgeReport, 'latencyMs' | 'costMicros'>;

function toReport(result: StageResult & { readonly ok: true }, numbers: Numbers): JudgeReport {
  const { answer, stage, model, prompt, confidence } = result;
  return {
    stage,
    model,
    prompt,
    criteria: {
      intent: answer.intentMatch,
      risk: answer.riskLevel,
      alignment: answer.policyAlignment,
      context: answer.contextFit,
    },
    userAuthorization: answer.userAuthorization,
    injection: answer.injectionEvidence.map(({ field }) => field),
    rationale: answer.rationale,
    ...(confidence === undefined ? {} : { confidence }),
    ...numbers,
  };
}
