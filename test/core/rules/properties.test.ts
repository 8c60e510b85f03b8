import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/model/json.ts';
import { diffRules } from '../../../src/core/rules/diff.ts';
import { loadRules } from '../../../src/core/rules/load.ts';
import { lexicalPath } from '../../../src/core/rules/path-text.ts';
import { secondOpinion } from '../../../src/core/rules/second-opinion.ts';
import { compileWhen } from '../../../src/core/rules/when.ts';
import { whenData } from '../../../src/core/rules/when-data.ts';
import { type CallParts, decideWith, fileOf, load, makeCall } from './rule-calls.ts';

const severity = { allow: 0, review: 1, deny: 2 } as const;
const places = [
  'https://www.a.example/x',
  'ada@b.example',
  '10.1.2.3',
  'http://[::ffff:10.0.0.1]',
  '/a/b',
  '/a/../c',
];
const odd = [
  'http://a.example@b.example',
  '0x0a.1',
  '2002:a00:1::',
  '1.2.3',
  '2.0.0-beta',
  'x'.repeat(40),
];
const scalars = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom('a', 'b', null, true, ...places, ...odd),
);
const values: fc.Arbitrary<Json> = fc.oneof(scalars, fc.array(scalars, { maxLength: 3 }));
const domains = fc.constantFrom('a.example', 'www.a.example', 'b.example');
const networks = fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '::/0');
const folders = fc.constantFrom('/a', '/a/b', '/');
const some = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 3 }));
const predicates = fc.oneof(
  fc.record({ gt: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ lte: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ eq: values }),
  fc.record({ in: fc.array(values, { minLength: 1, maxLength: 3 }) }),
  fc.record({ exists: fc.boolean() }),
  fc.record({ regex: fc.constantFrom('x', '^(a+)+$', '.') }),
  fc.record({ domain: some(domains) }),
  fc.record({ cidr: some(networks) }),
  fc.record({ path_inside: some(folders) }),
  fc.record({ intersects: fc.array(values, { minLength: 1, maxLength: 3 }) }),
  fc.record({ subset: fc.array(values, { minLength: 1, maxLength: 3 }) }),
  fc.record({ semver: fc.constantFrom('^1.0.0', '<2.0.0') }),
  fc.record({
    matches_schema: fc.record(
      {
        type: fc.constantFrom('string', 'array'),
        minLength: fc.nat(3),
        items: fc.constant({ type: 'string' }),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({ first_seen_in: fc.constant(['user']) }),
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
  realPath: fc.constant(lexicalPath),
});
const runs = { numRuns: 150 };
const operands = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b'));
const listed = fc.array(scalars, { minLength: 1, maxLength: 3 });
const types = fc.constantFrom('string', 'number', 'integer', 'boolean', 'null', 'array');
const compared = fc.oneof(
  ...['gt', 'gte', 'lt', 'lte'].map((name) => operands.map((operand) => ({ [name]: operand }))),
  ...['eq', 'ne'].map((name) => scalars.map((operand) => ({ [name]: operand }))),
  ...['in', 'not_in'].map((name) => listed.map((operand) => ({ [name]: operand }))),
  fc.record({ prefix: fc.constantFrom('/', '/a', 'a') }),
  some(types).map((type) => ({ type })),
  fc
    .record(
      { gt: fc.nat(3), lte: fc.nat(3), lt: fc.nat(9), eq: fc.nat(3), ne: fc.nat(3) },
      { requiredKeys: [] },
    )
    .filter((length) => Object.keys(length).length > 0)
    .map((length) => ({ length })),
);
/** Two conditions on one argument: by one predicate, or by any of those that are compared with each other. */
const editsOfPredicates: fc.Arbitrary<[object, object]> = fc.oneof(
  fc
    .constantFrom<{ name: string; operand: fc.Arbitrary<unknown> }>(
      { name: 'domain', operand: some(domains) },
      { name: 'cidr', operand: some(networks) },
      { name: 'path_inside', operand: some(folders) },
      { name: 'intersects', operand: listed },
      { name: 'subset', operand: listed },
    )
    .chain(({ name, operand }) => {
      const one = operand.map((given) => ({ [name]: given }));
      return fc.tuple(one, one);
    }),
  fc.tuple(compared, compared),
  fc
    .tuple(compared, compared, compared)
    .map(([first, second, third]): [object, object] => [first, { ...second, ...third }]),
);

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

  it('an edit of one predicate that is said to loosen nothing loosens nothing', () => {
    let shown = 0;
    const approvals = fc.constantFrom('auto_approve', 'require_review', 'deny');
    fc.assert(
      fc.property(
        editsOfPredicates,
        approvals,
        fc.array(values, { minLength: 8, maxLength: 8 }),
        ([from, to], approval, args) => {
          const setOf = (x: object) => {
            const rules = [
              { name: 'r', condition: { tool: 'stripe', args: { x } }, approval },
              { name: 'other', condition: { tool: 'stripe' }, approval: 'require_review' },
            ];
            const loaded = loadRules([fileOf(rules)]);
            return loaded.ok ? loaded.set : undefined;
          };
          const [before, after] = [setOf(from), setOf(to)];
          // a rule that can never match is refused
          fc.pre(before !== undefined && after !== undefined);
          if (diffRules(before, after).loosened.length > 0) return;
          shown += 1;
          for (const x of args) {
            const [was, is] = [before, after].map((set) =>
              decideWith(set, { args: { x }, realPath: lexicalPath }),
            );
            expect(severity[is?.verdict ?? 'allow']).toBeGreaterThanOrEqual(
              severity[was?.verdict ?? 'deny'],
            );
          }
        },
      ),
      { numRuns: 600 },
    );
    expect(shown).toBeGreaterThan(20);
  });

  it('rules that are written out again are the same rules', () => {
    fc.assert(
      fc.property(ruleLists, calls, (rules, call) => {
        const set = load(rules);
        const printed = JSON.stringify({ rules: set.rules.map(({ raw }) => raw) }, undefined, 2);
        const again = loadRules([{ name: 'rules.json', text: printed }]);
        if (!again.ok) throw new Error('what was loaded does not load again');
        expect(again.set.rules.map((rule) => [rule.source, rule.hash()])).toEqual(
          set.rules.map((rule) => [rule.source, rule.hash()]),
        );
        expect(diffRules(set, again.set)).toMatchObject({ changed: [], loosened: [] });
        expect({ ...decideWith(again.set, call), rulesVersion: '' }).toEqual({
          ...decideWith(set, call),
          rulesVersion: '',
        });
      }),
      runs,
    );
  });

  it('both engines agree where ours is definite', () => {
    const { truth } = fc.letrec<{ number: Json; text: Json; truth: Json }>((tie) => {
      const pair = (of: 'number' | 'text' | 'truth') => fc.tuple(tie(of), tie(of));
      const apply = (names: readonly string[], operands: fc.Arbitrary<Json[]>) =>
        fc.tuple(fc.constantFrom(...names), operands).map(([name, all]): Json => ({ [name]: all }));
      const orders = ['<', '<=', '>', '>=', '==', '!=', '===', '!=='];
      return {
        number: fc.oneof(
          { maxDepth: 3, withCrossShrink: true },
          fc.integer({ min: -3, max: 3 }),
          fc.constantFrom({ var: 'args.n' }, { var: 'args.list.0' }, { var: ['args.none', 1] }),
          apply(['+', '-', '*', '/', '%', 'min', 'max'], pair('number')),
          fc.tuple(tie('truth'), tie('number'), tie('number')).map((all): Json => ({ if: all })),
        ),
        text: fc.oneof(
          { maxDepth: 2 },
          fc.constantFrom('', 'a', 'ab', { var: 'args.t' }),
          apply(['cat'], pair('text')),
        ),
        truth: fc.oneof(
          { maxDepth: 4 },
          fc.constantFrom<Json>(true, false, { var: 'args.yes' }),
          apply(orders, pair('number')),
          apply([...orders, 'in'], pair('text')),
          apply(['and', 'or'], pair('truth')),
          tie('truth').map((one): Json => ({ '!': [one] })),
        ),
      };
    });
    let definite = 0;
    fc.assert(
      fc.property(truth, fc.integer({ min: -3, max: 3 }), (when, n) => {
        const trial = makeCall({ args: { n, t: 'ab', yes: true, list: [2] } });
        const ours = compileWhen(when).answer(trial, true).definite;
        if (ours === undefined || typeof when !== 'object') return;
        definite += 1;
        expect(secondOpinion(when, whenData(trial, false))).toBe(ours);
      }),
      { numRuns: 500 },
    );
    expect(definite).toBeGreaterThan(100);
  });

  it('no operand of a predicate crashes the loader or a decision', () => {
    const names = [
      'regex',
      'domain',
      'cidr',
      'path_inside',
      'matches_schema',
      'intersects',
      'subset',
      'semver',
    ];
    const operand = fc.oneof(
      fc.jsonValue({ maxDepth: 5 }),
      fc.string(),
      fc.array(fc.string(), { minLength: 1, maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          'type',
          'required',
          'properties',
          'items',
          'anyOf',
          'pattern',
          'not',
          'in_list',
        ),
        fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant({}), fc.constant([{}])),
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), operand, fc.anything(), (name, junk, arg) => {
        const condition = { tool: 'stripe', args: { x: { [name]: junk } } };
        const loaded = loadRules([fileOf([{ name: 'r', condition, approval: 'require_review' }])]);
        if (!loaded.ok) return;
        const { verdict } = decideWith(loaded.set, { args: { x: arg as Json } });
        expect(['review', 'deny']).toContain(verdict);
      }),
      { numRuns: 400 },
    );
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
