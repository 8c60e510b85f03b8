import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleSet } from '../../../src/core/rules/rule-set.ts';
import type { RecordedCall } from '../../../src/core/rules/simulate.ts';
import { simulateRules } from '../../../src/core/rules/simulation-tally.ts';
import { createMemoryCounters } from '../../../src/stores/memory/counters.ts';
import { type CallParts, load, makeCall, monday } from './rule-calls.ts';

const rule = (name: string, approval: string, condition: object) => ({ name, approval, condition });
const callAt = (id: number, parts: CallParts, more: Partial<RecordedCall> = {}): RecordedCall => {
  const { call, facts } = makeCall({ nowMs: monday + id, ...parts });
  return { call: { ...call, id: `c${id}` }, facts, ...more };
};
const simulate = (
  before: RuleSet | 'recorded',
  after: RuleSet,
  calls: readonly RecordedCall[],
  examples = 1,
) => simulateRules({ before, after, counters: createMemoryCounters, calls, examples });

/** Says by the argument `was` or `is` what to do. */
const byArgument = (name: string) =>
  load(
    [
      rule('yes', 'auto_approve', { tool: 'stripe', args: { [name]: { eq: 'allow' } } }),
      rule('ask', 'require_review', { tool: 'stripe', args: { [name]: { eq: 'review' } } }),
    ],
    { defaults: { approval: 'deny' } },
  );

describe('simulateRules', () => {
  it('counts every transition, by rule, and knows which loosen', async () => {
    const verdicts = ['allow', 'review', 'deny'];
    const pairs = verdicts.flatMap((was) => verdicts.map((is) => ({ was, is })));
    // so many calls of each pair as its place says: 1 to 9
    const calls = pairs.flatMap((args, at) =>
      Array.from({ length: at + 1 }, (_, n) => callAt(10 * at + n, { args })),
    );
    const tally = await simulate(byArgument('was'), byArgument('is'), calls);
    expect(tally.totals).toEqual({
      allow: { allow: 1, review: 2, deny: 3 },
      review: { allow: 4, review: 5, deny: 6 },
      deny: { allow: 7, review: 8, deny: 9 },
    });
    expect(tally.byKind).toEqual({
      deny_to_allow: 7,
      deny_to_review: 8,
      review_to_allow: 4,
      filters_lost: 0,
      allow_to_review: 2,
      allow_to_deny: 3,
      review_to_deny: 6,
      room_freed: 0,
    });
    expect(tally).toMatchObject({ calls: 45, loosened: 19, isCut: false });
    expect(tally.byRule.slice(0, 3)).toMatchObject([
      { kind: 'deny_to_review', to: 'ask', calls: 8 },
      { kind: 'deny_to_allow', to: 'yes', calls: 7 },
      { kind: 'review_to_allow', from: 'ask', to: 'yes', calls: 4 },
    ]);
    expect(tally.examples.deny_to_allow.map(({ recorded }) => recorded.call.id)).toEqual(['c60']);
  });

  it('compares with what was recorded, and with nothing where the record is silent', async () => {
    const after = load([rule('all', 'auto_approve', { tool: 'stripe' })]);
    const said = { verdict: 'deny', rule: 'old', code: 'RULE_DENIED' } as const;
    const tally = await simulate('recorded', after, [
      callAt(1, {}, { recorded: said }),
      callAt(2, {}, { others: 'deny' }),
    ]);
    expect(tally).toMatchObject({ calls: 1, byRule: [{ from: 'old', to: 'all', calls: 1 }] });
  });

  it('a filter that is gone is a loosening, though the verdict is the same', async () => {
    const before = load([{ ...rule('all', 'auto_approve', { tool: 'stripe' }), filters: ['pii'] }]);
    const after = load([rule('all', 'auto_approve', { tool: 'stripe' })]);
    const tally = await simulate(before, after, [callAt(1, {})]);
    expect(tally).toMatchObject({ loosened: 1, byKind: { filters_lost: 1 } });
    expect((await simulate(after, before, [callAt(1, {})])).loosened).toBe(0);
  });

  describe('limits', () => {
    const limited = (max: number, more: readonly object[] = []) =>
      load([rule('some', 'auto_approve', { tool: 'stripe', max_per_hour: max }), ...more]);
    const five = Array.from({ length: 5 }, (_, at) => callAt(at, { args: { at } }));

    const taken = { recorded: { verdict: 'allow', rule: 'some', code: 'RULE_ALLOWED' } } as const;
    const stopped = {
      recorded: { verdict: 'deny', rule: 'some', code: 'LIMIT_EXCEEDED' },
    } as const;

    it('run on the recorded times, afresh in both sets', async () => {
      const tally = await simulate(limited(2), limited(4), five);
      expect(tally.byKind).toMatchObject({ deny_to_allow: 2, room_freed: 0 });
      const spread = five.map((call, at) => callAt(at * 3_600_000, { args: call.call.args }));
      expect((await simulate(limited(2), limited(4), spread)).totals.allow.allow).toBe(5);
    });

    it('room that denied calls leave is no loosening', async () => {
      const denyFirst = rule('first', 'deny', { tool: 'stripe', args: { at: { eq: 0 } } });
      const tally = await simulate(limited(2), limited(2, [denyFirst]), five);
      expect(tally).toMatchObject({
        loosened: 0,
        byKind: { allow_to_deny: 1, room_freed: 1, deny_to_allow: 0 },
      });
      const key = keyOf(limited(2), five[0]);
      const recorded = five.map((call, at) => ({
        ...call,
        ...(at < 2 ? taken : stopped),
        took: at < 2 ? [{ key, amount: 1, untilMs: monday + 3_600_000 }] : [],
      }));
      const fromRecord = await simulate('recorded', limited(2, [denyFirst]), recorded);
      expect(fromRecord).toMatchObject({ loosened: 0, byKind: { room_freed: 1 } });
      expect(await simulate('recorded', limited(4), recorded)).toMatchObject({ loosened: 2 });
    });

    it('calls before the window fill them, and an approved call takes when it comes back', async () => {
      const warm = five.map((call, at) => ({ ...call, isWarmUp: at < 2 }));
      const tally = await simulate(limited(9), limited(2), warm);
      expect(tally).toMatchObject({ calls: 3, byKind: { allow_to_deny: 3 } });

      const reviewed = { verdict: 'review', rule: 'ask', code: 'RULE_REVIEW' } as const;
      const ask = load([
        rule('ask', 'require_review', { tool: 'stripe', args: { at: { eq: 0 } }, max_per_hour: 9 }),
        rule('some', 'auto_approve', { tool: 'stripe', max_per_hour: 1 }),
      ]);
      const [first, second] = five;
      if (first === undefined || second === undefined) throw new Error('there are five');
      const was = { verdict: 'allow', rule: 'some', code: 'RULE_ALLOWED' } as const;
      const asked = { ...first, recorded: reviewed };
      const after = { ...second, recorded: was };
      expect(await simulate('recorded', ask, [asked, after])).toMatchObject({
        loosened: 0,
        byRule: [],
      });
      const redeemed = [asked, { ...asked, redeemed: true }, after];
      expect(await simulate('recorded', ask, redeemed)).toMatchObject({
        calls: 2,
        byKind: { allow_to_deny: 1 },
      });
    });
  });
});

/** The key of the one limit that a call takes from. */
function keyOf(set: RuleSet, recorded: RecordedCall | undefined): string {
  const decision = recorded && set.decide(recorded.call, recorded.facts);
  if (decision?.verdict !== 'allow') throw new Error('expected an allowed call');
  return decision.limits?.[0]?.key ?? '';
}

const condition = fc.record(
  {
    tool: fc.constantFrom('stripe', 'github', 'st*', '*'),
    args: fc.dictionary(
      fc.constantFrom('x', 'y'),
      fc.record({ gt: fc.integer({ min: 0, max: 3 }) }),
      { maxKeys: 2 },
    ),
    max_per_hour: fc.nat(5),
  },
  { requiredKeys: [] },
);
const ruleLists = fc
  .array(
    fc.record({
      condition,
      approval: fc.constantFrom('auto_approve', 'require_review', 'deny'),
      on_exceed: fc.constantFrom('deny', 'require_review'),
    }),
    { maxLength: 6 },
  )
  .map((all) => all.map((body, index) => ({ name: `r${index}`, ...body })));
const callLists = fc
  .array(
    fc.record({
      tool: fc.constantFrom('stripe', 'github', 'shell'),
      args: fc.dictionary(fc.constantFrom('x', 'y'), fc.oneof(fc.nat(3), fc.constant('a'))),
    }),
    { maxLength: 30 },
  )
  .map((all) => all.map((parts, at) => callAt(at * 60_000, parts)));

describe('for all rules and calls', () => {
  it('a set against itself changes nothing', () =>
    fc.assert(
      fc.asyncProperty(ruleLists, callLists, async (rules, calls) => {
        const tally = await simulate(load(rules), load(rules.toReversed()), calls);
        expect(tally).toMatchObject({ calls: calls.length, loosened: 0, byRule: [] });
      }),
      { numRuns: 100 },
    ));

  it('another deny rule never loosens', () =>
    fc.assert(
      fc.asyncProperty(ruleLists, condition, callLists, async (rules, extra, calls) => {
        const { max_per_hour: _, ...where } = extra;
        const more = { name: 'extra', condition: where, approval: 'deny' };
        const { loosened } = await simulate(load(rules), load([...rules, more]), calls);
        expect(loosened).toBe(0);
      }),
      { numRuns: 100 },
    ));
});
