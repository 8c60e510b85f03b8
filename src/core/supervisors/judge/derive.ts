import { stricterVerdict, type Verdict } from '../../model/decision.ts';
import type { Answer } from './answer.ts';

/** What follows from an answer, and whether the model itself would have said the same. */
export interface Derived {
  readonly verdict: Verdict;
  /** The model's `outcome` is not what follows from its own words: a person looks, and it is counted. */
  readonly isDisagreement: boolean;
}

/**
 * The verdict, made in code from what the model said of risk, authorisation, intent, policy and context (spec: judge).
 * Every rule here can only make it stricter; the model's own `outcome` too.
 */
export function deriveVerdict(answer: Answer): Derived {
  const reasons: readonly Verdict[] = [
    byRisk(answer),
    answer.injectionEvidence.length > 0 ? 'deny' : 'allow',
    byIntent(answer),
    byPolicy(answer),
    byContext(answer),
  ];
  const verdict = reasons.reduce(stricterVerdict);
  const isDisagreement = verdict !== answer.outcome;
  return { verdict: isDisagreement ? stricterVerdict(verdict, 'review') : verdict, isDisagreement };
}

function byRisk({ riskLevel, userAuthorization }: Answer): Verdict {
  if (riskLevel === 'critical') return 'deny';
  if (riskLevel !== 'high') return 'allow';
  return isAuthorized(userAuthorization) ? 'allow' : 'review';
}

function isAuthorized(authorization: Answer['userAuthorization']): boolean {
  return authorization === 'medium' || authorization === 'high';
}

/** What nobody asked for: harmless things are looked at, dangerous ones do not happen. */
function byIntent({ intentMatch, riskLevel }: Answer): Verdict {
  if (intentMatch === 'mismatch') return riskLevel === 'high' ? 'deny' : 'review';
  return intentMatch === 'unknown' && riskLevel === 'high' ? 'review' : 'allow';
}

function byPolicy({ policyAlignment, riskLevel }: Answer): Verdict {
  if (policyAlignment === 'violates') return 'deny';
  return policyAlignment === 'unclear' && riskLevel !== 'low' ? 'review' : 'allow';
}

function byContext({ contextFit, riskLevel }: Answer): Verdict {
  return contextFit === 'unusual' && riskLevel !== 'low' ? 'review' : 'allow';
}
