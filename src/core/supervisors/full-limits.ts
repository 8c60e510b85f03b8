import type { Decision } from '../model/decision.ts';
import type { Counters } from '../model/ports.ts';

/**
 * Whether a limit that no person can lift is used up already, so that the call ends there whatever a model says of it.
 * Takes nothing: the limit itself is reserved once everything is decided. Counters that fail end the call there too.
 */
export async function hasFullLimit(
  decision: Decision,
  { counters, nowMs }: { readonly counters: Pick<Counters, 'reserve'>; readonly nowMs: number },
): Promise<boolean> {
  const uses = decision.verdict === 'deny' ? [] : (decision.limits ?? []);
  const hard = uses.filter(({ onExceed }) => onExceed === 'deny');
  if (hard.length === 0) return false;
  try {
    return !(await counters.reserve(hard, { nowMs, dryRun: true })).ok;
  } catch {
    return true;
  }
}
