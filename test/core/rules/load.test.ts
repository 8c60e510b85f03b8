import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../src/core/rules/format-problem.ts';
import { loadRules } from '../../../src/core/rules/load.ts';
import { decideWith, errorsOf, fileOf, load, probe } from './rule-calls.ts';

/** The one error of a set with this rule. */
function errorOf(rule: object, rest: object = {}) {
  const errors = errorsOf(fileOf([rule], rest).text);
  expect(errors).toHaveLength(1);
  return errors[0];
}

/** The warnings of a set with this rule. */
function warningsOf(rule: object, options?: Parameters<typeof loadRules>[1]) {
  const loaded = loadRules([fileOf([rule])], options);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.warnings.map(({ pointer, message }) => `${pointer} ${message}`);
}

describe('loading rules', () => {
  it('says where a key is misspelt and what was meant', () => {
    const rule = probe({ args: { amuont: { lte: 5 } }, max_per_huor: 5 });
    expect(errorOf(rule)).toMatchObject({
      pointer: '/rules/0/condition/max_per_huor',
      rule: 'probe',
      message: 'unknown key `max_per_huor`',
      remedy: 'did you mean `max_per_hour`?',
      position: { line: 1 },
    });
  });

  it.each([
    [
      'a plain value for predicates',
      probe({ args: { amount: 5 } }),
      '/rules/0/condition/args/amount',
      /not a plain value/,
      /"eq": …/,
    ],
    [
      'a misspelt predicate',
      probe({ args: { amount: { gtt: 5 } } }),
      '/rules/0/condition/args/amount/gtt',
      /unknown key/,
      /`gt`/,
    ],
    [
      'no predicate',
      probe({ args: { amount: {} } }),
      '/rules/0/condition/args/amount',
      /no predicate/,
      /exists/,
    ],
    [
      'a comparison with a boolean',
      probe({ args: { amount: { gt: true } } }),
      '/rules/0/condition/args/amount/gt',
      /a number or a text|number or a string/,
      undefined,
    ],
    [
      'an empty list of values',
      probe({ args: { amount: { in: [] } } }),
      '/rules/0/condition/args/amount/in',
      /list is empty/,
      /at least one/,
    ],
    [
      'an unknown list',
      probe({ args: { to: { in_list: 'hosts' } } }),
      '/rules/0/condition/args/to/in_list',
      /no list `hosts`/,
      /under `lists`/,
    ],
    [
      'a path with a gap',
      probe({ args: { 'a..b': { eq: 1 } } }),
      '/rules/0/condition/args/a..b',
      /not the path/,
      /dotted/,
    ],
    [
      'a bad glob',
      probe({ args: { to: { glob: '!x' } } }),
      '/rules/0/condition/args/to/glob',
      /cannot start/,
      /not_in/,
    ],
    [
      'an unknown time zone',
      probe({ between: { tz: 'Europe/Rom', from: '08:00', to: '09:00' } }),
      '/rules/0/condition/between/tz',
      /no time zone/,
      /Europe\/Rome/,
    ],
    [
      'an empty interval',
      probe({ between: { from: '08:00', to: '08:00' } }),
      '/rules/0/condition/between',
      /same time/,
      /24:00/,
    ],
    [
      'an impossible time',
      probe({ between: { from: '25:00', to: '08:00' } }),
      '/rules/0/condition/between/from',
      /time of day/,
      undefined,
    ],
    [
      'a negative limit',
      probe({ max_per_hour: -1 }),
      '/rules/0/condition/max_per_hour',
      /0 or more/,
      undefined,
    ],
    [
      'half a call',
      probe({ max_per_hour: 0.5 }),
      '/rules/0/condition/max_per_hour',
      /whole number/,
      undefined,
    ],
    [
      'a limit of nothing',
      probe({ limits: [{ max: 5, per: 'day' }] }),
      '/rules/0/condition/limits/0',
      /either `sum` or `count`/,
      /"count": true/,
    ],
    [
      'a sum of no argument',
      probe({ limits: [{ sum: 'amount', max: 5, per: 'day' }] }),
      '/rules/0/condition/limits/0/sum',
      /not the path/,
      /args\.amount/,
    ],
    [
      'a sum too large to count',
      probe({ limits: [{ sum: 'args.a', max: 1e10, per: 'day' }] }),
      '/rules/0/condition/limits/0/max',
      /millionths/,
      undefined,
    ],
    [
      'a limit by nobody',
      probe({ limits: [{ count: true, max: 5, per: 'day', by: 'user' }] }),
      '/rules/0/condition/limits/0/by',
      /not the path/,
      /args/,
    ],
    [
      'a zone for a rolling window',
      probe({ limits: [{ count: true, max: 5, per: 'day', tz: 'UTC' }] }),
      '/rules/0/condition/limits/0/tz',
      /rolling window/,
      /calendar_day/,
    ],
    [
      'an operator that is none',
      probe({ when: { bigger: [1, 2] } }),
      '/rules/0/condition/when/bigger',
      /unknown operator/,
      /known are/,
    ],
    [
      'an invisible character in a name',
      probe({ tool: 'str\u200Bipe' }),
      '/rules/0/condition/tool',
      /./,
      undefined,
    ],
    [
      'a day that is none',
      probe({}, { metadata: { expires: '2026-02-30' } }),
      '/rules/0/metadata/expires',
      /2027-01-31/,
      undefined,
    ],
    [
      'a slip in metadata',
      probe({}, { metadata: { expire: '2026-02-01' } }),
      '/rules/0/metadata/expire',
      /unknown key/,
      /`expires`/,
    ],
    [
      'no condition',
      { name: 'probe', approval: 'deny' },
      '/rules/0',
      /`condition` is missing/,
      undefined,
    ],
    [
      'a verdict of other words',
      probe({}, { approval: 'allow' }),
      '/rules/0/approval',
      /auto_approve/,
      undefined,
    ],
    ['a name in capitals', { ...probe({}), name: 'Probe' }, '/rules/0/name', /a-z, 0-9/, undefined],
  ])('refuses %s', (_why, rule, pointer, message, remedy) => {
    const error = errorOf(rule);
    expect(error?.pointer).toBe(pointer);
    expect(error?.message).toMatch(message);
    expect(error?.remedy ?? '').toMatch(remedy ?? /^/);
    expect(error?.position).toBeDefined();
  });

  it('refuses to allow by default', () => {
    const error = errorOf(probe({}), { defaults: { approval: 'auto_approve' } });
    expect(error).toMatchObject({ pointer: '/defaults/approval', message: /./ });
    expect(error?.remedy).toMatch(/allow calls by rules/);
  });

  it('refuses a key that stands twice, and a text that is no JSON', () => {
    expect(errorsOf('{"rules":[],"rules":[]}')).toHaveLength(1);
    expect(errorsOf('{"rules":[]')[0]?.position).toMatchObject({ line: 1 });
    expect(errorsOf('')).toHaveLength(1);
    expect(errorsOf('[]')).toHaveLength(1);
    expect(errorsOf('{}')[0]?.message).toBe('the key `rules` is missing');
  });

  it('tells all mistakes of all files at once', () => {
    const files = [
      fileOf([probe({ foo: 1 }), { ...probe({ args: { a: 1 } }), name: 'other' }], {}, 'a.json'),
      { name: 'b.json', text: '{' },
      fileOf([{ ...probe({ when: { nope: 1 } }), name: 'third' }], {}, 'c.json'),
    ];
    const loaded = loadRules(files);
    const found = loaded.ok ? [] : loaded.problems.map(({ file, pointer }) => `${file}${pointer}`);
    expect(found.toSorted()).toEqual([
      'a.json/rules/0/condition/foo',
      'a.json/rules/1/condition/args/a',
      'b.json',
      'c.json/rules/0/condition/when/nope',
    ]);
  });

  it('names both places of a rule that stands twice', () => {
    const loaded = loadRules([
      fileOf([probe({})], {}, 'b.json'),
      fileOf([probe({})], {}, 'a.json'),
    ]);
    expect(loaded).toMatchObject({
      ok: false,
      problems: [
        { file: 'b.json', message: 'there is another rule `probe` at `/rules/0` of `a.json`' },
      ],
    });
  });

  it('refuses two different lists of one name, and accepts the same twice', () => {
    const one = fileOf([], { lists: { hosts: ['a'] } }, 'a.json');
    const other = fileOf([], { lists: { hosts: ['b'] } }, 'b.json');
    const again = fileOf([], { lists: { hosts: ['a'] } }, 'c.json');
    expect(loadRules([one, other]).ok).toBe(false);
    expect(loadRules([one, again]).ok).toBe(true);
  });

  it('counts the stricter defaults of several files', () => {
    const lax = fileOf([], { defaults: { approval: 'require_review' } }, 'a.json');
    const strict = fileOf([], { defaults: { approval: 'deny' } }, 'b.json');
    const silent = fileOf([], {}, 'c.json');
    const verdict = (files: Parameters<typeof loadRules>[0]) => {
      const loaded = loadRules(files);
      return loaded.ok ? decideWith(loaded.set).verdict : undefined;
    };
    expect(verdict([lax])).toBe('review');
    expect(verdict([lax, silent])).toBe('review');
    expect(verdict([lax, strict])).toBe('deny');
    expect(verdict([silent])).toBe('deny');
  });

  it('warns of what is not there yet, and of what has no effect', () => {
    expect(warningsOf(probe({}, { llm: { may: ['allow'] } }))[0]).toMatch(
      /the span counts only where a model judges/,
    );
    expect(warningsOf(probe({}, { requires: ['anchored'] }))[0]).toMatch(
      /`anchored` is not available/,
    );
    expect(warningsOf(probe({}, { filters: ['pii'] }), { knownFilters: [] })[0]).toMatch(
      /`pii` is not registered/,
    );
    expect(warningsOf(probe({}, { filters: ['pii'] }), { knownFilters: ['pii'] })).toEqual([]);
    expect(warningsOf(probe({}, { on_exceed: 'deny' }))[0]).toMatch(/no limit/);
    expect(warningsOf(probe({ max_per_hour: 1 }, { approval: 'deny' }))[0]).toMatch(
      /counts nothing/,
    );
    const expired = probe({}, { metadata: { expires: '2020-01-01' } });
    expect(warningsOf(expired, { nowMs: Date.UTC(2026, 1, 1) })[0]).toMatch(/has expired/);
  });

  it('runs the tests that stand in rules', () => {
    const call = { tool: 'stripe', args: { amount: 20 } };
    const rule = probe({ args: { amount: { lte: 50 } } }, { tests: [{ call, expect: 'deny' }] });
    expect(errorOf(rule)).toMatchObject({
      pointer: '/rules/0/tests/0/expect',
      message: 'the test expects `deny`, but the rules give `auto_approve` because of rule `probe`',
    });
    const right = probe(
      { args: { amount: { lte: 50 } } },
      { tests: [{ call, expect: 'auto_approve' }] },
    );
    expect(load([right]).size).toBe(1);
  });

  it('runs tests against the whole set, at their own time', () => {
    const call = { tool: 'stripe' };
    const time = '2026-11-23T10:00:00+01:00';
    const rule = probe(
      { between: { tz: 'Europe/Rome', from: '09:59', to: '10:01' } },
      { tests: [{ call, time, expect: 'auto_approve' }] },
    );
    expect(load([rule]).size).toBe(1);
    const deny = { name: 'no', condition: { tool: 'stripe' }, approval: 'deny' };
    expect(errorsOf(fileOf([rule, deny]).text)[0]?.message).toMatch(/because of rule `no`/);
  });

  it('refuses a `when` on which the two engines disagree', () => {
    // `-` of one text: ours fails; `merge` keeps an object that the reference engine would read as an operation
    const when = { '==': [{ substr: ['abc', -5] }, 'abc'] };
    const call = { tool: 'stripe' };
    const agreed = probe({ when }, { tests: [{ call, expect: 'auto_approve' }] });
    expect(errorsOf(fileOf([agreed]).text)).toEqual([]);
    const read = { '==': [{ var: ['args.toString', 'x'] }, 'x'] };
    const split = probe({ when: read }, { tests: [{ call, expect: 'auto_approve' }] });
    expect(errorsOf(fileOf([split]).text)[0]).toMatchObject({
      pointer: '/rules/0/condition/when',
      message: '`when` is true for a test of this rule, but json-logic-js says false',
    });
  });

  it('gives one version to one content, whatever the order and the spaces', () => {
    const a = fileOf([probe({})], {}, 'a.json');
    const b = fileOf([], { lists: { x: ['1'] } }, 'b.json');
    const versionOf = (files: Parameters<typeof loadRules>[0]) => {
      const loaded = loadRules(files);
      return loaded.ok ? loaded.set.version : '';
    };
    const version = versionOf([a, b]);
    expect(version).toMatch(/^[0-9a-f]{64}$/);
    expect(versionOf([b, a])).toBe(version);
    expect(versionOf([{ ...a, text: `\n${a.text.replaceAll(':', ' : ')}` }, b])).toBe(version);
    expect(versionOf([{ ...a, name: 'c.json' }, b])).not.toBe(version);
    expect(versionOf([fileOf([probe({ env: 'x' })], {}, 'a.json'), b])).not.toBe(version);
  });

  it('loads 10,000 rules', () => {
    const rules = Array.from({ length: 10_000 }, (_, index) => ({
      ...probe({ tool: `tool_${index % 500}`, args: { amount: { gt: 0, lte: index } } }),
      name: `r${index}`,
    }));
    const set = load(rules);
    expect(set.size).toBe(10_000);
    expect(decideWith(set, { tool: 'tool_499', args: { amount: 9999 } })).toMatchObject({
      verdict: 'allow',
      rule: 'r9999',
    });
  });
});

describe('a large set that is all wrong', () => {
  const wrong = (count: number, name: (index: number) => string) =>
    fileOf(
      Array.from({ length: count }, (_, index) => ({ ...probe({ tol: 'x' }), name: name(index) })),
    ).text;

  // no time of its own: what grows with the square of the rules would outlast the runner's limit
  it('is answered with every mistake, and soon', () => {
    expect(errorsOf(wrong(10_000, (index) => `r${index}`))).toHaveLength(10_000);
    const copied = fileOf(Array.from({ length: 10_000 }, () => probe({}))).text;
    expect(errorsOf(copied)).toHaveLength(9_999);
  });
});

describe('formatting a problem', () => {
  it('shows the line, a caret under the place, and the remedy', () => {
    const text =
      '{ "rules": [\n  { "name": "probe",\n    "condition": { "tol": "x" },\n    "approval": "deny" } ] }';
    const file = { name: 'refunds.json', text };
    const [problem] = errorsOf(text);
    if (problem === undefined) throw new Error('no problem found');
    expect(formatProblem({ ...problem, file: file.name }, [file])).toBe(
      [
        'refunds.json:3:20: error: rule `probe`: unknown key `tol`',
        '  |     "condition": { "tol": "x" },',
        '  |                    ^',
        '  remedy: did you mean `tool`?',
      ].join('\n'),
    );
  });

  it('keeps the caret in its place behind tabs, wide characters and control characters', () => {
    const text = '{\t"rules": [ "👍\u0007", 5 ] }';
    const position = { offset: text.indexOf('5'), line: 1, column: 20 };
    const problem = {
      severity: 'error',
      file: 'a',
      pointer: '',
      message: 'm',
      remedy: 'r',
      position,
    } as const;
    const [, line = '', caret = ''] = formatProblem(problem, [{ name: 'a', text }]).split('\n');
    expect(line).toBe('  | { "rules": [ "👍?", 5 ] }');
    expect(Array.from(line)[caret.indexOf('^')]).toBe('5');
  });

  it('shows a part of a very long line', () => {
    const text = `${' '.repeat(500)}X${' '.repeat(500)}`;
    const position = { offset: 500, line: 1, column: 501 };
    const problem = {
      severity: 'error',
      file: 'a',
      pointer: '',
      message: 'm',
      remedy: 'r',
      position,
    } as const;
    const [, line = '', caret = ''] = formatProblem(problem, [{ name: 'a', text }]).split('\n');
    expect(line.length).toBeLessThan(170);
    expect(line[caret.indexOf('^')]).toBe('X');
  });
});
