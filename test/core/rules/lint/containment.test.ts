import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRule } from '../../../../src/core/rules/compiled-rule.ts';
import { lintRules } from '../../../../src/core/rules/lint/lint.ts';
import { loadRules } from '../../../../src/core/rules/load.ts';
import { readRuleFile } from '../../../../src/core/rules/read-file.ts';
import { createRuleSet } from '../../../../src/core/rules/rule-set.ts';
import { type CallParts, fileOf, makeCall } from '../rule-calls.ts';

const values = fc.oneof(
  fc.integer({ min: -1, max: 4 }),
  fc.constantFrom('a', 'ab', 'b', '', 'a/b', '..', null, true, false, 1.5),
  fc.constantFrom([], [1], { x: 1 }),
);
const bound = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'ab', 'b'));
const predicates = fc
  .record(
    {
      eq: values,
      ne: values,
      gt: bound,
      gte: bound,
      lt: bound,
      lte: bound,
      in: fc.array(values, { minLength: 1, maxLength: 3 }),
      not_in: fc.array(values, { minLength: 1, maxLength: 3 }),
      in_list: fc.constantFrom('some', 'none', 'texts'),
      prefix: fc.constantFrom('a', 'ab', 'b'),
      glob: fc.constantFrom('a*', '**', 'a/*'),
      length: fc.oneof(fc.nat(2), fc.record({ gt: fc.nat(2) }), fc.record({ lte: fc.nat(2) })),
      type: fc.constantFrom('string', 'number', 'integer', ['null', 'string'], 'boolean', 'array'),
      exists: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .chain((all) => {
    const keys = Object.keys(all);
    if (keys.length === 0) return fc.constant({ exists: true });
    return fc
      .subarray(keys, { minLength: 1, maxLength: 3 })
      .map((some) => Object.fromEntries(Object.entries(all).filter(([key]) => some.includes(key))));
  });
const condition = fc.record(
  {
    tool: fc.constantFrom('stripe', 'git*', '*', ['stripe', 'github'], 'github.push', {
      in_list: 'none',
    }),
    action: fc.constantFrom('run', 'push', 'pu*', ['run', 'push']),
    role: fc.constantFrom('ops', ['ops', 'support'], 'o*', '*'),
    ring: fc.constantFrom(2, [2, 3]),
    effect: fc.constantFrom('read', ['read', 'write']),
    external: fc.boolean(),
    args: fc.dictionary(fc.constantFrom('x', 'y', '/x'), predicates, { maxKeys: 2 }),
    destinations: predicates,
    when: fc.constantFrom({ '<': [{ var: 'args.x' }, 2] }, { '==': [1, 2] }, { '<': ['a', 1] }),
    max_per_hour: fc.nat(2),
  },
  { requiredKeys: [] },
);
/** Now and then; what is undefined is not written down. */
const rare = <T>(value: T) => fc.constantFrom(...Array.from({ length: 6 }, () => undefined), value);
const bodies = fc.record(
  {
    condition,
    approval: fc.constantFrom('auto_approve', 'require_review', 'deny'),
    mode: fc.constantFrom('enforce', 'enforce', 'enforce', 'shadow', 'off'),
    filters: fc.subarray(['pii']),
    requires: fc.subarray(['person']),
    llm: rare({ may: ['allow'] }),
    rollout: rare({ percent: 5, by: 'agent' }),
    // without it an approving rollout is refused before anything is linted
    allow_loosening: fc.constant(true),
    metadata: rare({ expires: '2026-01-31' }),
  },
  { requiredKeys: ['condition', 'approval', 'allow_loosening'] },
);
/** Often a rule and a variation of it, so that containment is met at all. */
const ruleLists = fc
  .tuple(fc.array(bodies, { minLength: 1, maxLength: 3 }), bodies)
  .chain(([all, other]) =>
    fc.constantFrom(
      all,
      [...all, { ...all[0], approval: other.approval }],
      ['auto_approve', 'deny'].map((approval) => ({ condition: other.condition, approval })),
      [...all, { ...other, condition: { ...all[0]?.condition, ...other.condition } }],
      [...all, { condition: { tool: '*' }, approval: 'require_review' }],
      [...all, { condition: { effect: 'read', tool: '*' }, approval: 'deny' }],
      [
        { ...all[0], approval: 'deny' },
        { ...other, condition: { ...other.condition, ...all[0]?.condition } },
      ],
    ),
  )
  .map((all) => all.map((body, index) => ({ name: `r${index}`, ...body })));
const closed = { type: 'object', properties: { x: {} }, additionalProperties: false };
const calls: fc.Arbitrary<CallParts> = fc.record(
  {
    tool: fc.constantFrom('stripe', 'github', 'github.push', 'shell'),
    action: fc.constantFrom('run', 'push'),
    roles: fc.subarray(['ops', 'support']),
    ring: fc.constantFrom(2 as const, 3 as const),
    args: fc.dictionary(fc.constantFrom('x', 'y'), values),
    schema: fc.constantFrom(closed, { type: 'object', properties: { y: {} } }),
    manifest: fc.record(
      {
        effect: fc.constantFrom('read' as const, 'write' as const),
        undo: fc.constant('full' as const),
        external: fc.boolean(),
        destinations: fc.constant(['x']),
      },
      { requiredKeys: ['effect', 'undo'] },
    ),
  },
  { requiredKeys: ['tool', 'args', 'action'] },
);
const lists = { some: ['a', 1, 2], none: [], texts: ['a', 'b'] };
const defaults = fc.constantFrom({}, { approval: 'require_review' });

interface Named {
  readonly name: string;
}

/** A set of rules that may hold lint errors, which the loader would refuse. */
function compile(rules: readonly Named[], given: { readonly approval?: string }) {
  const file = readRuleFile(fileOf(rules, { lists }));
  const known = new Map(Object.entries(lists));
  return createRuleSet({
    version: 'v',
    files: [],
    rules: file.rules.map(({ source, raw }) =>
      compileRule({ source, raw, file: 'rules.json' }, known),
    ),
    defaults: { approval: given.approval === undefined ? 'deny' : 'review', onError: 'deny' },
  });
}

/** What a decision does; who is named in its explanation may change with the rules. */
function effect(decision: ReturnType<ReturnType<typeof compile>['decide']>): unknown {
  const { verdict, code } = decision;
  if (decision.verdict === 'deny') return { verdict };
  const { limits, filters } = decision;
  const demands = decision.verdict === 'review' ? decision.demands : [];
  return { verdict, code, limits, filters, demands };
}

const useless = new Set(['dead-rule', 'contradictory-rules', 'never-matches']);

describe('for all rules and calls', () => {
  it('a rule that is said to be dead or never to match changes no decision', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(
        ruleLists,
        defaults,
        fc.array(calls, { minLength: 8, maxLength: 8 }),
        (rules, given, some) => {
          const file = fileOf(rules, { lists, defaults: given });
          for (const { code, rule } of lintRules([file])) {
            if (!useless.has(code)) continue;
            seen.set(code, (seen.get(code) ?? 0) + 1);
            const all = compile(rules, given);
            const rest = compile(
              rules.filter(({ name }) => name !== rule),
              given,
            );
            for (const parts of some) {
              const { call, facts } = makeCall(parts);
              expect(effect(rest.decide(call, facts))).toEqual(effect(all.decide(call, facts)));
            }
          }
        },
      ),
      { numRuns: 250, endOnFailure: true },
    );
    expect([...seen.keys()].toSorted()).toEqual([...useless].toSorted());
    expect(Math.min(...seen.values())).toBeGreaterThan(3);
  });

  it('a rule whose predicates are said to exclude each other is never true', () => {
    let seen = 0;
    const one = fc.record({ args: fc.dictionary(fc.constantFrom('x', 'y'), predicates) });
    fc.assert(
      fc.property(one, fc.array(calls, { minLength: 20, maxLength: 20 }), (given, some) => {
        const rules = [{ name: 'r', condition: given, approval: 'auto_approve' }];
        const found = lintRules([fileOf(rules, { lists })]);
        if (!found.some(({ code }) => code === 'never-matches')) return;
        seen += 1;
        const set = compile(rules, {});
        for (const parts of some) {
          const { call, facts } = makeCall(parts);
          expect(set.decide(call, facts).verdict).toBe('deny');
        }
      }),
      { numRuns: 400 },
    );
    expect(seen).toBeGreaterThan(40);
  });

  it('a rule without findings of its own can be loaded', () => {
    fc.assert(
      fc.property(ruleLists, (rules) => {
        const file = fileOf(rules, { lists });
        const isSound = lintRules([file]).every(({ severity }) => severity !== 'error');
        expect(loadRules([file]).ok).toBe(isSound);
      }),
      { numRuns: 200 },
    );
  });
});
