import { stricter, stricterVerdict, type Decision, type Review } from '../model/decision.ts';
import type { Supervisor } from '../model/extension.ts';
import type { Counters } from '../model/ports.ts';
import { hasFullLimit } from './full-limits.ts';
import type { Judge, Judgement } from './judge/judgement.ts';
import { createRuleBasedSupervisor, type RuleBasedOptions } from './rule-based.ts';
import { tellRuled } from './tell-ruled.ts';

/** Decides by a model, after the supervisors before it. */
export interface LLMSupervisor extends Supervisor {
  readonly name: 'llm';
}

export interface LLMOptions {
  readonly judge: Pick<Judge, 'judge'>;
  /** What a model that fails makes of a call. */
  readonly onUnavailable: 'review' | 'deny';
  /** How long an approval lives that the model asks for, in milliseconds. */
  readonly approvalMs: number;
  /** The rules in force, asked again where they changed while the model was; left out: what was decided before stands. */
  readonly rules?: RuleBasedOptions;
  /** A call over a limit is refused anyway and costs no question; left out: it does. */
  readonly counters?: Pick<Counters, 'reserve'>;
}

/**
 * Makes a supervisor that judges every call which nobody before it denied; joined by the stricter like every added one, so
 * that it can only tighten. To let a model loosen what a rule says, give the rule a span and take the hybrid one.
 */
export function createLLMSupervisor({
  judge,
  onUnavailable,
  approvalMs,
  rules,
  counters,
}: LLMOptions): LLMSupervisor {
  const byRules = rules && createRuleBasedSupervisor(rules);
  return {
    name: 'llm',
    async decide(call, facts) {
      const { soFar } = facts;
      // no model need be asked about what is denied anyway
      if (soFar?.verdict === 'deny') return soFar;
      const { nowMs } = facts;
      if (counters && soFar && (await hasFullLimit(soFar, { counters, nowMs }))) {
        return toReview(overLimit, nowMs + approvalMs);
      }
      const rulesVersion = soFar?.rulesVersion ?? '';
      const judgement = await judge.judge({ call, facts, rulesVersion, rules: [] });
      const decision = toDecision(judgement, onUnavailable, nowMs + approvalMs);
      const isCurrent = byRules === undefined || rules?.current().version === rulesVersion;
      const now = isCurrent ? undefined : await byRules.decide(call, facts);
      const joined = now === undefined ? decision : stricter(decision, now);
      // it can only tighten: where it did not, what was decided before stands by itself
      const isFirst = soFar?.by !== 'rules' || joined.by !== 'judge';
      if (isFirst || stricterVerdict(soFar.verdict, joined.verdict) === soFar.verdict)
        return joined;
      return tellRuled(joined, now === undefined ? soFar : stricter(soFar, now), judgement.report);
    },
  };
}

/** Should the limit be free again in a moment, a person looks in the place of the model. */
const overLimit = {
  by: 'judge',
  code: 'JUDGE_REVIEW',
  reason: 'a limit is used up, so the judging model was not asked',
} as const;

function toDecision(
  judgement: Judgement,
  onUnavailable: 'review' | 'deny',
  expiresAtMs: number,
): Decision {
  const verdict = 'fault' in judgement ? onUnavailable : judgement.verdict;
  const { code, reason, report } = judgement;
  const explanation = { matched: 'default', shadow: [], judge: report } as const;
  const why = { by: 'judge', code, reason, explanation };
  return verdict === 'review' ? toReview(why, expiresAtMs) : { ...why, verdict };
}

function toReview(
  why: Pick<Decision, 'by' | 'code' | 'reason' | 'explanation'>,
  expiresAtMs: number,
): Review {
  const demands = [{ by: 'judge', code: 'JUDGE_REVIEW', quorum: 1 }];
  return { ...why, verdict: 'review', demands, expiresAtMs };
}
