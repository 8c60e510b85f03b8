import { z } from 'zod';
import { wilsonInterval } from './wilson.ts';

/** How much is at stake, by the tool's manifest alone. */
export type Tier = 'low' | 'medium' | 'high';

/** What a judge's raw score was worth in labelled decisions of one (model, prompt, samples, tier, verdict). */
const curveSchema = z.strictObject({
  model: z.string(),
  /** Of the prompt, SHA-256. */
  prompt: z.string(),
  /** 1: scores are token probabilities; more: the share of so many that agree. One says nothing of the other. */
  samples: z.int().min(1).max(15),
  tier: z.enum(['low', 'medium', 'high']),
  /** Of the judge: that its denials are right says nothing of what it allows. */
  verdict: z.enum(['allow', 'review', 'deny']),
  /** Labelled decisions behind the curve. */
  labels: z.int().min(0),
  /** Raw scores that rise, and how often a judge was right, at the least, from this score up to the next. */
  points: z
    .array(z.strictObject({ score: z.number().min(0).max(1), right: z.number().min(0).max(1) }))
    .max(1000)
    .superRefine((points, { addIssue }) => {
      // the last point at or below a score counts: out of order, a lower one would stand in its place
      const at = points.findIndex(
        ({ score }, index) => index > 0 && !(score > (points[index - 1]?.score ?? 1)),
      );
      if (at === -1) return;
      addIssue({
        code: 'custom',
        path: [at, 'score'],
        message: 'is not above the score before it',
      });
    }),
});
export type Curve = z.output<typeof curveSchema>;

/** A calibration file, as `ringfence judge-bench --calibrate` writes it. */
export const calibrationSchema = z.strictObject({
  version: z.literal(1),
  curves: z.array(curveSchema),
});

/** What a curve is of. */
export type CurveKey = Pick<Curve, 'model' | 'prompt' | 'samples' | 'tier' | 'verdict'>;

export interface Calibration {
  /** How likely the judge is right, 0..1; undefined where too few decisions were labelled to know. */
  confidenceOf(score: number | undefined, of: CurveKey): number | undefined;
}

/** Labelled decisions below which a curve says nothing. */
export const minLabels = 50;

export function createCalibration(curves: readonly Curve[]): Calibration {
  return {
    confidenceOf(score, of) {
      const curve = curves.find((each) => isOf(each, of));
      if (score === undefined || !(score >= 0 && score <= 1)) return undefined;
      if (curve === undefined || curve.labels < minLabels) return undefined;
      // between two points the lower one counts: what was seen further up says nothing of this score
      return curve.points.findLast((point) => point.score <= score)?.right;
    },
  };
}

function isOf({ model, prompt, samples, tier, verdict }: CurveKey, of: CurveKey): boolean {
  const isSameJudge = model === of.model && prompt === of.prompt && samples === of.samples;
  return isSameJudge && tier === of.tier && verdict === of.verdict;
}

/** One labelled decision: the raw score of the judge's verdict, and whether that verdict was right. */
export interface Labelled {
  readonly score: number;
  readonly isRight: boolean;
}

/**
 * Isotonic regression by pooling adjacent violators (Ayer et al. 1955), equal scores first, so that no order of the labels
 * counts; each pool at its lowest score. `right` is the lower bound of Wilson's interval (Wilson 1927, 95 %), so that a few
 * lucky labels are not taken for certainty.
 */
export function fitCurve(labelled: readonly Labelled[]): Curve['points'] {
  const pools: Pool[] = [];
  for (const pool of poolEqual(labelled)) {
    pools.push(pool);
    for (;;) {
      const [before, last] = [pools.at(-2), pools.at(-1)];
      if (before === undefined || last === undefined) break;
      if (before.sum / before.count < last.sum / last.count) break;
      const joined = { sum: before.sum + last.sum, count: before.count + last.count };
      pools.splice(-2, 2, { score: before.score, ...joined });
    }
  }
  return pools.map(({ score, sum, count }) => ({ score, right: wilsonInterval(sum, count).low }));
}

interface Pool {
  readonly score: number;
  /** How many were right. */
  readonly sum: number;
  readonly count: number;
}

/** One pool for each score, the lowest first. */
function poolEqual(labelled: readonly Labelled[]): readonly Pool[] {
  const pools = new Map<number, Pool>();
  for (const { score, isRight } of labelled) {
    const { sum, count } = pools.get(score) ?? { sum: 0, count: 0 };
    pools.set(score, { score, sum: sum + (isRight ? 1 : 0), count: count + 1 });
  }
  return [...pools.values()].toSorted((one, other) => one.score - other.score);
}
