import type { Supervisor } from '../model/extension.ts';
import type { RuleSet } from '../rules/rule-set.ts';

/** Decides by the rules in force. */
export interface RuleBasedSupervisor extends Supervisor {
  readonly name: 'rules';
}

export interface RuleBasedOptions {
  /** The rule set in force; read once a decision, so that no decision mixes two. */
  readonly current: () => RuleSet;
  /** How long an approval lives that a rule asks for, in milliseconds. */
  readonly approvalMs: number;
}

/** Makes the supervisor that every hypervisor has. */
export function createRuleBasedSupervisor({
  current,
  approvalMs,
}: RuleBasedOptions): RuleBasedSupervisor {
  return {
    name: 'rules',
    decide: async (call, { tool, ring, env, nowMs, session }) =>
      current().decide(call, { tool, ring, env, nowMs, session, approvalMs }),
  };
}
