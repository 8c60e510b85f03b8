import { describe, expect, it } from 'vitest';
import { compileCommand } from '../../src/core/rules/command.ts';
import { maxCommandLength, readCommand } from '../../src/core/shell/read-command.ts';

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
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it.for(nests)('%j as often as a text may hold it is read or given up quickly', (nest) => {
    const text = nest.repeat(Math.floor(maxCommandLength / nest.length));
    const started = performance.now();
    const truth = deny(text);
    // seconds would be a way to stop everybody; the machine of a test may be slow
    expect(performance.now() - started).toBeLessThan(5000);
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
      expect(performance.now() - started).toBeLessThan(5000);
    }
    expect(deny(`${'sudo '.repeat(20)}rm -r x`)).toBe('error');
  });
});
