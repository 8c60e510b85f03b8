import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../../src/core/supervisors/judge/wilson.ts';

describe('the interval of Wilson', () => {
  it.each([
    // Newcombe 1998, table I, method 3
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('is the published one for %d of %d', (hits, count, low, high) => {
    const interval = wilsonInterval(hits, count);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('holds the share, and mirrors when hits and misses change places', () => {
    const counts = fc.tuple(fc.nat(1000), fc.nat(1000)).filter(([a, b]) => a + b > 0);
    fc.assert(
      fc.property(counts, ([hits, misses]) => {
        const count = hits + misses;
        const { low, high } = wilsonInterval(hits, count);
        const mirrored = wilsonInterval(misses, count);
        expect(low).toBeLessThanOrEqual(hits / count + 1e-12);
        expect(high).toBeGreaterThanOrEqual(hits / count - 1e-12);
        expect(low).toBeCloseTo(1 - mirrored.high, 9);
      }),
    );
  });
});
