import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addTook,
  newSideCounts,
  quantileMs,
  tookBoundsMs,
} from '../../../src/core/hypervisor/trial-counts.ts';
import { findBreach } from '../../../src/core/hypervisor/way-back.ts';
import { newWeighed, weighCall } from '../../../src/core/hypervisor/weighed.ts';

const none = { upheld: 0, overturned: 0 };
const side = (more: object = {}) => ({ ...newWeighed(), ...more });

describe('whether a threshold is passed', () => {
  it('compares shares of the two sides', () => {
    const back = { min_calls: 100, denied_over: 0.05 };
    const at = (ours: number, theirs: number) =>
      findBreach(
        { back },
        {
          candidate: side({ calls: 100, denied: ours }),
          control: side({ calls: 1000, denied: theirs }),
          answers: none,
        },
      );
    expect(at(5, 0)).toBeUndefined();
    expect(at(6, 0)).toMatchObject({ threshold: 'denied_over', candidate: 0.06, control: 0 });
    expect(at(60, 560)).toBeUndefined();
    expect(at(60, 540)).toMatchObject({ candidate: 0.6, control: 0.54 });
  });

  it('takes 0 for 0, and no default for it', () => {
    const evidence = {
      candidate: side({ calls: 10, denied: 1 }),
      control: side({ calls: 10 }),
      answers: none,
    };
    expect(findBreach({ back: { min_calls: 10, denied_over: 0 } }, evidence)).toBeDefined();
    expect(findBreach({ back: { min_calls: 10, failed_over: 0 } }, evidence)).toBeUndefined();
  });

  it('counts failures among calls that ended, and answers by themselves', () => {
    const back = { min_calls: 4, failed_over: 0.2, overturned_over: 0.5, min_answers: 3 };
    const ended = (failed: number) => side({ calls: 9, ended: 4, failed });
    const control = side({ calls: 9, ended: 4 });
    const breach = (failed: number, upheld: number, overturned: number) =>
      findBreach({ back }, { candidate: ended(failed), control, answers: { upheld, overturned } })
        ?.threshold;
    expect(breach(0, 0, 2)).toBeUndefined();
    expect(breach(0, 1, 2)).toBe('overturned_over');
    expect(breach(1, 0, 0)).toBe('failed_over');
    expect(breach(0, 2, 2)).toBeUndefined();
  });

  it('looks at the 95th percentile of the time', () => {
    const back = { min_calls: 100, slower_than_ms: 2 };
    const slow = (many: number) =>
      findBreach(
        { back },
        { candidate: side({ calls: 100, slow: many }), control: side(), answers: none },
      );
    expect(slow(5)).toBeUndefined();
    expect(slow(6)).toMatchObject({ threshold: 'slower_than_ms', limit: 2 });
  });

  it('says nothing for rubbish: a number that is none passes no threshold and hides no other', () => {
    const any = fc.oneof(fc.constantFrom(NaN, 0, -1, Infinity, -0), fc.nat(5));
    fc.assert(
      fc.property(any, any, any, any, (calls, denied, ended, failed) => {
        const rubbish = side({ calls, denied, ended, failed, slow: denied });
        const back = { min_calls: 6, denied_over: 0, failed_over: 0, slower_than_ms: 1 };
        const evidence = { candidate: rubbish, control: rubbish, answers: none };
        expect(findBreach({ back }, evidence)).toBeUndefined();
        const answers = { upheld: 0, overturned: 10 };
        const told = { ...back, overturned_over: 0.5 };
        expect(findBreach({ back: told }, { ...evidence, answers })?.threshold).toBe(
          'overturned_over',
        );
      }),
    );
  });
});

describe('what the way back looks at', () => {
  it('is at most a tenth of the least number from one session or agent, or what the rule says', () => {
    const counted = (back: { min_calls: number; at_most_each?: number }) => {
      const counts = newWeighed();
      const call = { drawn: 'a'.repeat(12), isDenied: true, tookMs: 0 };
      for (let n = 0; n < 100; n += 1) weighCall(counts, call, back);
      return counts.calls;
    };
    expect(counted({ min_calls: 200 })).toBe(20);
    expect(counted({ min_calls: 1 })).toBe(1);
    expect(counted({ min_calls: 200, at_most_each: 50 })).toBe(50);
  });

  it('forgets slowly, and stays bounded', () => {
    const counts = newWeighed();
    const back = { min_calls: 10, denied_over: 0.5 };
    for (let n = 0; n < 100_000; n += 1) {
      const drawn = n.toString(16).padStart(12, '0');
      weighCall(counts, { drawn, isDenied: n > 99_000, tookMs: 0 }, back);
    }
    expect(counts.calls).toBeLessThanOrEqual(200);
    expect(counts.calls).toBeGreaterThanOrEqual(100);
    expect(counts.denied / counts.calls).toBeGreaterThan(0.9);
    expect(Object.keys(counts.units).length).toBeLessThanOrEqual(2048);
  });
});

describe('decision times', () => {
  it('fall into classes, the slowest into one of their own; what is no time into none', () => {
    const counts = newSideCounts(0);
    for (const ms of [0, 0.01, 0.011, 3, 1e9, NaN, -1]) addTook(counts, ms);
    expect(counts.tookMs.reduce((sum, each) => sum + each, 0)).toBe(5);
    expect(counts.tookMs[0]).toBe(2);
    expect(counts.tookMs.at(-1)).toBe(1);
    expect(quantileMs(counts, 0.5)).toBe(0.02);
    expect(quantileMs(counts, 0.8)).toBe(5);
    expect(quantileMs(counts, 1)).toBeUndefined();
    expect(quantileMs(newSideCounts(0), 0.5)).toBeUndefined();
    expect(tookBoundsMs.toSorted((one, other) => one - other)).toEqual(tookBoundsMs);
  });
});
