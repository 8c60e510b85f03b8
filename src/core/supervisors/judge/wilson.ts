/** Bounds of a share, 0..1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The standard normal quantile of a two-sided interval of 95 %. */
const quantile = 1.959_964;

/** Where the true share lies with 95 % confidence, `hits` having been seen among `count` (1 or more): Wilson 1927. */
export function wilsonInterval(hits: number, count: number): Interval {
  const share = hits / count;
  const square = quantile * quantile;
  const spread = (share * (1 - share)) / count + square / (4 * count * count);
  const margin = quantile * Math.sqrt(spread);
  const middle = share + square / (2 * count);
  const bound = (sum: number): number => Math.min(1, Math.max(0, sum / (1 + square / count)));
  return { low: bound(middle - margin), high: bound(middle + margin) };
}
