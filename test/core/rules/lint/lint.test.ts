import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toDefinition, toolsSchema } from '../../../../src/cli/tools-file.ts';
import { mayBacktrack } from '../../../../src/core/rules/lint/backtracking.ts';
import { lintCodes } from '../../../../src/core/rules/lint/codes.ts';
import { type LintOptions, lintRules } from '../../../../src/core/rules/lint/lint.ts';
import { fileOf, load, monday, probe } from '../rule-calls.ts';

const caseSchema = z.strictObject({
  code: z.string(),
  why: z.string(),
  rules: z.array(z.unknown()),
  before: z.array(z.unknown()).optional(),
  tools: toolsSchema.optional(),
  defaults: z.json().optional(),
  at: z.string(),
});
const cases = z
  .array(caseSchema)
  .parse(
    JSON.parse(readFileSync(new URL('../../../cases/lint/findings.json', import.meta.url), 'utf8')),
  );
const lists = { few: ['a', 'b'], nobody: [] };
/** It needs far more rules than a case can show. */
const withoutCase = ['cut-short'];

function toOptions({ tools, before }: z.output<typeof caseSchema>): LintOptions {
  const known = Object.entries(tools ?? {});
  return {
    nowMs: monday,
    ...(tools === undefined
      ? {}
      : { tools: new Map(known.map(([name, one]) => [name, [toDefinition(name, one)]])) }),
    ...(before === undefined ? {} : { before: load(before).rules }),
  };
}

describe('the linter', () => {
  it.each(cases.map((one) => [one.code, one.why, one] as const))('finds %s: %s', (code, _, one) => {
    const { rules, defaults } = one;
    const file = fileOf(rules, { lists, ...(defaults === undefined ? {} : { defaults }) });
    const found = lintRules([file], toOptions(one));
    const [finding, ...others] = found.filter((other) => other.code === code);
    expect([finding?.pointer, others]).toEqual([one.at, []]);
    expect(finding?.position).toMatchObject({ line: 1, column: expect.any(Number) });
    const allowed = new Set([code, 'no-owner', 'unguarded-allow']);
    expect(found.filter((other) => !allowed.has(other.code))).toEqual([]);
  });

  it('has a case for every code', () => {
    const shown = new Set([...cases.map(({ code }) => code), ...withoutCase]);
    expect([...shown].toSorted()).toEqual(Object.keys(lintCodes).toSorted());
  });

  it.each([
    ['an open end', { gt: 1, lt: 2 }],
    ['a text between two', { gt: 'a', lt: 'b' }],
    ['an overlap', { in: ['a', 'c'], in_list: 'few' }],
    ['null beside others', { type: ['null', 'string'], not_in: ['a'] }],
    ['a length of nothing', { length: 0, type: 'string' }],
    ['a predicate that it does not know', { regex: 'x', eq: 'y' }],
  ])('takes %s for satisfiable', (_, predicates) => {
    const file = fileOf([probe({ args: { a: predicates } }, { approval: 'deny' })], { lists });
    const codes = lintRules([file]).map(({ code }) => code);
    expect(codes).toEqual(['no-owner']);
  });

  const outside = { effect: 'write', undo: 'none', external: true } as const;
  it.each([
    ['that declare where', { mail: { ...outside, destinations: ['to'] } }, 'deny', {}],
    ['that say they have none', { mail: { ...outside, destinations: [] } }, 'deny', {}],
    ['that stay inside', { memo: { effect: 'write', undo: 'none' } as const }, 'deny', {}],
    ['out of its scope', { mail: outside }, 'deny', { tool: 'post' }],
    [
      'beside one it can allow',
      { mail: outside, post: { ...outside, destinations: ['to'] } },
      'auto_approve',
      {},
    ],
  ])('takes no rule for blind with tools %s', (_, tools, approval, scope) => {
    const rules = [probe({ destinations: { prefix: 'a' }, tool: '*', ...scope }, { approval })];
    const known = new Map(
      Object.entries(tools).map(([name, one]) => [name, [toDefinition(name, one)]]),
    );
    const codes = lintRules([fileOf(rules)], { tools: known }).map(({ code }) => code);
    expect(codes).not.toContain('blind-destinations');
  });

  it('names the tools where a rule is blind, and only so many', () => {
    const tools = new Map(
      ['a', 'b', 'c', 'd', 'e'].map((name) => [name, [toDefinition(name, outside)]]),
    );
    const rules = [
      probe({ tool: '?', destinations: { prefix: 'a' } }, { approval: 'require_review' }),
    ];
    const found = lintRules([fileOf(rules)], { tools });
    expect(found.find(({ code }) => code === 'blind-destinations')).toMatchObject({
      severity: 'warning',
      rule: 'probe',
      message: expect.stringContaining('`a`, `b`, `c` and 2 more'),
      remedy: expect.stringContaining('`destinations` in the manifest'),
    });
  });

  it.each([
    [
      'filters where a model may let the call pass',
      {},
      { approval: 'deny', filters: ['pii'], llm: { may: ['review'] } },
    ],
    ['filters of a rule that asks a person', {}, { approval: 'require_review', filters: ['pii'] }],
    ['`on_exceed` beside a limit', { max_per_hour: 5 }, { on_exceed: 'require_review' }],
    [
      '`on_exceed` beside `limits`',
      { limits: [{ count: true, max: 5, per: 'hour' }] },
      { on_exceed: 'deny' },
    ],
  ])('takes %s for something that counts', (_, condition, rest) => {
    const codes = lintRules([fileOf([probe(condition, rest)])]).map(({ code }) => code);
    expect(codes).not.toContain('deny-filters');
    expect(codes).not.toContain('idle-on-exceed');
  });

  it('asks the defaults of all files whether `on_error` counts', () => {
    const idle = (...all: readonly { readonly [key: string]: string }[]) => {
      const files = all.map((defaults, index) => ({
        ...fileOf([{ ...probe({}), name: `r${index}` }], { defaults }),
        name: `${index}.json`,
      }));
      return lintRules(files).flatMap(({ code, file }) => (code === 'idle-on-error' ? [file] : []));
    };
    const review = { approval: 'require_review', on_error: 'require_review' };
    expect(idle(review)).toEqual([]);
    expect(idle({ approval: 'require_review' }, { on_error: 'require_review' })).toEqual([]);
    expect(idle(review, { approval: 'deny' })).toEqual(['0.json']);
    expect(idle({ on_error: 'require_review' }, {})).toEqual(['0.json']);
    expect(idle({ approval: 'deny', on_error: 'deny' })).toEqual([]);
  });

  it.each([
    ['limits of the looser rule', { max_per_hour: 5 }, {}],
    ['filters of the looser rule', {}, { filters: ['pii'] }],
    ['demands of the looser rule', {}, { requires: ['person'] }],
  ])('calls no rule dead whose %s count', (_, condition, rest) => {
    const wide = { name: 'wide', condition: { tool: 'stripe' }, approval: 'require_review' };
    const narrow = probe({ role: 'ops', ...condition }, rest);
    const codes = lintRules([fileOf([wide, narrow])]).map(({ code }) => code);
    expect(codes).toEqual(['no-owner', 'no-owner']);
  });

  it.each([
    ['require_review', {}, []],
    ['auto_approve', { filters: ['pii'] }, []],
    ['deny', {}, ['idle-rollout']],
    ['require_review', { allow_loosening: true }, ['idle-rollout']],
  ])('sees what a rollout to all says of %s, %o', (approval, rest, expected) => {
    const rollout = { percent: 100, by: 'agent' };
    const found = lintRules([fileOf([probe({}, { approval, rollout, ...rest })])]);
    const codes = found.map(({ code }) => code);
    expect(codes.filter((code) => code === 'idle-rollout')).toEqual(expected);
  });

  it.each([
    ['nothing', {}, {}, 2],
    ['a filter', {}, { filters: ['pii'] }, 0],
    ['a person', {}, { requires: ['person'] }, 0],
    ['a label', {}, { taint: ['seen'] }, 0],
    ['a limit', { max_per_hour: 2 }, {}, 0],
  ])(
    'calls no allow rule useless that holds others to %s where it fails',
    (_, more, rest, count) => {
      const failing = { ...more, when: { '<': ['a', 1] } };
      const narrow = { ...more, args: { x: { gt: 1 } }, effect: 'read', action: 'run' };
      const wide = { name: 'wide', approval: 'deny', condition: { args: { x: { gt: 0 } } } };
      const rules = [
        { ...probe(failing, rest), name: 'failing' },
        { ...probe(narrow, rest), name: 'narrow' },
        wide,
      ];
      const codes = lintRules([fileOf(rules)]).map(({ code }) => code);
      const found = codes.filter((code) => ['dead-rule', 'never-matches'].includes(code));
      expect(found).toHaveLength(count);
    },
  );

  it('calls no rule dead because of one in shadow, in part, or that a model may overrule', () => {
    for (const rest of [
      { mode: 'shadow' },
      { rollout: { percent: 5, by: 'agent' } },
      { llm: { may: ['deny'] } },
      { a_key_of_tomorrow: true },
    ]) {
      const wide = { name: 'wide', condition: { tool: 'stripe' }, approval: 'deny', ...rest };
      const found = lintRules([fileOf([wide, probe({ role: 'ops' })])]);
      expect(found.map(({ code }) => code)).not.toContain('dead-rule');
    }
  });

  it.each([
    '^(a+)+$',
    '(a|a)*',
    '(.*)*x',
    '(?:a*b*)+',
    '.*.*',
    '((a+)b?)*',
    '(\\d+|x)+',
    '(\\w|a)*$',
    '(?:.*,)*',
    '(?:[a-z-]+-)*$',
    '(?:[a-z]+-?)*$',
    '(?:a+-a+)*$',
    '(?:[a-z]*[a-y]*,)*$',
    '(a{1,2}){3,}',
    '(?i)(?:A|a)+$',
    '(?P<x>\\pL+)*',
    '(?:é|[è-ê])*',
  ])('warns of %s, which other engines backtrack on', (pattern) => {
    expect(mayBacktrack(pattern)).toBe(true);
  });

  it.each([
    '^[a-z]+$',
    '(foo|bar)+',
    '(a|b)*c',
    'a+b+',
    '\\(a+\\)+',
    '[(+)]+',
    '(?:ab){2,5}',
    '.*x.*',
    '^(?:[a-z]+-)*[a-z]+$',
    '^[a-z]+(?:-[a-z]+)*$',
    '^(?:[^"\\\\]|\\\\.)*$',
    '^(?:\\d{1,3}\\.)+\\d+$',
    '^(?:/[A-Za-z0-9_.-]+)+$',
    '(?:a|ab)*c',
    '(?:[[:alpha:]]+ )*',
    '(?:a{3})*$',
    '(?:\\Q(*\\E|a)*$',
  ])('says nothing of %s', (pattern) => {
    expect(mayBacktrack(pattern)).toBe(false);
  });

  it('gives up with a word where each rule would have to be compared with each', () => {
    const rules = Array.from({ length: 100 }, (_, i) => ({
      name: `r${i}`,
      condition: { tool: '*', args: { n: { eq: i } } },
      approval: i % 2 === 0 ? 'deny' : 'auto_approve',
      metadata: { owner: 'me' },
    }));
    const found = lintRules([fileOf(rules)], { maxComparisons: 1_000 }).filter(
      ({ code }) => code !== 'glob-everything',
    );
    expect(found.map(({ code }) => code)).toEqual(['cut-short']);
  });
});

describe('docs/lint.md', () => {
  it('shows the codes of the source, each once, with the same words', () => {
    const page = readFileSync(new URL('../../../../docs/lint.md', import.meta.url), 'utf8');
    const rows = page
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| |\s*\|$/g, '').trim()));
    const table = Object.entries(lintCodes).map(([code, { severity, means, remedy }]) => [
      `\`${code}\``,
      severity,
      means,
      remedy,
    ]);
    expect(rows).toEqual(table);
  });
});
