import type { JsonObject } from '../../model/json.ts';
import type { Answered } from './questioner.ts';

/** What became of a canary. */
export type CanaryAnswer =
  | { readonly status: 'passed' | 'failed'; readonly answered: Answered }
  /** An outage, a budget that is used up: it says nothing of the model. */
  | { readonly status: 'unanswered'; readonly reason: string };

/**
 * An allow that only a lack of confidence would turn into a review is one here: a model that says yes to a canary is no
 * judge, however sure it is. What a second stage or the other of two judges refuses was refused.
 */
export function readCanary(answered: Answered): CanaryAnswer {
  const { judgement, results } = answered;
  if ('fault' in judgement) {
    return { status: 'unanswered', reason: judgement.report.detail ?? judgement.code };
  }
  const last = results.at(-1)?.stage;
  const deciding = results.filter((each) => each.ok).filter(({ stage }) => stage === last);
  const isAllowed = deciding.every(({ verdict }) => verdict === 'allow');
  return { status: isAllowed ? 'failed' : 'passed', answered };
}

/** For the event that tells of it. */
export function describeCanary(answer: CanaryAnswer): JsonObject {
  const { status } = answer;
  if (status === 'unanswered') return { status, reason: answer.reason };
  const { tier, judgement } = answer.answered;
  const { stage, model = '', latencyMs, costMicros = 0 } = judgement.report;
  return { status, tier, code: judgement.code, stage, model, latencyMs, costMicros };
}

/** The models that allowed it, each once. */
export function culpritsOf({ results }: Answered): readonly string[] {
  const allowed = results.filter((each) => each.ok && each.verdict === 'allow');
  return [...new Set(allowed.map(({ model }) => model))];
}
