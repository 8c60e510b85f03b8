import { type ShellWord, gap, hasGap, isExact, nameGap } from './command-part.ts';
import { notesOfArithmetic } from './arithmetic-text.ts';
import { matchText } from './match-text.ts';
import type { Note } from './notes.ts';
import { parseOptions } from './parse-options.ts';
import { notesOfSetting } from './variables.ts';

type Words = readonly ShellWord[];

/** What a builtin of the shell leaves open by its words: it may run or expand them, or set what is expanded later. */
export function notesOfBuiltin(name: string, words: Words): readonly Note[] {
  return builtins.get(name)?.(words) ?? [];
}

const hides = (): readonly Note[] => ['hides'];

const builtins: ReadonlyMap<string, (words: Words) => readonly Note[]> = new Map([
  // they run what the line does not say, or change what a name runs
  ['fc', hides],
  ['bind', hides],
  ['enable', hides],
  ['alias', (words) => (words.length > 1 ? ['hides'] : [])],
  ['hash', (words) => hidesWith(words, /^-\w*p/)],
  ['compgen', (words) => hidesWith(words, /^-\w*[CFW]/)],
  ['complete', (words) => hidesWith(words, /^-\w*[CFW]/)],
  ['set', (words) => hidesWith(words, /^(?:[-+]\w*[kH]|keyword$|history$|histexpand$)/)],
  ['shopt', (words) => hidesWith(words, /^(?:keyword|history|histexpand)$/)],
  // they run a file or a text in the shell itself
  ['source', () => ['sets']],
  ['.', () => ['sets']],
  ['eval', () => ['sets']],
  // they compute an index in the name of a variable
  ['declare', notesOfDeclare],
  ['typeset', notesOfDeclare],
  ['local', notesOfDeclare],
  ['export', notesOfNames],
  ['readonly', notesOfNames],
  ['unset', notesOfNames],
  ['read', notesOfRead],
  ['mapfile', notesOfMapfile],
  ['readarray', notesOfMapfile],
  ['printf', (words) => notesOfOption(words, 'v:', 'v')],
  ['wait', (words) => notesOfOption(words, 'fnp:', 'p')],
  ['getopts', (words) => words.slice(2, 3).flatMap(notesOfFilled)],
  ['let', (words) => words.slice(1).flatMap(({ text }) => notesOfArithmetic(closeGaps(text)))],
  ['test', notesOfTest],
  ['[', notesOfTest],
]);

/** An option that matters, or a word in its place that may be one. */
function hidesWith(words: Words, option: RegExp): readonly Note[] {
  const end = words.findIndex(({ text }) => text === '--');
  const options = words.slice(1, end < 0 ? undefined : end);
  const isHiding = options.some(({ text }) => option.test(text) || startsOpen(text));
  return isHiding ? ['hides'] : [];
}

function startsOpen(text: string): boolean {
  return hasGap(text.charAt(0));
}

/** What stands for a gap here is a name: its value is not known. */
function closeGaps(text: string): string {
  return text.replaceAll(gap, 'v');
}

/** Words that name variables, perhaps with a value: `x`, `x=1`, `x[0]`. */
function notesOfNames(words: Words): readonly Note[] {
  const isOption = (word: ShellWord): boolean => isExact(word) && /^-[A-Za-z]*$/.test(word.text);
  return words.slice(1).flatMap((word) => (isOption(word) ? [] : notesOfName(word)));
}

/** What it leaves open to name a variable, and to set it where the word has a value. */
export function notesOfName({ text, becomes }: ShellWord): readonly Note[] {
  if (isRisky(text)) return ['hides'];
  const name = nameIn(text);
  if (name === '' || becomes !== 'one') return hasGap(text) ? ['computes'] : [];
  const rest = text.slice(name.length);
  const end = rest.indexOf('=');
  const target = end < 0 ? rest : rest.slice(0, end);
  const index = target === '' || target === '+' ? [] : notesOfArithmetic(closeGaps(target));
  return end < 0 ? index : [...index, ...notesOfSetting(name, rest.slice(end + 1))];
}

/** A variable that gets a value which the text does not hold. */
function notesOfFilled(word: ShellWord): readonly Note[] {
  return [...notesOfName(word), ...notesOfSetting(nameIn(word.text), undefined)];
}

function nameIn(text: string): string {
  return /^[A-Za-z_]\w*/.exec(text)?.[0] ?? '';
}

/** Text that the shell may compute with, and that has a substitution in it. */
function isRisky(text: string): boolean {
  return text.includes('[') && /[$`]/.test(text);
}

function notesOfDeclare(words: Words): readonly Note[] {
  return words.slice(1).flatMap((word): readonly Note[] => {
    const { text } = word;
    if (isExact(word) && /^[-+][A-Za-z]*$/.test(text)) return notesOfAttributes(text);
    // a list may be put together in a value: `declare -a 'x=($(…))'`
    const value = text.includes('=') ? text.slice(text.indexOf('=') + 1) : '';
    if (value.startsWith('(') && /[$`]/.test(value)) return ['hides'];
    const opens = startsOpen(value) || (value.startsWith('(') && hasGap(value));
    return opens ? [...notesOfName(word), 'computes'] : notesOfName(word);
  });
}

function notesOfAttributes(letters: string): readonly Note[] {
  // a reference is looked up by the text that a variable holds
  if (letters.includes('n')) return ['hides'];
  return letters.includes('i') ? ['computes'] : [];
}

function notesOfOption(words: Words, short: string, key: string): readonly Note[] {
  const options = parseOptions(words, { short });
  if (options === undefined) return notesOfUnread(words);
  const value = options.values.get(key);
  return value === undefined ? [] : notesOfFilled({ text: value, becomes: 'one' });
}

/** A word may be an option, and the next one a name. */
function notesOfUnread(words: Words): readonly Note[] {
  const isHiding = words.some(
    ({ text }) => isRisky(text) || notesOfSetting(nameIn(text), undefined).includes('hides'),
  );
  return [isHiding ? 'hides' : 'computes'];
}

const readOptions = 'ersa:d:i:n:N:p:t:u:';

function notesOfRead(words: Words): readonly Note[] {
  const options = parseOptions(words, { short: readOptions });
  if (options === undefined) return [...notesOfUnread(words), 'sets'];
  return [
    ...notesOfOption(words, readOptions, 'a'),
    ...words.slice(options.rest).flatMap(notesOfFilled),
  ];
}

function notesOfMapfile(words: Words): readonly Note[] {
  const options = parseOptions(words, { short: 'd:n:O:s:tu:C:c:' });
  // a callback is run for each so many lines
  if (options === undefined || options.values.has('C')) return ['hides'];
  return words.slice(options.rest).flatMap(notesOfFilled);
}

const comparing = /^(?:[=<>]|[!=]=|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef))$/;

/** `-v` computes the index of a name; whatever may be `-v` may do so. */
function notesOfTest(words: Words): readonly Note[] {
  return words.slice(1).flatMap((word, index): readonly Note[] => {
    if (matchText('-v', word.text, 'exact') === 'no' && word.text !== '-R') return [];
    // names of files
    if (word.becomes === 'several' || word.text.includes(nameGap)) return ['hides'];
    const next = words[index + 2];
    const isCompared = next !== undefined && isExact(next) && comparing.test(next.text);
    const named = next === undefined || isCompared ? [] : notesOfName(next);
    return word.becomes === 'one' ? named : ['computes', ...named];
  });
}
