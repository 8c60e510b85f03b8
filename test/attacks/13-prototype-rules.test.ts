import { describe, expect, it } from 'vitest';
import { decideWith, fileOf, load, errorsOf, probe } from '../core/rules/rule-calls.ts';

const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
const rule = (predicates: object) => probe({ args: { x: predicates } });
const verdictOf = (predicates: object, x: unknown) =>
  decideWith(load([rule(predicates)]), { args: { x: x as never } }).verdict;

describe('attack class 13, prototype: predicates', () => {
  it.each(inherited)('a schema that requires `%s` wants an own property', (name) => {
    expect(verdictOf({ matches_schema: { required: [name] } }, {})).toBe('deny');
    const own: unknown = JSON.parse(`{"${name}":1}`);
    expect(verdictOf({ matches_schema: { required: [name] } }, own)).toBe('allow');
  });

  it.each(inherited)('a closed schema refuses an own `%s`', (name) => {
    const own: unknown = JSON.parse(`{"${name}":1}`);
    const closed = { properties: { a: {} }, additionalProperties: false };
    expect(verdictOf({ matches_schema: closed }, own)).toBe('deny');
  });

  // strict JSON refuses `__proto__` as a key wherever it stands in a rules file
  it.each(inherited.slice(1))('a schema that names `%s` judges an own one alone', (name) => {
    const own: unknown = JSON.parse(`{"${name}":1}`);
    const named: object = JSON.parse(`{"properties":{"${name}":{"type":"string"}}}`);
    expect(verdictOf({ matches_schema: named }, own)).toBe('deny');
    expect(verdictOf({ matches_schema: named }, {})).toBe('allow');
  });

  it.each(inherited)('`%s` is no keyword of a schema and no list', (name) => {
    const schema: object = JSON.parse(`{"${name}":{"type":"string"}}`);
    const [unknown] = errorsOf(fileOf([rule({ matches_schema: schema })]).text);
    expect(unknown?.message).toMatch(/not supported|not allowed/);
    for (const predicate of ['domain', 'subset', 'intersects', 'cidr', 'path_inside']) {
      const [missing] = errorsOf(fileOf([rule({ [predicate]: { in_list: name } })]).text);
      expect(missing?.message).toMatch(/no list/);
    }
  });

  it.each(inherited)('the element `%s` is a text like any other', (name) => {
    expect(verdictOf({ subset: ['a'] }, [name])).toBe('deny');
    expect(verdictOf({ intersects: [name] }, [name])).toBe('allow');
    expect(verdictOf({ intersects: [{}] }, [JSON.parse(`{"${name}":1}`)])).toBe('deny');
  });
});

describe('attack class 3, numbers: predicates', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, '5', 2 ** 60, -0])(
    '%s passes for no other number',
    (x) => {
      expect(verdictOf({ matches_schema: { type: 'number', minimum: 1, maximum: 9 } }, x)).toBe(
        'deny',
      );
      expect(verdictOf({ subset: [5] }, [x])).toBe('deny');
      expect(verdictOf({ intersects: [5] }, [x])).toBe('deny');
      expect(verdictOf({ cidr: '0.0.0.0/0' }, x)).toBe('deny');
    },
  );

  it('money is a multiple of a cent as it is written, not as it is stored', () => {
    const cents = { matches_schema: { multipleOf: 0.01 } };
    for (const x of [0.07, 1.15, 4.35, 1_000_000.01]) expect(verdictOf(cents, x)).toBe('allow');
    for (const x of [0.075, 1.155, 1e-7]) expect(verdictOf(cents, x)).toBe('deny');
  });
});
