import type { Supervisor } from '../model/extension.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { toRuleFacts, type RuleSurroundings } from './decide-by-rules.ts';

/** Decides by the rules in force. */
export interface RuleBasedSupervisor extends Supervisor {
  readonly name: 'rules';
}

export interface RuleBasedOptions extends RuleSurroundings {
  /** The rule set in force; read once a decision, so that no decision mixes two. */
  readonly current: () => RuleSet;
}

/** Makes the supervisor that every hypervisor has. */
export function createRuleBasedSupervisor(options: RuleBasedOptions): RuleBasedSupervisor {
  return {
    name: 'rules',
    async decide(call, facts) {
      const set = options.current();
      return set.decide(call, await toRuleFacts(set, call, facts, options));
    },
  };
}
