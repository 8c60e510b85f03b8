import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/model/json.ts';
import { compileGlob, findGlobFault } from '../../../src/core/rules/glob.ts';
import { compilePredicates } from '../../../src/core/rules/predicates.ts';
import type { PredicatesSource } from '../../../src/core/rules/source.ts';
import type { Truth } from '../../../src/core/rules/truth.ts';
import { makeCall } from './rule-calls.ts';

const lists = new Map<string, readonly (string | number)[]>([
  ['hosts', ['a.example', 'b.example', 7]],
  ['texts', ['7']],
  ['empty', []],
]);
const test = (source: PredicatesSource, value: Json): readonly Truth[] =>
  compilePredicates(source, lists, 'deny').map((predicate) => predicate.test(value, makeCall()));

type Row = readonly [PredicatesSource, Json, Truth];
const rows: readonly Row[] = [
  [{ eq: 5 }, 5, true],
  [{ eq: 5 }, 6, false],
  [{ eq: 5 }, '5', 'error'],
  [{ eq: 0 }, -0, true],
  [{ eq: 'EUR' }, null, false],
  [{ eq: null }, null, true],
  [{ eq: null }, 'x', false],
  [{ eq: { a: [1, { b: 2 }] } }, { a: [1, { b: 2 }] }, true],
  [{ eq: { a: 1 } }, { a: 1, b: 2 }, false],
  [{ eq: { a: 1, b: 2 } }, { a: 1 }, false],
  [{ eq: [1, 2] }, [2, 1], false],
  [{ eq: 5 }, Number.NaN, 'error'],
  [{ ne: 5 }, 6, true],
  [{ ne: 5 }, '5', 'error'],
  [{ ne: 'x' }, null, true],
  [{ ne: 5 }, Number.NaN, 'error'],
  [{ gt: 0 }, 1, true],
  [{ gt: 0 }, 0, false],
  [{ gte: 0 }, 0, true],
  [{ lt: 0 }, -0.1, true],
  [{ lte: 50 }, 50, true],
  [{ lte: 50 }, 50.01, false],
  [{ lte: 50 }, Number.NaN, 'error'],
  [{ lte: 50 }, Number.NEGATIVE_INFINITY, 'error'],
  [{ lte: 50 }, '10', 'error'],
  [{ lte: 50 }, true, 'error'],
  [{ lte: 50 }, [10], 'error'],
  [{ lte: 50 }, null, 'error'],
  [{ gt: 'b' }, 'c', true],
  [{ gt: 'b' }, 5, 'error'],
  [{ in: ['EUR', 'USD'] }, 'EUR', true],
  [{ in: ['EUR', 'USD'] }, 'eur', false],
  [{ in: ['EUR', 'USD'] }, 5, 'error'],
  [{ in: [1, 'a'] }, 2, false],
  [{ in: [null, 1] }, null, true],
  [{ in: [[1, 2]] }, [1, 2], true],
  [{ not_in: ['EUR'] }, 'USD', true],
  [{ not_in: ['EUR'] }, 'EUR', false],
  [{ not_in: ['EUR'] }, ['EUR'], 'error'],
  [{ in_list: 'hosts' }, 'a.example', true],
  [{ in_list: 'hosts' }, 7, true],
  [{ in_list: 'hosts' }, '7', false],
  [{ in_list: 'hosts' }, true, 'error'],
  [{ in_list: 'texts' }, '7', true],
  [{ in_list: 'texts' }, 7, 'error'],
  [{ in_list: 'texts' }, null, false],
  [{ in_list: 'empty' }, 7, false],
  [{ in_list: 'hosts' }, ['a.example'], 'error'],
  [{ in_list: 'missing' }, 'a.example', 'error'],
  [{ prefix: '/home/' }, '/home/a', true],
  [{ prefix: '/home/' }, '/homes', false],
  [{ prefix: '/home/' }, 5, 'error'],
  [{ glob: '*.md' }, 'a.md', true],
  [{ glob: '*.md' }, 'x/a.md', false],
  [{ glob: '**/*.md' }, 'x/y/a.md', true],
  [{ glob: '*.MD' }, 'a.md', false],
  [{ glob: '*.md' }, '.a.md', true],
  [{ glob: '*b' }, 'a\nb', true],
  [{ glob: '/home/**' }, '/home/../etc/passwd', 'error'],
  [{ glob: '/etc/**' }, '/x/../etc/passwd', 'error'],
  [{ glob: '*' }, 5, 'error'],
  [{ glob: '*' }, 'a'.repeat(5000), 'error'],
  [{ length: 3 }, 'abc', true],
  [{ length: 2 }, '👍👍', true],
  [{ length: { lte: 2 } }, [1, 2, 3], false],
  [{ length: { gte: 1, lt: 4 } }, [1, 2, 3], true],
  [{ length: 0 }, '', true],
  [{ length: 1 }, 5, 'error'],
  [{ length: 1 }, { a: 1 }, 'error'],
  [{ type: 'integer' }, 5, true],
  [{ type: 'integer' }, 5.5, false],
  [{ type: ['string', 'null'] }, null, true],
  [{ type: 'object' }, [], false],
  [{ type: 'object' }, null, false],
  [{ type: 'array' }, [], true],
  [{ type: 'number' }, '5', false],
];

describe('predicates', () => {
  it.each(rows)('%j of %j is %s', (source, value, expected) => {
    expect(test(source, value)).toEqual([expected]);
  });

  it('tests all that are given, each alone', () => {
    expect(test({ gt: 0, lte: 50, type: 'integer' }, 60)).toEqual([true, false, true]);
  });
});

describe('globs', () => {
  it.each([
    ['a**b*c*d*e', /at most 3 wildcards/],
    ['!secret', /cannot start with/],
    ['(a+)+', /no groups/],
    ['{a*,b}+', /no groups/],
    ['+(a|b)', /no groups/],
    ['{a}{b}{c}{d}{e}{f}{g}', /at most 6 braces/],
    ['a'.repeat(2000), /at most 1024 characters/],
  ])('refuses %s', (pattern, message) => {
    expect(findGlobFault(pattern)).toMatch(message);
  });

  it('answers hostile texts within bounded time', () => {
    const glob = compileGlob('*a*a*b');
    const started = performance.now();
    for (const length of [300, 310, 311, 4000, 100_000]) glob('a'.repeat(length));
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(glob('a'.repeat(4000))).toBe('error');
  });
});
