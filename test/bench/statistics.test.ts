import { expect, it } from 'vitest';
import { median, quantile } from '../../bench/statistics.ts';

it('takes quantiles by the nearest rank, in any order of the samples', () => {
  const samples = [5, 1, 4, 2, 3];
  expect(median(samples)).toBe(3);
  expect(quantile(samples, 0.95)).toBe(5);
  expect(quantile(samples, 0)).toBe(1);
  expect(median([])).toBeNaN();
});
