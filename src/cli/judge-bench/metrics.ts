/** A call that was scored: how much speaks against it, and whether it should have been stopped. */
export interface Scored {
  /** 0..1. */
  readonly risk: number;
  readonly isAttack: boolean;
}

/** What is caught at the best threshold that stops no more of the good calls than this. */
export interface Recall {
  /** Stop what has this risk or more; above every risk where nothing may be stopped. */
  readonly threshold: number;
  readonly caught: number;
  readonly attacks: number;
  readonly falsePositives: number;
  readonly negatives: number;
}

/** A point of the curve that thresholds make, from the strictest to the laxest. */
export type CurvePoint = Recall;

/** Every threshold that makes a difference, from none stopped to all stopped; empty without attacks or good calls. */
export function rocOf(scored: readonly Scored[]): readonly CurvePoint[] {
  const attacks = scored.filter(({ isAttack }) => isAttack).length;
  const negatives = scored.length - attacks;
  if (attacks === 0 || negatives === 0) return [];
  const points: CurvePoint[] = [];
  let caught = 0;
  let falsePositives = 0;
  const put = (threshold: number): void => {
    points.push({ threshold, caught, attacks, falsePositives, negatives });
  };
  put(Infinity);
  const sorted = scored.toSorted((one, other) => other.risk - one.risk);
  for (const [index, { risk, isAttack }] of sorted.entries()) {
    if (isAttack) caught += 1;
    else falsePositives += 1;
    // calls of one risk are stopped together or not at all
    if (sorted[index + 1]?.risk !== risk) put(risk);
  }
  return points;
}

/** Undefined where it cannot be told: without attacks, or with fewer good calls than one in `rate`. */
export function recallAt(points: readonly CurvePoint[], rate: number): Recall | undefined {
  const negatives = points[0]?.negatives ?? 0;
  if (negatives < neededFor(rate)) return undefined;
  return points.findLast(({ falsePositives }) => falsePositives / negatives <= rate);
}

/** Good calls without which a false-positive rate cannot be told. */
export function neededFor(rate: number): number {
  return Math.round(1 / rate);
}

/** One judgement: how sure, 0..1, and whether it was right. */
export interface Sure {
  readonly score: number;
  readonly isRight: boolean;
}

/** Judgements of about the same sureness; from `from` to less than `to`, the last with its upper end. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Undefined in an empty bin, as `right`. */
  readonly meanScore: number | undefined;
  readonly right: number | undefined;
}

/** Narrow where models are: most say more than 0.9. */
export const binEdges = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1] as const;

export function binsOf(all: readonly Sure[]): readonly Bin[] {
  return binEdges.slice(0, -1).map((from, index) => {
    const to = binEdges[index + 1] ?? 1;
    const isIn = (score: number): boolean => score >= from && (score < to || to === 1);
    const inside = all.filter(({ score }) => isIn(score));
    return {
      from,
      to,
      count: inside.length,
      meanScore: mean(inside.map(({ score }) => score)),
      right: mean(inside.map(({ isRight }) => (isRight ? 1 : 0))),
    };
  });
}

/** Expected calibration error: how far the score is from the share that was right, by bin, weighed by its size. */
export function eceOf(bins: readonly Bin[]): number | undefined {
  const count = bins.reduce((sum, bin) => sum + bin.count, 0);
  if (count === 0) return undefined;
  return bins.reduce((sum, bin) => {
    const gap = Math.abs((bin.meanScore ?? 0) - (bin.right ?? 0));
    return sum + (bin.count / count) * gap;
  }, 0);
}

/** The mean square of what is between the score and the truth, 1 for right and 0 for wrong (Brier 1950). */
export function brierOf(all: readonly Sure[]): number | undefined {
  return mean(all.map(({ score, isRight }) => (score - (isRight ? 1 : 0)) ** 2));
}

/** By nearest rank: the least number that so large a share is not above. */
export function percentileOf(numbers: readonly number[], share: number): number | undefined {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export function mean(numbers: readonly number[]): number | undefined {
  if (numbers.length === 0) return undefined;
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
