import { type ShellWord, hasGap, isExact } from './command-part.ts';
import type { Wrapper } from './wrappers.ts';

/** The options of a command, and where its other words begin. */
export interface ParsedOptions {
  readonly values: ReadonlyMap<string, string>;
  readonly rest: number;
}

/** Reads options as getopt does in its strict order; undefined where one is unknown or cannot be read. */
export function parseOptions(
  words: readonly ShellWord[],
  { short, long = '' }: Pick<Wrapper, 'short' | 'long'>,
): ParsedOptions | undefined {
  const values = new Map<string, string>();
  const longs = long.split(' ');
  let at = 1;
  while (at < words.length) {
    const word = words[at];
    if (word === undefined) break;
    if (!isExact(word)) {
      // what begins with a known letter is no option, and one word stays one
      const first = word.text.charAt(0);
      if (word.becomes === 'one' && first !== '-' && !hasGap(first)) break;
      return undefined;
    }
    const { text } = word;
    if (text === '--') return { values, rest: at + 1 };
    if (text === '-' || !text.startsWith('-')) break;
    const taken = text.startsWith('--')
      ? takeLong(text.slice(2), longs, words[at + 1], values)
      : takeShort(text.slice(1), short, words[at + 1], values);
    if (taken === undefined) return undefined;
    at += taken;
  }
  return { values, rest: at };
}

function takeLong(
  text: string,
  longs: readonly string[],
  next: ShellWord | undefined,
  values: Map<string, string>,
): number | undefined {
  const [name, value] = splitAt(text, text.indexOf('='));
  const takesValue = longs.includes(`${name}=`);
  if (!takesValue && !longs.includes(name)) return undefined;
  if (value !== undefined || !takesValue) {
    values.set(name, value ?? '');
    return 1;
  }
  return takeNext(name, next, values);
}

function splitAt(text: string, index: number): readonly [string, string?] {
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

function takeShort(
  letters: string,
  short: string,
  next: ShellWord | undefined,
  values: Map<string, string>,
): number | undefined {
  for (let index = 0; index < letters.length; index += 1) {
    const letter = letters.charAt(index);
    const known = letter === ':' ? -1 : short.indexOf(letter);
    if (known < 0) return undefined;
    if (short[known + 1] !== ':') {
      values.set(letter, '');
      continue;
    }
    const rest = letters.slice(index + 1);
    if (rest === '') return takeNext(letter, next, values);
    values.set(letter, rest);
    return 1;
  }
  return 1;
}

function takeNext(
  name: string,
  next: ShellWord | undefined,
  values: Map<string, string>,
): number | undefined {
  if (next === undefined || next.becomes !== 'one') return undefined;
  values.set(name, next.text);
  return 2;
}
