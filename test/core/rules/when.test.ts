import { existsSync, readFileSync } from 'node:fs';
import { LogicEngine } from 'json-logic-engine';
import jsonLogic, { type RulesLogic } from 'json-logic-js';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/model/json.ts';
import { checkWhen } from '../../../src/core/rules/when-check.ts';
import { compileWhen } from '../../../src/core/rules/when.ts';
import { makeCall } from './rule-calls.ts';

const amount: Json = { var: 'args.amount' };
const args: Json = {
  amount: 20,
  limit: 80,
  text: 'abc',
  number: '20',
  nothing: null,
  yes: true,
  list: [1, 2, 3],
  flags: [true],
  empty: [],
  people: [{ age: 30 }, { age: 17 }],
  deep: { a: { b: 1 } },
};

type Row = readonly [why: string, when: Json, expected: boolean | 'error'];
const rows: readonly Row[] = [
  ['compares numbers', { '<': [amount, { var: 'args.limit' }] }, true],
  ['between three', { '<=': [0, amount, 20] }, true],
  ['between three, outside', { '<': [0, amount, 20] }, false],
  ['compares texts', { '>': [{ var: 'args.text' }, 'abb'] }, true],
  // where the engines guess
  ['-1 < missing', { '<': [-1, { var: 'args.none' }] }, 'error'],
  ['missing == null', { '==': [{ var: 'args.none' }, null] }, 'error'],
  ['missing with a default', { '<': [{ var: ['args.none', 0] }, 1] }, true],
  ['a default of 0 is a default', { '==': [{ var: ['args.none', 0] }, 0] }, true],
  ['a present value beats the default', { '==': [{ var: ['args.amount', 0] }, 20] }, true],
  ['null is there', { '==': [{ var: 'args.nothing' }, null] }, true],
  ['null is less than nothing', { '<': [{ var: 'args.nothing' }, 1] }, 'error'],
  ['"abc" > 100', { '>': [{ var: 'args.text' }, 100] }, 'error'],
  ['"20" == 20', { '==': [{ var: 'args.number' }, 20] }, 'error'],
  ['"20" === 20', { '===': [{ var: 'args.number' }, 20] }, false],
  ['list == list', { '==': [{ var: 'args.list' }, [1, 2, 3]] }, 'error'],
  ['not a boolean', { '!': [{ var: 'args.list' }] }, 'error'],
  ['a list is not its element', { '!!': { var: 'args.flags' } }, 'error'],
  ['a list is not its element, with brackets', { '!!': [{ var: 'args.flags' }] }, 'error'],
  ['a list is not the operands', { '<': [{ var: 'args.list' }, 5] }, 'error'],
  ['no truthiness in and', { and: [1, true] }, 'error'],
  ['no truthiness in if', { if: [1, true, false] }, 'error'],
  ['a result that is no boolean', { '+': [1, 2] }, 'error'],
  ['a text as result', { var: 'args.text' }, 'error'],
  ['a boolean argument as result', { var: 'args.yes' }, true],
  ['division by zero', { '>': [{ '/': [1, 0] }, 5] }, 'error'],
  ['remainder of zero', { '==': [{ '%': [1, 0] }, 0] }, 'error'],
  ['overflow', { '>': [{ '*': [1e308, 10] }, 5] }, 'error'],
  ['adding a text', { '>': [{ '+': [1, '2'] }, 2] }, 'error'],
  // three values
  ['false and error', { and: [{ var: 'args.none' }, { '>': [amount, 100] }] }, false],
  ['error and false', { and: [{ '>': [amount, 100] }, { var: 'args.none' }] }, false],
  ['true and error', { and: [true, { var: 'args.none' }] }, 'error'],
  ['true or error', { or: [{ var: 'args.none' }, { '<': [amount, 100] }] }, true],
  ['false or error', { or: [false, { var: 'args.none' }] }, 'error'],
  ['not error', { '!': [{ var: 'args.none' }] }, 'error'],
  // own properties only
  ['toString is no property', { '==': [{ var: 'args.toString' }, null] }, 'error'],
  ['nor hasOwnProperty', { '!': [{ var: 'args.deep.hasOwnProperty' }] }, 'error'],
  ['nor the length of a text', { '==': [{ var: 'args.text.length' }, 3] }, 'error'],
  ['nor of a list', { '==': [{ var: 'args.list.length' }, 3] }, 'error'],
  // the rest of the operators
  ['reads lists by index', { '==': [{ var: 'args.list.1' }, 2] }, true],
  ['reads deep', { '==': [{ var: 'args.deep.a.b' }, 1] }, true],
  ['if', { if: [{ '>': [amount, 100] }, false, true] }, true],
  ['if, else if', { if: [false, false, { '<': [amount, 100] }, true, false] }, true],
  ['?:', { '?:': [true, true, false] }, true],
  ['in a list', { in: [amount, [10, 20]] }, true],
  ['not in a list', { in: [amount, [10, 30]] }, false],
  ['in a list of other things', { in: [{ var: 'args.number' }, [10, 20]] }, 'error'],
  ['in a text', { in: ['b', { var: 'args.text' }] }, true],
  ['a number in a text', { in: [2, { var: 'args.number' }] }, 'error'],
  [
    'cat and substr',
    { '===': [{ substr: [{ cat: ['x', { var: 'args.text' }] }, 1, 2] }, 'ab'] },
    true,
  ],
  ['substr from the end', { '===': [{ substr: ['abc', 0, -1] }, 'ab'] }, true],
  ['max and min', { '==': [{ max: [1, { min: [9, 5] }] }, 5] }, true],
  ['all', { all: [{ var: 'args.people' }, { '>': [{ var: 'age' }, 10] }] }, true],
  ['all, one not', { all: [{ var: 'args.people' }, { '>': [{ var: 'age' }, 18] }] }, false],
  ['all of none', { all: [{ var: 'args.empty' }, true] }, false],
  ['some', { some: [{ var: 'args.people' }, { '<': [{ var: 'age' }, 18] }] }, true],
  ['none', { none: [{ var: 'args.people' }, { '>': [{ var: 'age' }, 90] }] }, true],
  ['an iterator over no list', { some: [amount, true] }, 'error'],
  ['a body that is no boolean', { all: [{ var: 'args.list' }, { var: '' }] }, 'error'],
  [
    'a missing property of an element',
    { all: [{ var: 'args.people' }, { var: 'adult' }] },
    'error',
  ],
  [
    'filter, map and reduce',
    {
      '==': [
        {
          reduce: [
            {
              map: [
                { filter: [{ var: 'args.list' }, { '>': [{ var: '' }, 1] }] },
                { '*': [{ var: '' }, 2] },
              ],
            },
            { '+': [{ var: 'accumulator' }, { var: 'current' }] },
            0,
          ],
        },
        10,
      ],
    },
    true,
  ],
  ['merge', { in: [3, { merge: [[1], { var: 'args.list' }] }] }, true],
  // other roots
  ['the agent', { in: ['support', { var: 'agent.roles' }] }, true],
  ['the ring', { '==': [{ var: 'agent.ring' }, 2] }, true],
  [
    'the tool',
    { and: [{ '==': [{ var: 'tool.name' }, 'stripe'] }, { '==': [{ var: 'tool.undo' }, 'none'] }] },
    true,
  ],
  ['the session', { '==': [{ var: 'session.id' }, 's1'] }, true],
  ['the time', { '>': [{ var: 'time.epoch_ms' }, 1_700_000_000_000] }, true],
  ['the time as text', { '<': ['2026-11', { var: 'time.iso' }] }, true],
];

describe('when', () => {
  it.each(rows)('%s', (_why, when, expected) => {
    expect(checkWhen(when, [])).toEqual([]);
    const parts = makeCall({ args, roles: ['support'] });
    expect(compileWhen(when).check.test(parts, true)).toBe(expected);
  });

  it('takes a broken number for an error', () => {
    for (const broken of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const when = compileWhen({ '!=': [amount, 5] });
      expect(when.check.test(makeCall({ args: { amount: broken } }), true)).toBe('error');
    }
  });

  it('is false for an argument that the tool cannot have, whatever stands around it', () => {
    const schema: Json = { type: 'object', properties: {}, additionalProperties: false };
    const parts = makeCall({ schema });
    for (const when of [{ '>': [amount, 100] }, { '!': [{ '>': [amount, 100] }] }]) {
      expect(compileWhen(when).check.test(parts, true)).toBe(false);
    }
    expect(compileWhen({ '>': [amount, 100] }).check.test(makeCall(), false)).toBe(false);
    expect(
      compileWhen({ and: [true, { '>': [amount, 'x'] }] }).check.test(makeCall({ args }), false),
    ).toBe('error');
  });

  it('gives up where nested iterators multiply what a caller sends', () => {
    const inner: Json = { none: [{ var: 'args.list' }, false] };
    const when = compileWhen({ all: [{ var: 'args.list' }, inner] });
    const square = (side: number) => {
      const row = Array.from({ length: side }, () => 0);
      return makeCall({ args: { list: row.map(() => ({ args: { list: row } })) } });
    };
    expect(when.check.test(square(100), true)).toBe(true);
    expect(when.check.test(square(1000), true)).toBe('error');
  });
});

describe('checking when', () => {
  const nest = (depth: number): Json => (depth === 0 ? true : { '!': [nest(depth - 1)] });
  const refused: readonly (readonly [string, Json, RegExp])[] = [
    ['a plain value', true, /expected JSON Logic/],
    ['an unknown operator', { has: [1] }, /unknown operator `has`/],
    ['an operator of the prototype', { toString: [] }, /unknown operator `toString`/],
    ['constructor as operator', { constructor: ['x'] }, /unknown operator/],
    ['log', { log: ['x'] }, /unknown operator/],
    ['method', { method: ['x', 'y'] }, /unknown operator/],
    ['two keys', { '!': [true], '!!': [true] }, /exactly one key/],
    ['no key', { '!': [{}] }, /exactly one key/],
    ['a computed path', { '==': [{ var: { var: 'args.a' } }, 1] }, /path written out/],
    [
      'a computed path in brackets',
      { '==': [{ var: [{ cat: ['args', '.a'] }] }, 1] },
      /path written out/,
    ],
    ['the empty path', { '==': [{ var: '' }, 1] }, /`var` reads/],
    ['another root', { '==': [{ var: 'amount' }, 1] }, /`var` reads/],
    ['constructor.constructor', { '!!': [{ var: 'constructor.constructor' }] }, /cannot read/],
    ['constructor below args', { '!!': [{ var: 'args.constructor' }] }, /cannot read/],
    ['__proto__', { '!!': [{ var: 'args.__proto__.x' }] }, /cannot read/],
    ['prototype in an iterator', { all: [{ var: 'args.a' }, { var: 'prototype' }] }, /cannot read/],
    ['too few operands', { '<': [1] }, /takes 2 to 3 operands, not 1/],
    ['too many operands', { '>': [1, 2, 3] }, /takes 2 operands, not 3/],
    ['too deep', nest(24), /deeper than 24/],
    ['too large', { and: Array.from({ length: 500 }, () => true) }, /more than 500/],
    ['an operation as default', { '==': [{ var: ['args.a', { '+': [1] }] }, 1] }, /plain value/],
  ];
  it.each(refused)('refuses %s', (_why, when, message) => {
    const [first] = checkWhen(when, []);
    expect(first?.message).toMatch(message);
  });

  it('accepts what is just within the bounds', () => {
    expect(checkWhen(nest(12), [])).toEqual([]);
    expect(checkWhen({ and: Array.from({ length: 400 }, () => true) }, [])).toEqual([]);
  });

  it('suggests the operator and the root that were meant', () => {
    expect(checkWhen({ and: [{ substrr: ['a', 1] }] }, [])[0]?.remedy).toBe(
      'did you mean `substr`?',
    );
    expect(checkWhen({ '!': [{ var: 'arg.x' }] }, [])[0]?.remedy).toBe('did you mean `args`?');
  });
});

// the vectors lie beside the repository
const vectors = new URL('../../../../shared/vectors/jsonlogic/compatible.json', import.meta.url);
if (!existsSync(vectors)) console.log('skipped: no JSON Logic vectors beside the repository');

describe.runIf(existsSync(vectors))('both engines, as they come', () => {
  interface Vector {
    readonly description: string;
    readonly rule: RulesLogic;
    readonly data?: unknown;
    readonly result: unknown;
  }
  const all: readonly (Vector | string)[] = existsSync(vectors)
    ? JSON.parse(readFileSync(vectors, 'utf8'))
    : [];
  const cases = all.filter((each) => typeof each !== 'string');

  it('agree on all 278 cases that engines have in common', () => {
    const engine = new LogicEngine();
    expect(cases).toHaveLength(278);
    for (const { rule, data = null, result, description } of cases) {
      expect(jsonLogic.apply(rule, data), `json-logic-js: ${description}`).toEqual(result);
      expect(engine.build(rule)(data), `json-logic-engine: ${description}`).toEqual(result);
    }
  });
});
