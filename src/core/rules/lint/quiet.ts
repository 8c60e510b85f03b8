import type { CompiledRule } from '../compiled-rule.ts';
import type { LintAround } from './lint-finding.ts';

/** The keys of a condition that count calls instead of choosing them. */
export const limitKeys = ['max_per_minute', 'max_per_hour', 'max_per_day', 'limits'] as const;

export function hasLimits({ source: { condition } }: CompiledRule): boolean {
  return limitKeys.some((key) => condition[key] !== undefined);
}

/** Where the rule cannot be evaluated, that changes nothing: it approves nothing then, and has nothing to hold others to. */
export function isQuietOnError(rule: CompiledRule, { errorsMatter }: LintAround): boolean {
  if (rule.verdict !== 'allow' || rule.unmet !== undefined || errorsMatter) return false;
  if (rule.needsPerson || rule.filters.length + rule.taints.length > 0) return false;
  return !hasLimits(rule);
}
