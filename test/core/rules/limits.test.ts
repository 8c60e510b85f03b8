import { describe, expect, it } from 'vitest';
import type { LimitUse } from '../../../src/core/model/decision.ts';
import { type CallParts, decideWith, load, monday, probe } from './rule-calls.ts';

const hour = 3_600_000;

function usesOf(condition: object, parts: CallParts = {}, rest: object = {}): readonly LimitUse[] {
  const decision = decideWith(load([probe(condition, rest)]), parts);
  return decision.verdict === 'deny' ? [] : (decision.limits ?? []);
}
const perDay = (limit: object) => ({ limits: [{ max: 500, per: 'day', ...limit }] });
const sum = (extra: object = {}) => perDay({ sum: 'args.amount', ...extra });
const keyOf = (condition: object, parts: CallParts = {}) => usesOf(condition, parts)[0]?.key;

describe('limits', () => {
  it('counts one call in each rolling window, which is half open', () => {
    const uses = usesOf({ max_per_minute: 1, max_per_hour: 5, max_per_day: 0 });
    expect(
      uses.map(({ amount, max, sinceMs, untilMs }) => [
        amount,
        max,
        monday - sinceMs + 1,
        untilMs - monday,
      ]),
    ).toEqual([
      [1, 1, 60_000, 60_000],
      [1, 5, hour, hour],
      [1, 0, 24 * hour, 24 * hour],
    ]);
    expect(new Set(uses.map(({ key }) => key)).size).toBe(3);
  });

  it.each([
    [20, 20_000_000],
    [0, 0],
    [-0, 0],
    [0.1, 100_000],
    [19.99, 19_990_000],
    [0.000001, 1],
    [0.0000001, 1],
    [1.0000001, 1_000_001],
    [9_007_199_254, 9_007_199_254_000_000],
  ])('counts %d in millionths, rounded up', (amount, millionths) => {
    expect(usesOf(sum(), { args: { amount } })[0]?.amount).toBe(millionths);
  });

  it.each([
    [-1],
    ['20'],
    [null],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [1e10],
    [[1]],
    [undefined],
  ])('denies an amount of %s, which cannot be counted', (amount) => {
    const args = amount === undefined ? {} : { amount };
    expect(decideWith(load([probe(sum())]), { args })).toMatchObject({
      verdict: 'deny',
      code: 'RULE_ERROR',
      rule: 'probe',
    });
  });

  it('counts for whom it says, and never mixes two', () => {
    const by = (whom: unknown, parts: CallParts) => keyOf(perDay({ count: true, by: whom }), parts);
    const to = (value: unknown) => by('args.to', { args: { to: value } as never });
    const keys = [
      keyOf(perDay({ count: true })),
      by('agent', { agent: 'a' }),
      by('agent', { agent: 'b' }),
      by('session', { session: 'a' }),
      by('tool', {}),
      by(['agent', 'session'], { agent: 'a', session: 'bc' }),
      by(['agent', 'session'], { agent: 'ab', session: 'c' }),
      to('5'),
      to(5),
      to('x'.repeat(1000)),
      to('x'.repeat(1001)),
    ];
    expect(keys).not.toContain(undefined);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.every((key) => (key?.length ?? 0) < 300)).toBe(true);
    expect(by('agent', { agent: 'a', session: 'x' })).toBe(
      by('agent', { agent: 'a', session: 'y' }),
    );
  });

  it('denies where nobody says for whom', () => {
    const set = load([probe(perDay({ count: true, by: 'args.to' }))]);
    expect(decideWith(set, { args: {} }).code).toBe('RULE_ERROR');
    expect(decideWith(set, { args: { to: { a: 1 } } }).code).toBe('RULE_ERROR');
  });

  it('keeps its key when the maximum, the order or other limits change', () => {
    const one = { count: true, max: 5, per: 'day' };
    const other = { sum: 'args.amount', max: 5, per: 'hour' };
    const keys = (limits: readonly object[]) =>
      usesOf({ limits }, { args: { amount: 1 } }).map(({ key }) => key);
    expect(keys([one, other]).toReversed()).toEqual(keys([other, { ...one, max: 6 }]));
  });

  it('holds to the smallest of limits that count the same, under one key wherever it stands', () => {
    const one = { count: true, per: 'hour', max: 5 };
    const [alone, ...none] = usesOf({ limits: [one] });
    expect(none).toEqual([]);
    const others = [{ max_per_hour: 10 }, { limits: [{ ...one, max: 7 }, one] }];
    for (const other of others) expect(usesOf({ limits: [one], ...other })).toEqual([alone]);
    expect(usesOf({ limits: [one], max_per_hour: 3 })).toEqual([{ ...alone, max: 3 }]);
  });

  it('counts a calendar day on the clocks of its place, 23 and 25 hours long where the clocks change', () => {
    const days = perDay({ count: true, per: 'calendar_day', tz: 'Europe/Rome' });
    const dayAt = (iso: string) => {
      const [use] = usesOf(days, { nowMs: Date.parse(iso) });
      return use && [new Date(use.sinceMs).toISOString(), (use.untilMs - use.sinceMs) / hour];
    };
    expect(dayAt('2026-11-23T10:00:00Z')).toEqual(['2026-11-22T23:00:00.000Z', 24]);
    expect(dayAt('2026-11-23T22:59:59.999Z')).toEqual(['2026-11-22T23:00:00.000Z', 24]);
    expect(dayAt('2026-11-23T23:00:00Z')).toEqual(['2026-11-23T23:00:00.000Z', 24]);
    expect(dayAt('2026-03-29T12:00:00Z')).toEqual(['2026-03-28T23:00:00.000Z', 23]);
    expect(dayAt('2026-10-25T12:00:00Z')).toEqual(['2026-10-24T22:00:00.000Z', 25]);
  });

  it('asks a person where the rule says so, bound to the rule', () => {
    const [use] = usesOf({ max_per_hour: 5 }, {}, { on_exceed: 'require_review' });
    const [same] = usesOf({ max_per_hour: 5 }, {}, { on_exceed: 'require_review', tests: [] });
    const [other] = usesOf({ max_per_hour: 6 }, {}, { on_exceed: 'require_review' });
    expect(use?.onExceed).toMatchObject({ by: 'rules', code: 'LIMIT_EXCEEDED', quorum: 1 });
    expect(same?.onExceed).toEqual(use?.onExceed);
    expect(other?.onExceed).not.toEqual(use?.onExceed);
  });

  it('keeps the limits of every rule that matches, reviewed or approved', () => {
    const rules = [
      { ...probe({ max_per_hour: 1 }), name: 'a' },
      { ...probe({ max_per_hour: 2 }, { approval: 'require_review' }), name: 'b' },
      { ...probe({ tool: 'other', max_per_hour: 3 }), name: 'c' },
    ];
    const decision = decideWith(load(rules));
    expect(decision).toMatchObject({ verdict: 'review', expiresAtMs: monday + hour });
    expect(decision.verdict === 'review' && decision.limits?.map(({ rule }) => rule)).toEqual([
      'b',
      'a',
    ]);
  });
});
