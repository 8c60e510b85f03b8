import { z } from 'zod';

/** How much is at stake, by the tool's manifest alone. */
export type Tier = 'low' | 'medium' | 'high';

/** What a judge's raw score was worth in labelled decisions of one (model, prompt, tier). */
const curveSchema = z.strictObject({
  model: z.string(),
  /** Of the prompt, SHA-256. */
  prompt: z.string(),
  tier: z.enum(['low', 'medium', 'high']),
  /** Labelled decisions behind the curve. */
  labels: z.int().min(0),
  /** Raw score, and how often a judge with at least the one before and at most this score was right; both rise. */
  points: z
    .array(z.strictObject({ score: z.number().min(0).max(1), right: z.number().min(0).max(1) }))
    .max(1000),
});
export type Curve = z.output<typeof curveSchema>;

/** A calibration file, as `ringfence judge-bench --calibrate` writes it. */
export const calibrationSchema = z.strictObject({
  version: z.literal(1),
  curves: z.array(curveSchema),
});

export interface Calibration {
  /** How likely the judge is right, 0..1; undefined where too few decisions were labelled to know. */
  confidenceOf(
    score: number | undefined,
    of: Pick<Curve, 'model' | 'prompt' | 'tier'>,
  ): number | undefined;
}

/** Labelled decisions below which a curve says nothing. */
export const minLabels = 50;

export function createCalibration(curves: readonly Curve[]): Calibration {
  return {
    confidenceOf(score, of) {
      const curve = curves.find(
        ({ model, prompt, tier }) => model === of.model && prompt === of.prompt && tier === of.tier,
      );
      if (score === undefined || !(score >= 0 && score <= 1)) return undefined;
      if (curve === undefined || curve.labels < minLabels) return undefined;
      return (
        curve.points.find((point) => score <= point.score)?.right ?? curve.points.at(-1)?.right
      );
    },
  };
}

/** One labelled decision: the raw score of the judge's verdict, and whether that verdict was right. */
export interface Labelled {
  readonly score: number;
  readonly isRight: boolean;
}

/**
 * Isotonic regression by pooling adjacent violators (Ayer et al. 1955): the best rising curve through what was right.
 */
export function fitCurve(labelled: readonly Labelled[]): Curve['points'] {
  const pools: { score: number; sum: number; count: number }[] = [];
  for (const { score, isRight } of labelled.toSorted((one, other) => one.score - other.score)) {
    pools.push({ score, sum: isRight ? 1 : 0, count: 1 });
    for (
      let last = pools.at(-1), before = pools.at(-2);
      last !== undefined && before !== undefined;
    ) {
      const isRising =
        before.sum / before.count < last.sum / last.count && before.score < last.score;
      if (isRising) break;
      pools.splice(-2, 2, {
        score: last.score,
        sum: before.sum + last.sum,
        count: before.count + last.count,
      });
      [before, last] = [pools.at(-2), pools.at(-1)];
    }
  }
  return pools.map(({ score, sum, count }) => ({ score, right: sum / count }));
}
