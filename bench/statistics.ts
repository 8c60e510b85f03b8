/** The value below which that share (0..1) of the samples lies, by the nearest rank; NaN without samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).toSorted();
  const rank = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(Math.max(rank, 0), sorted.length - 1)] ?? Number.NaN;
}

/** The middle of the samples; NaN without any. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}
