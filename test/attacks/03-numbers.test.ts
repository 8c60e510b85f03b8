import { describe, expect, it } from 'vitest';
import { loadRules } from '../../src/core/rules/load.ts';
import { toAmount } from '../../src/core/rules/limits.ts';
import { decideWith, load, probe } from '../core/rules/rule-calls.ts';

const broken = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe('attack class 3, numbers: rules', () => {
  it('no broken number, and no text that looks like one, satisfies an allow rule', () => {
    for (const predicates of [
      { lte: 50 },
      { lt: 50 },
      { gte: 0 },
      { gt: -1 },
      { ne: 7 },
      { not_in: [7] },
      { eq: 5 },
    ]) {
      const set = load([probe({ args: { amount: predicates } })]);
      expect(decideWith(set, { args: { amount: 5 } }).verdict).toBe('allow');
      for (const amount of [...broken, '5', '5e0', ' 5', true, [5]]) {
        expect(decideWith(set, { args: { amount } }).verdict).toBe('deny');
      }
    }
  });

  it('a negative or broken amount gives nothing back to a sum', () => {
    for (const amount of [-1, -1e-9, ...broken, 2 ** 53, 1e300, '5', null, undefined]) {
      expect(toAmount(amount)).toBeUndefined();
    }
    expect(Object.is(toAmount(-0), 0)).toBe(true);
  });

  it('small parts of a unit add up: nothing is rounded to zero', () => {
    expect(toAmount(1e-9)).toBe(1);
    expect(toAmount(Number.MIN_VALUE)).toBe(1);
    expect(toAmount(0.1 + 0.2)).toBe(300_001);
    expect(toAmount(0.3)).toBe(300_000);
  });

  it('rules cannot hold numbers that are not exact', () => {
    for (const number of ['1e999', '9007199254740993', 'NaN', 'Infinity', '0x10', '01']) {
      const text = `{"rules":[{"name":"r","condition":{"args":{"a":{"lte":${number}}}},"approval":"auto_approve"}]}`;
      expect(loadRules([{ name: 'a', text }]).ok).toBe(false);
    }
  });

  it('a rule without a time denies', () => {
    for (const nowMs of [...broken, 9e15]) {
      expect(decideWith(load([probe({ max_per_hour: 5 })]), { nowMs })).toMatchObject({
        verdict: 'deny',
        code: 'RULE_ERROR',
      });
    }
  });
});
