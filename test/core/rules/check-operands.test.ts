import { describe, expect, it } from 'vitest';
import { loadRules } from '../../../src/core/rules/load.ts';
import { errorsOf, fileOf, probe } from './rule-calls.ts';

const rest = {
  lists: { hosts: ['a.example'], broken: ['*.a.example', 'b.example', 7], nets: ['10.0.0.0/8'] },
};

describe('operands of predicates', () => {
  it.each<[string, object, string, RegExp, RegExp | undefined]>([
    ['a pattern that looks ahead', { regex: '(?=a)b' }, '/regex', /looks ahead/, /without/],
    ['an empty pattern', { regex: '' }, '/regex', /empty/, /looks for/],
    ['a pattern that is a number', { regex: 5 }, '/regex', /expected a pattern/, undefined],
    ['a list of patterns', { regex: ['a'] }, '/regex', /expected a pattern/, undefined],
    [
      'a URL as a domain',
      { domain: 'https://a.example' },
      '/domain',
      /not the name/,
      /example\.com/,
    ],
    ['a wildcard domain', { domain: ['*.a.example'] }, '/domain/0', /under it too/, /without/],
    ['an address as a domain', { domain: '10.0.0.1' }, '/domain', /an address/, /cidr/],
    ['a number as a domain', { domain: 5 }, '/domain', /expected a domain/, undefined],
    ['no domain', { domain: [] }, '/domain', /expected a domain|list is empty/, undefined],
    ['a misspelt list', { domain: { in_list: 'host' } }, '/domain/in_list', /no list/, /`hosts`/],
    [
      'a misspelt key',
      { domain: { in_lst: 'hosts' } },
      '/domain',
      /expected a domain|unknown key/,
      undefined,
    ],
    ['half a network', { cidr: '10/8' }, '/cidr', /no|not a block/, /10\.0\.0\.0\/8/],
    ['a host as a network', { cidr: 'localhost' }, '/cidr', /not a block/, /10\.0\.0\.0\/8/],
    [
      'bits beyond the prefix',
      { cidr: '10.1.2.3/8' },
      '/cidr',
      /beyond its first 8/,
      /`10\.0\.0\.0\/8`/,
    ],
    ['a prefix too long', { cidr: ['10.0.0.0/33'] }, '/cidr/0', /not a block/, undefined],
    ['a relative folder', { path_inside: 'data' }, '/path_inside', /relative/, /from `\/`/],
    [
      'a file URL as a folder',
      { path_inside: 'file:///x' },
      '/path_inside',
      /not the path/,
      /from `\/`/,
    ],
    [
      'a text as a schema',
      { matches_schema: 'string' },
      '/matches_schema',
      /JSON Schema/,
      undefined,
    ],
    [
      'a keyword unknown here',
      { matches_schema: { properties: { a: { $ref: '#' } } } },
      '/matches_schema/properties/a/$ref',
      /not supported/,
      /written? .*out|write the schema out/,
    ],
    [
      'a misspelt keyword',
      { matches_schema: { requird: ['a'] } },
      '/matches_schema/requird',
      /not supported/,
      /`required`/,
    ],
    [
      'an unknown type',
      { matches_schema: { type: 'strin' } },
      '/matches_schema/type',
      /expected string/,
      undefined,
    ],
    [
      'a negative length',
      { matches_schema: { minLength: -1 } },
      '/matches_schema/minLength',
      /0 or more/,
      undefined,
    ],
    [
      'a pattern in a schema',
      { matches_schema: { items: { pattern: '(a)\\1' } } },
      '/matches_schema/items/pattern',
      /refers back/,
      /without/,
    ],
    [
      'an empty choice',
      { matches_schema: { anyOf: [] } },
      '/matches_schema/anyOf',
      /not empty/,
      undefined,
    ],
    [
      'division by zero',
      { matches_schema: { multipleOf: 0 } },
      '/matches_schema/multipleOf',
      /above 0/,
      undefined,
    ],
    ['an empty list', { subset: [] }, '/subset', /list/, undefined],
    ['a plain value for a list', { intersects: 'a' }, '/intersects', /list of values/, undefined],
    [
      'an unknown list of values',
      { subset: { in_list: 'x' } },
      '/subset/in_list',
      /no list/,
      /under `lists`/,
    ],
    ['a range that is none', { semver: 'latest' }, '/semver', /not a range/, /\^1\.2\.0/],
    ['an empty range', { semver: ' ' }, '/semver', /not a range/, /\^1\.2\.0/],
  ])('are refused: %s', (_, predicates, pointer, message, remedy) => {
    const [error, ...more] = errorsOf(fileOf([probe({ args: { a: predicates } })], rest).text);
    expect(more).toEqual([]);
    expect(error?.pointer).toBe(`/rules/0/condition/args/a${pointer}`);
    expect(error?.message).toMatch(message);
    expect(error?.remedy ?? '').toMatch(remedy ?? /^/);
    expect(error?.position?.line).toBe(1);
    expect(error?.rule).toBe('probe');
  });

  it('tell what a list holds that cannot be asked for', () => {
    const rule = probe({ args: { a: { domain: { in_list: 'broken' } } } });
    const errors = errorsOf(fileOf([rule], rest).text);
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/the list holds `\*\.a\.example`: .*under it too/),
      expect.stringMatching(/the list holds `7`, which is not a text/),
    ]);
  });

  it('warn of a domain that anybody can register under', () => {
    const loaded = loadRules([fileOf([probe({ args: { a: { domain: 'co.uk' } } })])]);
    expect(loaded).toMatchObject({
      ok: true,
      warnings: [{ message: 'anybody can register names under `co.uk`', remedy: /somebody/ }],
    });
  });

  it('stop at a schema of too many parts, and read a deep one', () => {
    const many = { anyOf: Array.from({ length: 600 }, () => ({ type: 'string' })) };
    const rule = probe({ args: { a: { matches_schema: many } } });
    expect(errorsOf(fileOf([rule]).text)).toMatchObject([{ message: /more than 500 parts/ }]);
    let deep: object = { type: 'string' };
    for (let level = 0; level < 25; level += 1) deep = { items: deep };
    expect(errorsOf(fileOf([probe({ args: { a: { matches_schema: deep } } })]).text)).toEqual([]);
  });
});
