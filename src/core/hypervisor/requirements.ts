import type { ToolCall } from '../model/call.ts';
import type { Demand, Review } from '../model/decision.ts';
import type { NamedCalls } from '../model/named-calls.ts';
import { isIrreversible, type Ring } from '../model/tool.ts';
import type { Tool } from './tool-registry.ts';

export interface RequirementOptions {
  /** Tools, or `tool.action`, whose every call needs a person. */
  readonly highRisk: NamedCalls;
  /** Every call that would be allowed needs a person. */
  readonly confirmAll: boolean;
}

/**
 * What a call needs besides a verdict: a pure function of tool, ring and configuration. A requirement can only
 * tighten: it is joined with what the supervisors decide.
 */
export function requirementsOf(
  call: ToolCall,
  tool: Tool,
  ring: Ring,
  options: RequirementOptions,
): readonly Demand[] {
  const demands: Demand[] = [];
  const demand = (by: string): void =>
    void demands.push({ by, code: 'REQUIREMENT_PERSON', quorum: 1 });
  if (ring > 1 && isIrreversible(tool.manifest)) demand('ring');
  if (options.highRisk.has(call)) demand('risk');
  if (options.confirmAll) demand('confirmation');
  return demands;
}

const reasons: Record<string, string> = {
  ring: 'it cannot be undone and the agent is in ring 2, so a person must approve it',
  risk: 'it is configured as high risk, so a person must approve it',
  confirmation: 'the configuration asks for a person’s approval of every call',
};

/** The review that the requirements make, saying who asked and what to declare. */
export function toReview(demands: readonly Demand[], tool: Tool, expiresAtMs: number): Review {
  const [first] = demands;
  const undeclared = first?.by === 'ring' && !tool.isDeclared;
  const hint = undeclared
    ? '; without a `manifest` a tool counts as irreversible: declare one'
    : '';
  return {
    verdict: 'review',
    by: 'requirements',
    code: 'REQUIREMENT_PERSON',
    reason: `\`${tool.name}\`: ${reasons[first?.by ?? ''] ?? 'a person must approve it'}${hint}`,
    demands,
    expiresAtMs,
  };
}
