import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/model/json.ts';
import { diffRules } from '../../../src/core/rules/diff.ts';
import { loadRules } from '../../../src/core/rules/load.ts';
import { type CallParts, decideWith, fileOf, load, makeCall } from './rule-calls.ts';

const severity = { allow: 0, review: 1, deny: 2 } as const;
const values = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b', null, true));
const predicates = fc.oneof(
  fc.record({ gt: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ lte: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ eq: values }),
  fc.record({ in: fc.array(values, { minLength: 1, maxLength: 3 }) }),
  fc.record({ exists: fc.boolean() }),
  fc.record({ regex: fc.constant('x') }),
);
const condition = fc.record(
  {
    tool: fc.constantFrom('stripe', 'github', 'st*', '*'),
    role: fc.constantFrom('ops', 'support'),
    args: fc.dictionary(fc.constantFrom('x', 'y'), predicates, { maxKeys: 2 }),
    max_per_hour: fc.nat(5),
    when: fc.constant({ '<': [{ var: 'args.x' }, 2] }),
  },
  { requiredKeys: [] },
);
const bodies = fc.record(
  {
    condition,
    approval: fc.constantFrom('auto_approve', 'require_review', 'deny'),
    mode: fc.constantFrom('enforce', 'shadow', 'off'),
    filters: fc.subarray(['pii', 'secrets']),
    requires: fc.subarray(['person']),
  },
  { requiredKeys: ['condition', 'approval'] },
);
const ruleLists = fc
  .array(bodies, { maxLength: 6 })
  .map((all) => all.map((body, index) => ({ name: `r${index}`, ...body })));
const calls: fc.Arbitrary<CallParts> = fc.record({
  tool: fc.constantFrom('stripe', 'github', 'shell'),
  roles: fc.subarray(['ops', 'support']),
  args: fc.dictionary(fc.constantFrom('x', 'y'), values),
});
const runs = { numRuns: 150 };

describe('for all rules and calls', () => {
  it('the order of rules and files never matters', () => {
    fc.assert(
      fc.property(ruleLists, calls, fc.nat(6), (rules, call, cut) => {
        const one = loadRules([
          fileOf(rules.slice(0, cut), {}, 'a'),
          fileOf(rules.slice(cut), {}, 'b'),
        ]);
        const files = [
          fileOf(rules.slice(cut).toReversed(), {}, 'b'),
          fileOf(rules.slice(0, cut).toReversed(), {}, 'a'),
        ];
        const other = loadRules(files);
        if (!one.ok || !other.ok) throw new Error('rules of the right form do not load');
        const decision = decideWith(other.set, call);
        expect({ ...decision, rulesVersion: '' }).toEqual({
          ...decideWith(one.set, call),
          rulesVersion: '',
        });
      }),
      runs,
    );
  });

  it('a deny rule never loosens', () => {
    fc.assert(
      fc.property(ruleLists, calls, condition, (rules, call, added) => {
        const before = decideWith(load(rules), call);
        const deny = { name: 'added', condition: added, approval: 'deny' };
        const after = decideWith(load([...rules, deny]), call);
        expect(severity[after.verdict]).toBeGreaterThanOrEqual(severity[before.verdict]);
      }),
      runs,
    );
  });

  it('an edit that is said to loosen nothing loosens nothing', () => {
    let shown = 0;
    fc.assert(
      fc.property(
        bodies,
        bodies,
        fc.array(calls, { minLength: 5, maxLength: 5 }),
        (from, to, some) => {
          const other = { name: 'other', condition: { tool: 'stripe' }, approval: 'auto_approve' };
          const before = load([{ name: 'r', ...from }, other]);
          for (const edited of [
            to,
            { ...from, condition: { ...from.condition, ...to.condition } },
            { ...from, approval: 'deny' },
          ]) {
            const after = load([{ name: 'r', ...edited }, other]);
            if (diffRules(before, after).loosened.length > 0) continue;
            shown += 1;
            for (const call of some) {
              const [was, is] = [decideWith(before, call), decideWith(after, call)];
              expect(severity[is.verdict]).toBeGreaterThanOrEqual(severity[was.verdict]);
              const conditionsOf = (decision: typeof was) =>
                decision.verdict === 'deny'
                  ? undefined
                  : [decision.limits?.length ?? 0, decision.filters?.length ?? 0];
              const [before0 = [0, 0], after0] = [conditionsOf(was), conditionsOf(is)];
              if (after0 === undefined) continue;
              expect(after0[0]).toBeGreaterThanOrEqual(before0[0] ?? 0);
              expect(after0[1]).toBeGreaterThanOrEqual(before0[1] ?? 0);
            }
          }
        },
      ),
      runs,
    );
    expect(shown).toBeGreaterThan(50);
  });

  it('no JSON and no text crashes the loader', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(loadRules([{ name: 'a.json', text }])).toHaveProperty('ok');
      }),
      runs,
    );
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), bodies, fc.nat(8), (junk, body, where) => {
        const spots = [
          'condition',
          'approval',
          'filters',
          'mode',
          'requires',
          'metadata',
          'tests',
          'llm',
        ];
        const rule = { name: 'r', ...body, [spots[where] ?? 'rollout']: junk };
        const inside = {
          name: 'i',
          ...body,
          condition: {
            ...body.condition,
            [['args', 'when', 'tool', 'limits', 'between', 'ring', 'session', 'destinations'][
              where
            ] ?? 'env']: junk,
          },
        };
        expect(loadRules([fileOf([rule, inside])])).toHaveProperty('ok');
      }),
      runs,
    );
  });

  it('a decision is never an exception, whatever the arguments are', () => {
    fc.assert(
      fc.property(ruleLists, fc.anything(), fc.double(), (rules, args, nowMs) => {
        const { call, facts } = makeCall({ args: args as Json });
        const decision = load(rules).decide(call, { ...facts, nowMs });
        expect(['allow', 'review', 'deny']).toContain(decision.verdict);
      }),
      runs,
    );
  });
});
