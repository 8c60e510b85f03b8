import type { Explanation } from '../model/decision.ts';
import type { CallContext } from './call-context.ts';
import type { Candidate } from './candidates.ts';

const maxLooked = 64;

/** The allow rule that missed the call by exactly one check; looks at the first 64 only. */
export function findNearest(
  candidates: readonly Candidate[],
  context: CallContext,
): Explanation['nearest'] {
  for (const candidate of candidates.slice(0, maxLooked)) {
    const missed = onlyMiss(candidate, context);
    if (missed !== undefined) return { rule: candidate.rule.name, missed };
  }
  return undefined;
}

function onlyMiss(candidate: Candidate, context: CallContext): string | undefined {
  const { checks, named, rule, scope } = candidate;
  if (scope === 'error' || context.facts.nowMs >= rule.endsMs) return undefined;
  const groups = checks.filter(({ test }) => test(context, named) !== true);
  if (groups.length !== 1) return undefined;
  const missed = groups.flatMap(({ parts }) =>
    parts.filter(({ test }) => test(context, named) !== true),
  );
  return missed.length === 1 ? missed[0]?.label : undefined;
}
