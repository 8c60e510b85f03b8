import { z } from 'zod';
import type { RolloutPlan } from '../rules/rollout-plan.ts';

const count = z.int().min(0);

/**
 * What the way back of a rollout is judged by, of one side: calls, but none of a session or agent beyond its share,
 * or a single one could turn off the rule that it is judged by.
 */
export const weighedSchema = z.object({
  calls: count,
  denied: count,
  slow: count,
  /** Of those: how many were run and ended, and how many of them not well. */
  ended: count,
  failed: count,
  /** Calls of each session or agent, by what it drew; bounded. */
  units: z.record(z.string(), count),
});
export type Weighed = z.infer<typeof weighedSchema>;

type Back = NonNullable<RolloutPlan['back']>;

export function newWeighed(): Weighed {
  return { calls: 0, denied: 0, slow: 0, ended: 0, failed: 0, units: {} };
}

// without a word on it: a tenth of the least number of calls
const shares = 10;
// what is long ago counts for less, or a side that was good for months could not turn bad
const windows = 20;
const maxUnits = 2048;

/** Counts a call, unless its session or agent has had its share; says whether. */
export function weighCall(
  side: Weighed,
  call: { readonly drawn: string; readonly isDenied: boolean; readonly tookMs: number },
  back: Back,
): boolean {
  const { drawn, isDenied, tookMs } = call;
  const { min_calls: least, at_most_each: most = Math.ceil(least / shares) } = back;
  if (side.calls >= least * windows) halve(side);
  const seen = Object.hasOwn(side.units, drawn) ? (side.units[drawn] ?? 0) : 0;
  if (seen >= most) return false;
  if (seen === 0 && Object.keys(side.units).length >= maxUnits) side.units = {};
  side.units[drawn] = seen + 1;
  side.calls += 1;
  if (isDenied) side.denied += 1;
  if (back.slower_than_ms !== undefined && tookMs > back.slower_than_ms) side.slow += 1;
  return true;
}

/** Counts how a call ended that was counted before. */
export function weighEnd(side: Weighed, isFailed: boolean): void {
  side.ended += 1;
  if (isFailed) side.failed += 1;
}

function halve(side: Weighed): void {
  for (const key of ['calls', 'denied', 'slow', 'ended', 'failed'] as const) {
    side[key] = Math.floor(side[key] / 2);
  }
  side.units = {};
}
