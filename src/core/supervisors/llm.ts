import { stricter, type Decision } from '../model/decision.ts';
import type { Supervisor } from '../model/extension.ts';
import type { Judge, Judgement } from './judge/judgement.ts';
import { createRuleBasedSupervisor, type RuleBasedOptions } from './rule-based.ts';

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
}: LLMOptions): LLMSupervisor {
  const byRules = rules && createRuleBasedSupervisor(rules);
  return {
    name: 'llm',
    async decide(call, facts) {
      const { soFar } = facts;
      // no model need be asked about what is denied anyway
      if (soFar?.verdict === 'deny') return soFar;
      const rulesVersion = soFar?.rulesVersion ?? '';
      const judgement = await judge.judge({ call, facts, rulesVersion, rules: [] });
      const decision = toDecision(judgement, onUnavailable, facts.nowMs + approvalMs);
      if (byRules === undefined || rules?.current().version === rulesVersion) return decision;
      return stricter(decision, await byRules.decide(call, facts));
    },
  };
}

function toDecision(
  judgement: Judgement,
  onUnavailable: 'review' | 'deny',
  expiresAtMs: number,
): Decision {
  const verdict = 'fault' in judgement ? onUnavailable : judgement.verdict;
  const { code, reason, report } = judgement;
  const explanation = { matched: 'default', shadow: [], judge: report } as const;
  const why = { by: 'judge', code, reason, explanation };
  if (verdict !== 'review') return { ...why, verdict };
  return {
    ...why,
    verdict,
    demands: [{ by: 'judge', code: 'JUDGE_REVIEW', quorum: 1 }],
    expiresAtMs,
  };
}
