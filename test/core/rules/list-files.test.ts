import { describe, expect, it } from 'vitest';
import { diffRules } from '../../../src/core/rules/diff.ts';
import { loadRules } from '../../../src/core/rules/load.ts';
import { decideWith, fileOf, probe } from './rule-calls.ts';

const rule = probe({ args: { to: { in_list: 'trusted' } } });
const rulesFile = fileOf([rule], { lists: { trusted: { file: 'trusted.txt' } } });
const loadWith = (text: string, name = 'trusted.txt') =>
  loadRules([fileOf([rule], { lists: { trusted: { file: name } } }), { name, text }]);
const setOf = (text: string, name?: string) => {
  const loaded = loadWith(text, name);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.set;
};
const verdictOf = (set: ReturnType<typeof setOf>, to: string | number) =>
  decideWith(set, { args: { to } }).verdict;

describe('lists in files', () => {
  it('hold an item a line, without comments and empty lines', () => {
    const set = setOf('# ours\r\na.example\r\n\n  b.example  # partner\nc#d\n');
    expect(['a.example', 'b.example', 'c#d'].map((to) => verdictOf(set, to))).toEqual(
      Array(3).fill('allow'),
    );
    expect(['# ours', 'partner', ''].map((to) => verdictOf(set, to))).toEqual(
      Array(3).fill('deny'),
    );
    expect(set.size).toBe(1);
  });

  it('are JSON by the name of the file', () => {
    const set = setOf(' ["a", 7]', 'trusted.json');
    expect([verdictOf(set, 'a'), verdictOf(set, 7), verdictOf(set, 'b')]).toEqual([
      'allow',
      'allow',
      'deny',
    ]);
  });

  it('are part of the version and of what is kept', () => {
    const [one, other] = [setOf('a'), setOf('a\nb')];
    expect(one.version).not.toBe(other.version);
    expect(one.files.map(({ name }) => name)).toEqual(['rules.json', 'trusted.txt']);
    const again = loadRules(one.files);
    expect(again).toMatchObject({ ok: true, set: { version: one.version } });
    expect(diffRules(one, other).loosened).toEqual([
      'rule `probe`: a list that the rule names was changed',
    ]);
  });

  it('refuse the set when they are not there, and say it once', () => {
    const loaded = loadRules([rulesFile]);
    expect(loaded).toMatchObject({
      ok: false,
      problems: [
        {
          file: 'rules.json',
          pointer: '/lists/trusted/file',
          position: { line: 1 },
          message: 'there is no list in a file `trusted.txt` beside the rules',
          remedy: expect.stringMatching(/one item a line/),
        },
      ],
    });
  });

  it.each<[string, string, string, RegExp, number | undefined]>([
    ['empty', '# nothing\n', 'trusted.txt', /^the list is empty$/, undefined],
    ['empty in JSON', '[]', 'trusted.json', /^the list is empty$/, undefined],
    ['half written', '["a",', 'trusted.json', /./, 1],
    ['of objects', '[{}]', 'trusted.json', /^expected a list of texts/, undefined],
    ['invisible', 'a\nb\u200bc\n', 'trusted.txt', /invisible/, 2],
    ['marked', '\ufeffa', 'trusted.txt', /invisible/, 1],
    ['binary', 'a\0b', 'trusted.txt', /control/, 1],
  ])('refuse the set when they are %s', (_, text, name, message, line) => {
    const loaded = loadWith(text, name);
    if (loaded.ok) throw new Error('it loads');
    expect(loaded.problems).toHaveLength(1);
    const [problem] = loaded.problems;
    expect(problem?.file).toBe(name);
    expect(problem?.message).toMatch(message);
    expect(problem?.position?.line).toBe(line);
  });

  it.each(['deny', 'require_review'])(
    'may be empty in the rules file, as the remedy says (%s)',
    (approval) => {
      const empty = loadWith('', 'trusted.txt');
      expect(empty).toMatchObject({
        problems: [{ remedy: expect.stringContaining('write `[]` as the list in the rules file') }],
      });
      const blocked = { to: { in_list: 'blocked', type: 'string' } };
      const rules = [
        { ...probe({ args: blocked }, { approval }), name: 'blocked' },
        { ...probe({ destinations: { in_list: 'blocked' } }, { approval }), name: 'there' },
        probe({}),
      ];
      const loaded = loadRules([fileOf(rules, { lists: { blocked: [] } })]);
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
      const manifest = { effect: 'write', undo: 'full', destinations: ['to'] } as const;
      expect(decideWith(loaded.set, { args: { to: 'a' }, manifest }).verdict).toBe('allow');
      // what cannot be compared with any list still is not let through
      expect(decideWith(loaded.set, { args: { to: {} }, manifest }).verdict).not.toBe('allow');
      const filled = loadRules([fileOf(rules, { lists: { blocked: ['a'] } })]);
      if (!filled.ok) throw new Error(JSON.stringify(filled.problems));
      expect(decideWith(filled.set, { args: { to: 'a' }, manifest }).verdict).not.toBe('allow');
      expect(diffRules(filled.set, loaded.set).loosened).not.toEqual([]);
    },
  );

  it.each([
    ['numbers that exclude each other', { gt: 10, lt: 5, in_list: 'blocked' }],
    ['a value that must be missing', { exists: false, in_list: 'blocked' }],
  ])('do not hide %s when they are empty', (_, predicates) => {
    const rules = [probe({ args: { to: predicates } }, { approval: 'deny' })];
    const loaded = loadRules([fileOf(rules, { lists: { blocked: [] } })]);
    expect(loaded).toMatchObject({
      ok: false,
      problems: [{ pointer: '/rules/0/condition/args/to' }],
    });
  });

  it.each([
    '../trusted.txt',
    '/etc/passwd',
    'sub/trusted.txt',
    '.trusted.txt',
    'trusted',
    'a\nb.txt',
  ])('stand beside the rules, not at %j', (name) => {
    const loaded = loadWith('a', name);
    if (loaded.ok) throw new Error('it loads');
    expect(loaded.problems).toContainEqual(
      expect.objectContaining({
        pointer: '/lists/trusted/file',
        message: expect.stringMatching(/is not the name of a list file/),
      }),
    );
  });

  it('never take rules for a list', () => {
    const deny = fileOf([probe({}, { name: 'no', approval: 'deny' })], {}, 'deny.json');
    const thief = fileOf([], { lists: { x: { file: 'deny.json' } } }, 'a.json');
    expect(loadRules([deny, thief])).toMatchObject({
      ok: false,
      problems: [{ pointer: '/lists/x/file', message: expect.stringMatching(/no list in a file/) }],
    });
  });
});
