import { describe, expect, it } from 'vitest';
import { compileCommand } from '../../src/core/rules/command.ts';
import { hasGap } from '../../src/core/shell/command-part.ts';
import { maxWords } from '../../src/core/shell/parse-script.ts';
import { maxCommandLength, maxOpenLength, readCommand } from '../../src/core/shell/read-command.ts';

const nests = [
  '$(',
  '(',
  '$((',
  '`',
  '{ ',
  '"$(',
  'if ',
  '{a,',
  '${a:-',
  '<<a ',
  '@(',
  'case x in ',
  '<(',
  'a[$((',
  '((1+',
  '${ ',
  '\\`',
  "'",
  '[[ ( ',
  'a|',
  'a;',
  'a&&',
  '$(x) ',
  'cat <<a\n',
  'X=1 ',
  '>a ',
  '"$x"',
  '*',
  'sudo ',
  'env ',
  'eval ',
  "bash -c '",
  '{a,b}',
  '$x',
  'f(){ ',
  '!',
  "$'\\x41",
  '~',
  'time ',
  'x <<< ',
  'a[',
  '"`',
  '${x//',
  'coproc ',
];
const deny = compileCommand(['rm ** -*r* **', 'git ** push ** --force **', '*a*b*/.ssh/*'], 'deny');

describe('attack class 15, exhaustion: commands', () => {
  it('a megabyte is refused before it is read', () => {
    const started = performance.now();
    for (const nest of nests) {
      const text = nest.repeat(Math.ceil(1_048_576 / nest.length));
      expect(readCommand(text)).toEqual({ parts: [], isPartial: true });
    }
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it.for(nests)('%j as often as a text may hold it is read or given up quickly', (nest) => {
    const text = nest.repeat(Math.floor(maxCommandLength / nest.length));
    const started = performance.now();
    const truth = deny(text);
    // seconds would be a way to stop everybody; the machine of a test may be slow
    expect(performance.now() - started).toBeLessThan(20_000);
    expect([true, false, 'error']).toContain(truth);
  });

  it('wrappers within wrappers and words without end are bounded', () => {
    for (const text of [
      `${'sudo '.repeat(10_000)}rm -r x`,
      `echo ${'a '.repeat(30_000)}`,
      `echo ${'$x '.repeat(20_000)}`,
      `echo ${'{a,b}'.repeat(1000)}`,
      `git ${'push '.repeat(12_000)}`,
      `echo ${'a'.repeat(60_000)}/.ssh/b`,
    ]) {
      const started = performance.now();
      expect([true, false, 'error']).toContain(deny(text));
      expect(performance.now() - started).toBeLessThan(20_000);
    }
    expect(deny(`${'sudo '.repeat(20)}rm -r x`)).toBe('error');
  });

  /** Each of these words is compared with each pattern; those that are open with each of its letters. */
  const wordsOf = (text: string) =>
    readCommand(text).parts.flatMap(({ words, env, reads, writes }) => [
      ...words.map((word) => word.text),
      ...env,
      ...reads,
      ...writes,
    ]);
  const openLetters = (texts: readonly string[]) =>
    texts.filter(hasGap).reduce((sum, text) => sum + text.length, 0);

  it.for([
    '*.a* ',
    '$x/a ',
    'a$b$c',
    'a$b$c;',
    '>$x ',
    '<*a ',
    'x=$y ',
    '../a ',
    '-f ',
    '{a,b}{c,d} ',
    '$(a*)b ',
    'git $x/a/a/a;',
    'sudo cat *a;',
    ...nests,
  ])('%j as often as a text may hold it gives no more to compare than the bounds', (piece) => {
    for (const front of ['cat ', 'git ', 'sudo sudo sudo cat ', '']) {
      const text = front + piece.repeat(Math.floor((maxCommandLength - 20) / piece.length));
      const texts = wordsOf(text);
      expect(texts.length).toBeLessThanOrEqual(maxWords);
      expect(openLetters(texts)).toBeLessThanOrEqual(maxOpenLength);
    }
  });

  it('what is over the bounds triggers a rule that restricts, and is never approved', () => {
    const allow = compileCommand('**', 'allow');
    for (const text of [
      `cat ${'a '.repeat(maxWords + 1)}`,
      `cat ${'*.a* '.repeat(5000)}`,
      `cat ${'*a'.repeat(maxOpenLength)}`,
    ]) {
      expect(allow(text)).toBe('error');
      expect(deny(text)).toBe('error');
    }
  });

  it('what a person would write is far within them', () => {
    const files = Array.from({ length: 1500 }, (_, index) => `src/${index}.ts`).join(' ');
    expect(readCommand(`git add ${files}`).isPartial).toBe(false);
    expect(readCommand(`cat ${'"$folder"/src/*.ts '.repeat(100)}`).isPartial).toBe(false);
  });
});
