import { type ShellWord, hasGap } from './command-part.ts';
import { type Likeness, and, maybe, or } from './likeness.ts';
import { type NameReading, matchText } from './match-text.ts';
import { programName } from './unwrap.ts';

/** What one word may be. */
export interface WordTest {
  /** Any number of words, of whatever kind. */
  readonly isMany: boolean;
  /** Every alternative that the braces give. */
  readonly texts: readonly string[];
  /** Those without a wildcard. */
  readonly plain: ReadonlySet<string>;
  readonly wild: readonly string[];
}

/** A pattern, its braces taken apart. */
export interface CommandPattern {
  /** Holds only for what reads from a pipe. */
  readonly piped: boolean;
  readonly words: readonly WordTest[];
}

const maxPattern = 512;
const maxWords = 32;
const maxAlternatives = 256;
const manyWords = '**';

/** Why a text is no pattern of commands; undefined if it is one. The remedy follows `; `. */
export function findPatternFault(text: string): string | undefined {
  if (text.length > maxPattern)
    return `a command pattern has at most ${maxPattern} characters; end it with a wildcard earlier`;
  const inner = text.startsWith('| ') ? text.slice(2) : text;
  if (inner.trim() === '')
    return 'a command pattern has at least one word; write `git status` or `git log *`';
  if (/\p{Cc}/u.test(inner))
    return 'a command pattern has no control characters; part the words by spaces';
  if (/["'\\`]/.test(inner))
    return 'a command pattern has no quotes or escapes; write each word as the program gets it, with `?` for a space in it';
  if (/[;&|<>()$]/.test(inner))
    return 'a command pattern speaks of one simple command; write one pattern for each, and files of redirections under `reads` and `writes`';
  const words = inner.split(' ').filter((word) => word !== '');
  if (words.length > maxWords)
    return `a command pattern has at most ${maxWords} words; end it with a wildcard earlier`;
  const isUneven = words.some((word) => /\{[^}]*(?:\{|$)|^[^{]*\}|\}[^{]*\}/.test(word));
  if (isUneven) return 'braces do not close, or stand within braces; write `{a,b}` within one word';
  if (words.some((word) => word.split('*').length > 5 && word !== manyWords))
    return 'a word has at most 4 wildcards; use fewer';
  const count = Math.max(...words.map(choicesOf));
  if (count > maxAlternatives)
    return `braces give at most ${maxAlternatives} ways to write a word; split the pattern`;
  return undefined;
}

function choicesOf(word: string): number {
  const groups = word.match(/\{[^}]*\}/g) ?? [];
  return groups.reduce((product, group) => product * group.split(',').length, 1);
}

/** Takes a pattern without faults apart. */
export function compilePattern(text: string): CommandPattern {
  const piped = text.startsWith('| ');
  const words = (piped ? text.slice(2) : text).split(' ').filter((word) => word !== '');
  // a star at the end stands for any more words, also none
  const last = words.length - 1;
  if (words[last] === '*') words[last] = manyWords;
  return { piped, words: words.map(compileWord) };
}

/** One word of a pattern, or the name of a file or variable. */
export function compileWord(text: string): WordTest {
  const texts = expandBraces(text);
  const wild = texts.filter(hasWildcard);
  const plain = new Set(texts.filter((each) => !hasWildcard(each)));
  return { isMany: text === manyWords, texts, plain, wild };
}

function hasWildcard(text: string): boolean {
  return text.includes('*') || text.includes('?');
}

/** `{a,b}` as two texts; what has no braces as one. */
function expandBraces(text: string): readonly string[] {
  const open = text.indexOf('{');
  const close = text.indexOf('}', open);
  if (open < 0 || close < 0) return [text];
  const tails = expandBraces(text.slice(close + 1));
  return text
    .slice(open + 1, close)
    .split(',')
    .flatMap((choice) => tails.map((tail) => text.slice(0, open) + choice + tail));
}

/** Whether the words of a command are those of the pattern. */
export function matchWords(
  pattern: CommandPattern,
  words: readonly ShellWord[],
  reading: NameReading,
): Likeness {
  const tests = pattern.words;
  const [name] = words;
  const [first] = tests;
  // most patterns speak of another program
  if (name?.becomes === 'one' && first?.isMany === false) {
    if (matchName(first, name.text, reading) === 'no') return 'no';
  }
  // by dynamic programming from the end: what the words from `at` on are to the pattern from `index` on
  let after: Likeness[] = [...tests.map((_, index) => restIsMany(tests, index)), 'yes'];
  for (let at = words.length - 1; at >= 0; at -= 1) {
    const word = words[at];
    if (word === undefined) break;
    const row: Likeness[] = [];
    // any number of words: perhaps none
    row[tests.length] = word.becomes === 'one' ? 'no' : maybe(after[tests.length] ?? 'no');
    for (let index = tests.length - 1; index >= 0; index -= 1) {
      const test = tests[index];
      if (test === undefined) break;
      row[index] = step({ test, word, isName: at === 0, reading }, index, { row, after });
    }
    after = row;
  }
  return after[0] ?? 'no';
}

function restIsMany(tests: readonly WordTest[], from: number): Likeness {
  return tests.slice(from).every(({ isMany }) => isMany) ? 'yes' : 'no';
}

interface Step {
  readonly test: WordTest;
  readonly word: ShellWord;
  readonly isName: boolean;
  readonly reading: NameReading;
}

function step(
  { test, word, isName, reading }: Step,
  index: number,
  { row, after }: { readonly row: readonly Likeness[]; readonly after: readonly Likeness[] },
): Likeness {
  const taken = after[index] ?? 'no';
  const next = after[index + 1] ?? 'no';
  // `**` takes the word, or ends before it
  if (test.isMany) return or(taken, row[index + 1] ?? 'no');
  if (word.becomes === 'any') {
    // the word may be this one and more, or nothing at all
    return maybe(or(or(next, row[index + 1] ?? 'no'), taken));
  }
  const like = isName ? matchName(test, word.text, reading) : matchWord(test, word.text, reading);
  if (word.becomes === 'one') return and(like, next);
  return like === 'no' ? 'no' : maybe(or(next, row[index + 1] ?? 'no'));
}

function matchName({ texts }: WordTest, text: string, reading: NameReading): Likeness {
  return anyLike(texts, (test) => {
    if (reading === 'exact' || test.includes('/')) return matchText(test, text, reading);
    return matchText(test.toLowerCase(), programName(text), reading);
  });
}

/** Whether a word is what one word of a pattern, or a name of a file, says. */
export function matchWord(test: WordTest, text: string, reading: NameReading): Likeness {
  const isPlain = !text.includes('/') && !hasGap(text);
  // most words are plain, and most tests are a list of plain words
  if (isPlain && test.plain.has(text)) return 'yes';
  return anyLike(isPlain ? test.wild : test.texts, (each) => matchText(each, text, reading));
}

function anyLike(tests: readonly string[], like: (test: string) => Likeness): Likeness {
  let best: Likeness = 'no';
  for (const test of tests) {
    best = or(best, like(test));
    if (best === 'yes') return best;
  }
  return best;
}
