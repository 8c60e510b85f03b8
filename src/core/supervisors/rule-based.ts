import type { Supervisor } from '../model/extension.ts';
import type { Paths } from '../model/ports.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { resolvePaths } from './resolve-paths.ts';

/** Decides by the rules in force. */
export interface RuleBasedSupervisor extends Supervisor {
  readonly name: 'rules';
}

export interface RuleBasedOptions {
  /** The rule set in force; read once a decision, so that no decision mixes two. */
  readonly current: () => RuleSet;
  /** How long an approval lives that a rule asks for, in milliseconds. */
  readonly approvalMs: number;
  /** For rules that ask where a path leads; without it they cannot be evaluated. */
  readonly paths?: Pick<Paths, 'realPath' | 'home'>;
}

/** Makes the supervisor that every hypervisor has. */
export function createRuleBasedSupervisor({
  current,
  approvalMs,
  paths,
}: RuleBasedOptions): RuleBasedSupervisor {
  return {
    name: 'rules',
    decide: async (call, { tool, ring, env, nowMs, session, reverted }) => {
      const set = current();
      const facts = { tool, ring, env, nowMs, session, reverted, approvalMs };
      const wanted = paths === undefined ? [] : set.pathsOf(call, tool);
      if (paths === undefined || wanted.length === 0) return set.decide(call, facts);
      return set.decide(call, { ...facts, realPath: await resolvePaths(paths, wanted) });
    },
  };
}
