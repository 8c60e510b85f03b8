import { z } from 'zod';

const count = z.int().min(0);
const verdicts = z.object({ allow: count, review: count, deny: count });

/** Upper bounds of the classes of decision times in milliseconds; what is slower falls into one more class. */
export const tookBoundsMs: readonly number[] = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000,
];

/** What one side of a trial has seen. All are numbers of calls, but where another unit is said. */
export const sideCountsSchema = z.object({
  calls: count,
  /** How the calls were decided, by everything together. */
  verdicts,
  /** What the rule on trial said by itself, where it said something. */
  would: verdicts,
  outcomes: z.object({ done: count, failed: count, unknown: count, refused: count }),
  /** Answers of persons that agree with what the rule said, and that went the other way. */
  upheld: count,
  overturned: count,
  /** By the classes of `tookBoundsMs`. */
  tookMs: z.array(count).length(tookBoundsMs.length + 1),
  /** Milliseconds since 1970. */
  firstMs: z.number(),
  lastMs: z.number(),
});
export type SideCounts = z.infer<typeof sideCountsSchema>;

export function newSideCounts(nowMs: number): SideCounts {
  return {
    calls: 0,
    verdicts: { allow: 0, review: 0, deny: 0 },
    would: { allow: 0, review: 0, deny: 0 },
    outcomes: { done: 0, failed: 0, unknown: 0, refused: 0 },
    upheld: 0,
    overturned: 0,
    tookMs: Array.from({ length: tookBoundsMs.length + 1 }, () => 0),
    firstMs: nowMs,
    lastMs: nowMs,
  };
}

/** Counts how long a decision took; what is no time (NaN, a negative number) is not counted. */
export function addTook({ tookMs: classes }: SideCounts, tookMs: number): void {
  if (!(tookMs >= 0)) return;
  const found = tookBoundsMs.findIndex((bound) => tookMs <= bound);
  const index = found < 0 ? tookBoundsMs.length : found;
  classes[index] = (classes[index] ?? 0) + 1;
}

/** The bound in milliseconds below which that share of the decisions fell; undefined where there are none, or it is beyond all. */
export function quantileMs({ tookMs }: SideCounts, share: number): number | undefined {
  const all = tookMs.reduce((sum, each) => sum + each, 0);
  let seen = 0;
  for (const [index, each] of tookMs.entries()) {
    seen += each;
    if (all > 0 && seen >= all * share) return tookBoundsMs[index];
  }
  return undefined;
}
