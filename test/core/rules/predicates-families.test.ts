import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/model/json.ts';
import { lexicalPath } from '../../../src/core/rules/path-text.ts';
import { compilePredicates } from '../../../src/core/rules/predicates.ts';
import type { PredicatesSource } from '../../../src/core/rules/source.ts';
import type { Truth } from '../../../src/core/rules/truth.ts';
import { makeCall } from './rule-calls.ts';

const lists = new Map<string, readonly (string | number)[]>([
  ['hosts', ['a.example', 'münchen.de']],
  ['nets', ['10.0.0.0/8', 'fd00::/8']],
  ['folders', ['/home/ada', '/srv/data']],
  ['mixed', ['a', 7]],
]);
const links = new Map([
  ['/home/ada/link', '/etc'],
  ['~/x', '/home/ada/x'],
  ['notes.txt', '/home/ada/notes.txt'],
]);
const realPath = (path: string) => links.get(path) ?? lexicalPath(path);
const ask = (source: PredicatesSource, value: Json): readonly Truth[] => {
  const { call, facts } = makeCall();
  return compilePredicates(source, lists, 'deny').map(({ test }) =>
    test(value, { call, facts: { ...facts, realPath } }),
  );
};
type Row = readonly [PredicatesSource, Json, Truth];

describe('predicates on texts', () => {
  it.each<Row>([
    [{ regex: '^[a-z]+$' }, 'abc', true],
    [{ regex: '^[a-z]+$' }, 'abc\n', false],
    [{ regex: 'b' }, 'abc', true],
    [{ regex: 'B' }, 'abc', false],
    [{ regex: '(?i)B' }, 'abc', true],
    [{ regex: 'b' }, 5, 'error'],
    [{ regex: 'b' }, ['b'], 'error'],
    [{ regex: '[ab]{900}c' }, 'a'.repeat(100_000), 'error'],
    [{ semver: '^1.2.0' }, '1.9.0', true],
    [{ semver: '^1.2.0' }, 'v1.9.0', true],
    [{ semver: '^1.2.0' }, '2.0.0', false],
    [{ semver: '<2.0.0' }, '1.9.9-beta', 'error'],
    [{ semver: '<2.0.0' }, '3.0.0-beta', false],
    [{ semver: '^1.2.0' }, 'latest', 'error'],
    [{ semver: '^1.2.0' }, '1.9', 'error'],
    [{ semver: '^1.2.0' }, ' 1.9.0', 'error'],
    [{ semver: '^1.2.0' }, 1, 'error'],
  ])('%.60j of %.40j is %s', (source, value, expected) => {
    expect(ask(source, value)).toEqual([expected]);
  });
});

describe('predicates on places in the network', () => {
  it.each<Row>([
    [{ domain: 'example.com' }, 'https://www.Example.com./x', true],
    [{ domain: 'example.com' }, 'ada@example.com', true],
    [{ domain: 'example.com' }, 'https://example.com.evil.net', false],
    [{ domain: 'example.com' }, 'https://notexample.com', false],
    [{ domain: 'example.com' }, 'http://exаmple.com', false],
    [{ domain: 'example.com' }, 'http://127.0.0.1', false],
    [{ domain: 'example.com' }, 'http://0x7f.1', 'error'],
    [{ domain: 'example.com' }, 'http://example.com@evil.net', 'error'],
    [{ domain: 'example.com' }, 'javascript:alert(1)', 'error'],
    [{ domain: 'example.com' }, 'http://example.com http://evil.net', 'error'],
    [{ domain: 'example.com' }, null, 'error'],
    [{ domain: 'MÜNCHEN.de' }, 'http://xn--mnchen-3ya.de', true],
    [{ domain: ['a.example', 'b.example'] }, 'x.b.example', true],
    [{ domain: { in_list: 'hosts' } }, 'http://www.münchen.de', true],
    [{ domain: { in_list: 'hosts' } }, 'http://b.example', false],
    [{ domain: { in_list: 'mixed' } }, 'http://b.example', 'error'],
    [{ domain: { in_list: 'gone' } }, 'http://b.example', 'error'],
    [{ cidr: '10.0.0.0/8' }, '10.1.2.3', true],
    [{ cidr: '10.0.0.0/8' }, 'http://10.1.2.3:80/x', true],
    [{ cidr: '10.0.0.0/8' }, '::ffff:10.1.2.3', true],
    [{ cidr: '10.0.0.0/8' }, 'http://[::ffff:a01:203]/', true],
    [{ cidr: '10.0.0.0/8' }, '11.0.0.0', false],
    [{ cidr: '10.0.0.0/8' }, '2001:db8::1', false],
    [{ cidr: '10.0.0.0/8' }, '64:ff9b::a01:203', 'error'],
    [{ cidr: '10.0.0.0/8' }, '2002:a01:203::', 'error'],
    [{ cidr: '10.0.0.0/8' }, '::10.1.2.3', 'error'],
    [{ cidr: '127.0.0.0/8' }, '::1', false],
    [{ cidr: '10.0.0.0/8' }, 'localhost', 'error'],
    [{ cidr: '10.0.0.0/8' }, '0x0a.1', 'error'],
    [{ cidr: '10.0.0.0/8' }, '012.0.0.1', 'error'],
    [{ cidr: '10.0.0.0/8' }, 167_837_955, 'error'],
    [{ cidr: '10.0.0.0/8' }, '10.1.0.0/16', true],
    [{ cidr: '10.0.0.0/8' }, '0.0.0.0/0', 'error'],
    [{ cidr: '10.0.0.0/8' }, '11.0.0.0/16', false],
    [{ cidr: '10.0.0.0/8' }, '::/0', 'error'],
    [{ cidr: '10.0.0.0/8' }, '::ffff:10.0.0.0/90', 'error'],
    [{ cidr: '10.0.0.0/8' }, '2000::/3', 'error'],
    [{ cidr: '10.0.0.0/8' }, '2001:db8::/32', false],
    [{ cidr: '10.0.0.0/8' }, 'fd00::/8', false],
    [{ cidr: '2001:db8::/32' }, '2000::/3', 'error'],
    [{ cidr: '::/0' }, '1.2.3.4', true],
    [{ cidr: '::ffff:10.0.0.0/104' }, '10.1.2.3', true],
    [{ cidr: ['192.168.0.0/16', '10.0.0.1'] }, '10.0.0.1', true],
    [{ cidr: { in_list: 'nets' } }, 'fd12::1', true],
    [{ cidr: { in_list: 'nets' } }, 'fe80::1', false],
  ])('%j of %j is %s', (source, value, expected) => {
    expect(ask(source, value)).toEqual([expected]);
  });
});

describe('path_inside', () => {
  it.each<Row>([
    [{ path_inside: '/home/ada' }, '/home/ada', true],
    [{ path_inside: '/home/ada' }, '/home/ada/', true],
    [{ path_inside: '/home/ada/' }, '/home/ada/x/y', true],
    [{ path_inside: '/home/ada' }, '/home/adam', false],
    [{ path_inside: '/home/ada' }, '/home/ada/../bob', false],
    [{ path_inside: '/home/ada' }, '/home/ada/link', false],
    [{ path_inside: '/home/ada' }, '~/x', true],
    [{ path_inside: '/home/ada' }, 'notes.txt', true],
    [{ path_inside: '/home/ada' }, 'unknown.txt', 'error'],
    [{ path_inside: '/home/ada' }, '~root/x', 'error'],
    [{ path_inside: '/home/ada' }, 'file:///home/ada/x', 'error'],
    [{ path_inside: '/home/ada' }, '/home/ada/x\0.png', 'error'],
    [{ path_inside: '/home/ada' }, '', 'error'],
    [{ path_inside: '/home/ada' }, 7, 'error'],
    [{ path_inside: ['/srv', '/home/ada'] }, '/srv/x', true],
    [{ path_inside: { in_list: 'folders' } }, '/srv/data/x', true],
    [{ path_inside: '/' }, '/etc/passwd', true],
    [{ path_inside: '~/gone' }, '/etc/passwd', 'error'],
  ])('%j of %j is %s', (source, value, expected) => {
    expect(ask(source, value)).toEqual([expected]);
  });

  it('is an error where nothing was looked up', () => {
    const [predicate] = compilePredicates({ path_inside: '/' }, lists, 'deny');
    expect(predicate?.test('/etc', makeCall())).toBe('error');
  });
});

describe('predicates on lists', () => {
  it.each<Row>([
    [{ intersects: ['a', 'b'] }, ['x', 'b'], true],
    [{ intersects: ['a', 'b'] }, ['x'], false],
    [{ intersects: ['a'] }, [], false],
    [{ intersects: ['a'] }, [5], 'error'],
    [{ intersects: ['a'] }, [5, 'a'], true],
    [{ intersects: ['a'] }, 'a', 'error'],
    [{ intersects: [{ a: [1] }] }, [{ a: [1] }], true],
    [{ intersects: { in_list: 'mixed' } }, [7], true],
    [{ subset: ['a', 'b'] }, ['b', 'a', 'b'], true],
    [{ subset: ['a', 'b'] }, ['a', 'c'], false],
    [{ subset: ['a'] }, [], true],
    [{ subset: ['a'] }, ['a', 5], 'error'],
    [{ subset: ['a'] }, ['a', null], false],
    [{ subset: ['a'] }, ['c', 5], false],
    [{ subset: [1] }, [Number.NaN], 'error'],
    [{ subset: [[1, 2]] }, [[1, 2]], true],
    [{ subset: [[1, 2]] }, [[2, 1]], false],
    [{ subset: { in_list: 'gone' } }, ['a'], 'error'],
  ])('%j of %j is %s', (source, value, expected) => {
    expect(ask(source, value)).toEqual([expected]);
  });
});

describe('matches_schema', () => {
  const object = {
    type: 'object',
    properties: { a: { type: 'string', minLength: 2 }, b: { type: ['integer', 'null'] } },
    required: ['a', 'c'],
    additionalProperties: { type: 'boolean' },
  };
  it.each<readonly [Json, Json, Truth]>([
    [object, { a: 'xx', c: true }, true],
    [object, { a: 'xx' }, false],
    [object, { a: 'x', c: true }, false],
    [object, { a: 'xx', c: 'no' }, false],
    [object, { a: 'xx', b: 1.5, c: true }, false],
    [object, [], false],
    [{ required: ['toString'] }, {}, false],
    [{ minLength: 2 }, 'a', false],
    [{ minLength: 2 }, 5, true],
    [{ maxLength: 1 }, '👍', true],
    [{ pattern: 'b' }, 'abc', true],
    [{ pattern: '[ab]{900}c' }, 'a'.repeat(100_000), 'error'],
    [{ not: { pattern: '[ab]{900}c' } }, 'a'.repeat(100_000), 'error'],
    [{ const: { a: 1 } }, { a: 1 }, true],
    [{ const: null }, null, true],
    [{ enum: [1, 'a', null] }, null, true],
    [{ enum: [1, 'a'] }, '1', false],
    [{ minimum: 1, exclusiveMaximum: 3 }, 3, false],
    [{ multipleOf: 0.1 }, 0.3, true],
    [{ multipleOf: 0.01 }, 0.125, false],
    [{ multipleOf: 7 }, 1e300, false],
    [{ multipleOf: 10 }, 1e300, true],
    [{ type: 'number' }, Number.NaN, 'error'],
    [{ items: { type: 'string' }, minItems: 2 }, ['a'], false],
    [{ items: { type: 'string' }, minItems: 2 }, ['a', 'b'], true],
    [{ prefixItems: [{ type: 'string' }], items: false }, ['a', 1], false],
    [{ contains: { const: 5 } }, [1, 5], true],
    [{ contains: { const: 5 } }, [], false],
    [{ uniqueItems: true }, [{ a: 1 }, { a: 1 }], false],
    [{ propertyNames: { pattern: '^a' } }, { b: 1 }, false],
    [
      { patternProperties: { '^a': { type: 'string' } }, additionalProperties: false },
      { ab: 'x' },
      true,
    ],
    [
      { patternProperties: { '^a': { type: 'string' } }, additionalProperties: false },
      { ab: 1 },
      false,
    ],
    [{ patternProperties: { '^a': {} }, additionalProperties: false }, { b: 1 }, false],
    [{ properties: {}, additionalProperties: false }, JSON.parse('{"__proto__":1}'), false],
    [{ minProperties: 1 }, {}, false],
    [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, true, false],
    [{ allOf: [{ type: 'string' }, { minLength: 2 }] }, 'ab', true],
    [{ oneOf: [{ type: 'string' }, { minLength: 1 }] }, 'ab', false],
    [{ oneOf: [{ type: 'string' }, { const: 5 }] }, 5, true],
    [{ not: {} }, 1, false],
    [{}, 1, true],
  ])('%.80j of %.40j is %s', (schema, value, expected) => {
    expect(ask({ matches_schema: schema }, value)).toEqual([expected]);
  });
});
