import { describe, expect, it } from 'vitest';
import { diffRules } from '../../../src/core/rules/diff.ts';
import { errorsOf, fileOf, load, probe } from './rule-calls.ts';

const ruleOf = (command: unknown, approval = 'auto_approve') =>
  probe({ args: { line: { command } } }, { approval });
const problemOf = (command: unknown) => {
  const [first] = errorsOf(fileOf([ruleOf(command)]).text);
  return first === undefined
    ? undefined
    : { pointer: first.pointer, message: first.message, remedy: first.remedy };
};
const at = '/rules/0/condition/args/line/command';

describe('a command pattern that cannot mean anything', () => {
  it.for<[command: unknown, pointer: string, message: RegExp]>([
    ['ls; rm', at, /one simple command/],
    [['ls', 'a | b'], `${at}/1`, /one simple command/],
    ['echo "a b"', at, /no quotes/],
    ['l\\s', at, /no quotes or escapes/],
    ['| ', at, /at least one word/],
    ['   ', at, /at least one word/],
    ['git {a', at, /braces/],
    ['git a}', at, /braces/],
    ['git {a,{b}}', at, /braces/],
    ['a*b*c*d*e*f', at, /4 wildcards/],
    [`x ${'y '.repeat(40)}`, at, /32 words/],
    ['x'.repeat(600), at, /512 characters/],
    ['ls\tx', at, /control characters/],
    [{}, at, /no pattern/],
    [{ any: ['ls', '$x'] }, `${at}/any/1`, /one simple command/],
    [{ any: 'ls', env: ['A-B'] }, `${at}/env/0`, /name of a variable/],
    [{ any: 'ls', writes: 'a b' }, `${at}/writes`, /no spaces/],
  ])('%j', ([command, pointer, message]) => {
    const problem = problemOf(command);
    expect(problem?.pointer).toBe(pointer);
    expect(problem?.message).toMatch(message);
  });

  it.for([5, null, [], [5], { word: 'ls' }, { any: [] }, ''])(
    '%j is not of the form',
    (command) => {
      expect(problemOf(command)).toBeDefined();
    },
  );

  it.for(['ls', '**', '| sh *', ['git {a,b} *'], { any: 'ls', reads: '*', env: ['LC_*'] }])(
    '%j is fine',
    (command) => {
      expect(problemOf(command)).toBeUndefined();
    },
  );
});

describe('an edit of command patterns', () => {
  const loosened = (from: unknown, to: unknown, approval: string) =>
    diffRules(load([ruleOf(from, approval)]), load([ruleOf(to, approval)])).loosened.length > 0;

  it('fewer approved patterns tighten, more loosen', () => {
    expect(loosened(['ls *', 'cat *'], ['ls *'], 'auto_approve')).toBe(false);
    expect(loosened(['ls *', 'cat *'], 'ls *', 'auto_approve')).toBe(false);
    expect(loosened(['ls *'], ['ls *', 'cat *'], 'auto_approve')).toBe(true);
    expect(loosened(['ls *'], ['ls'], 'auto_approve')).toBe(true);
  });

  it('more denied patterns tighten, fewer loosen', () => {
    expect(loosened(['rm *'], ['rm *', 'dd *'], 'deny')).toBe(false);
    expect(loosened(['rm *', 'dd *'], ['rm *'], 'deny')).toBe(true);
  });
});
