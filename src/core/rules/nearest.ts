import type { Explanation } from '../model/decision.ts';
import type { CallContext, Check } from './call-context.ts';
import type { Candidate } from './candidates.ts';

const maxLooked = 64;

/** The allow rule that missed the call by exactly one check; looks at the first 64 only. */
export function findNearest(
  candidates: readonly Candidate[],
  context: CallContext,
): Explanation['nearest'] {
  const looked = Math.min(candidates.length, maxLooked);
  for (let i = 0; i < looked; i += 1) {
    const candidate = candidates[i];
    if (candidate === undefined) continue;
    const missed = onlyMiss(candidate, context);
    if (missed !== undefined) return { rule: candidate.rule.name, missed };
  }
  return undefined;
}

function onlyMiss(candidate: Candidate, context: CallContext): string | undefined {
  const { checks, named, rule, scope } = candidate;
  if (scope === 'error' || context.facts.nowMs >= rule.endsMs) return undefined;
  const group = onlyFailing(checks, context, named);
  return group === undefined ? undefined : onlyFailing(group.parts, context, named)?.label;
}

/** The one that does not hold; undefined where there are none or several, which most rules have at the second. */
function onlyFailing<T extends Pick<Check, 'test'>>(
  checks: readonly T[],
  context: CallContext,
  named: boolean,
): T | undefined {
  let failing: T | undefined;
  for (const check of checks) {
    if (check.test(context, named) === true) continue;
    if (failing !== undefined) return undefined;
    failing = check;
  }
  return failing;
}
