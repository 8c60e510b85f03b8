import type { Facts, ToolCall } from '../model/call.ts';
import type { Paths } from '../model/ports.ts';
import type { RuleFacts, RuleSet } from '../rules/rule-set.ts';
import { resolvePaths } from './resolve-paths.ts';

export interface RuleSurroundings {
  /** How long an approval lives that a rule asks for, in milliseconds. */
  readonly approvalMs: number;
  /** For rules that ask where a path leads; without it they cannot be evaluated. */
  readonly paths?: Pick<Paths, 'realPath' | 'home'>;
}

/** The facts as rules read them, with what these rules must have looked up before. */
export async function toRuleFacts(
  set: RuleSet,
  call: ToolCall,
  { tool, ring, env, nowMs, session, reverted }: Facts,
  { approvalMs, paths }: RuleSurroundings,
): Promise<RuleFacts> {
  const facts = { tool, ring, env, nowMs, session, reverted, approvalMs };
  const wanted = paths === undefined ? [] : set.pathsOf(call, tool);
  if (paths === undefined || wanted.length === 0) return facts;
  return { ...facts, realPath: await resolvePaths(paths, wanted) };
}
