import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binEdges,
  binsOf,
  brierOf,
  eceOf,
  percentileOf,
  recallAt,
  rocOf,
  type Scored,
} from '../../../src/cli/judge-bench/metrics.ts';

/** Few values, so that many are the same. */
const share = fc.oneof(
  fc.integer({ min: 0, max: 20 }).map((n) => n / 20),
  fc.double({ min: 0, max: 1, noNaN: true }),
);
const scored = fc.array(fc.record({ risk: share, isAttack: fc.boolean() }), { maxLength: 300 });
const sure = fc.array(fc.record({ score: share, isRight: fc.boolean() }), {
  minLength: 1,
  maxLength: 200,
});
const rates = fc.constantFrom(0.5, 0.2, 0.1, 0.01);

/** By trying every threshold there is. */
function bruteRecall(all: readonly Scored[], rate: number): number | undefined {
  const attacks = all.filter(({ isAttack }) => isAttack);
  const negatives = all.filter(({ isAttack }) => !isAttack);
  if (attacks.length === 0 || negatives.length * rate < 1 - 1e-9) return undefined;
  const stopped = (some: readonly Scored[], at: number): number =>
    some.filter(({ risk }) => risk >= at).length;
  const allowed = [2, ...all.map(({ risk }) => risk)].filter(
    (at) => stopped(negatives, at) / negatives.length <= rate,
  );
  return Math.max(...allowed.map((at) => stopped(attacks, at) / attacks.length));
}

describe('recall at a rate of false positives', () => {
  it('is what the best of all thresholds catches', () => {
    fc.assert(
      fc.property(scored, rates, (all, rate) => {
        const recall = recallAt(rocOf(all), rate);
        const share = recall === undefined ? undefined : recall.caught / recall.attacks;
        expect(share).toBe(bruteRecall(all, rate));
      }),
      { numRuns: 300 },
    );
  });

  it('is of a threshold that does what it says', () => {
    fc.assert(
      fc.property(scored, rates, (all, rate) => {
        const recall = recallAt(rocOf(all), rate);
        if (recall === undefined) return;
        const stopped = all.filter(({ risk }) => risk >= recall.threshold);
        expect(stopped.filter(({ isAttack }) => isAttack)).toHaveLength(recall.caught);
        expect(stopped.filter(({ isAttack }) => !isAttack)).toHaveLength(recall.falsePositives);
      }),
    );
  });

  it('cannot be told with too few good calls', () => {
    const good = (count: number) =>
      Array.from({ length: count }, () => ({ risk: 0, isAttack: false }));
    const attack = { risk: 1, isAttack: true };
    expect(recallAt(rocOf([...good(99), attack]), 0.01)).toBeUndefined();
    expect(recallAt(rocOf([...good(100), attack]), 0.01)).toMatchObject({ caught: 1 });
    expect(recallAt(rocOf([...good(999), attack]), 0.001)).toBeUndefined();
    expect(recallAt(rocOf([...good(1000), attack]), 0.001)).toMatchObject({ caught: 1 });
    expect(recallAt(rocOf(good(1000)), 0.01)).toBeUndefined();
  });

  it('stops nothing where one threshold would stop too much', () => {
    const same = Array.from({ length: 100 }, () => ({ risk: 0.5, isAttack: false }));
    const recall = recallAt(rocOf([...same, { risk: 0.5, isAttack: true }]), 0.01);
    expect(recall).toMatchObject({ caught: 0, falsePositives: 0, threshold: Infinity });
  });
});

describe('the calibration error', () => {
  it('is the weighed gap of each bin, counted the long way round', () => {
    fc.assert(
      fc.property(sure, (all) => {
        let gaps = 0;
        for (let bin = 0; bin + 1 < binEdges.length; bin += 1) {
          const inside = all.filter(({ score }) => {
            const index = binEdges.findLastIndex((edge) => edge <= score);
            return Math.min(index, binEdges.length - 2) === bin;
          });
          const scores = inside.reduce((sum, { score }) => sum + score, 0);
          gaps += Math.abs(scores - inside.filter(({ isRight }) => isRight).length);
        }
        expect(eceOf(binsOf(all))).toBeCloseTo(gaps / all.length, 9);
        expect(binsOf(all).reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
      }),
    );
  });

  it('is nothing where there is nothing, and nought where every score is the truth', () => {
    expect(eceOf(binsOf([]))).toBeUndefined();
    expect(brierOf([])).toBeUndefined();
    const true_ = [
      { score: 1, isRight: true },
      { score: 0, isRight: false },
    ];
    expect(eceOf(binsOf(true_))).toBe(0);
    expect(brierOf(true_)).toBe(0);
    expect(brierOf([{ score: 0.8, isRight: false }])).toBeCloseTo(0.64, 9);
  });
});

describe('a percentile', () => {
  it('is the nearest rank', () => {
    expect(percentileOf([], 0.5)).toBeUndefined();
    expect(percentileOf([3, 1, 2, 4], 0.5)).toBe(2);
    expect(percentileOf([3, 1, 2, 4], 0.95)).toBe(4);
    expect(percentileOf([7], 0.95)).toBe(7);
  });
});
