import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isExact } from '../../../src/core/shell/command-part.ts';
import { readCommand } from '../../../src/core/shell/read-command.ts';

// Arguments that run nothing: bash only takes their quotes off and prints the words.
const harmless = [
  `a b  c`,
  `'a b' "c d" e\\ f`,
  `"a\\"b" 'c\\d' "e\\f" "g\\\\h"`,
  `$'\\x72m' $'\\162m' $'a\\tb' $'\\u00e9' $'it\\'s'`,
  `""a'' '' ""`,
  `a\\\nb c`,
  `{a,b}c d{e,f}{g,h} {x} {a,b`,
  `a#b #c`,
  `\\$x '$x' "\\$x" "\\\`"`,
  `a=b -x=y`,
  `"a'b" 'c"d'`,
  `\\a\\b\\c`,
  `"line\nline"`,
  `a\\;b ';' "&&" \\|`,
  `"!" \\! '!!'`,
  `x\\ y\\\ty`,
  `é 日本 "\u00a0"`,
  `a,b{c,}d {,e}`,
  `"$" $ a$`,
  `%s %q \\n`,
];

const bash = spawnSync('bash', ['--version'], { encoding: 'utf8' });
const hasBash = bash.status === 0 && bash.stdout.startsWith('GNU bash');
if (!hasBash) process.stderr.write('skipped: there is no bash here to compare the reader with\n');

/** The words as bash makes them, in an empty environment and folder-independent. */
function wordsOfBash(args: string): readonly string[] {
  const script = `w() { for word; do printf '%s\\0' "$word"; done; }\nw ${args}\n`;
  const out = execFileSync('bash', ['--norc', '--noprofile', '-c', script], {
    encoding: 'utf8',
    env: { LC_ALL: 'C.UTF-8' },
  });
  return out.split('\0').slice(0, -1);
}

describe.skipIf(!hasBash)('beside a real bash', () => {
  it.for(harmless)('gives the words of %j', (args) => {
    const [part] = readCommand(`w ${args}`).parts;
    expect(part?.words.every(isExact)).toBe(true);
    expect(part?.words.slice(1).map(({ text }) => text)).toEqual(wordsOfBash(args));
  });

  it.for([
    'ls |',
    'ls &&',
    'if ls',
    'ls )',
    '(ls',
    "ls 'x",
    'echo $(',
    'ls & ; ls',
    'for',
    '}',
    '{ ls',
    'case x in',
    '[[ a',
    'ls ;; ls',
  ])('refuses %j as bash does', (text) => {
    expect(spawnSync('bash', ['-n', '-c', text]).status).not.toBe(0);
    expect(readCommand(text).isPartial).toBe(true);
  });
});
