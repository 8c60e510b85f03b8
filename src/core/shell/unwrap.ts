import { type CommandPart, type ShellWord, gap, hasGap, isExact } from './command-part.ts';
import { notesOfBuiltin, notesOfName } from './builtins.ts';
import type { Note } from './notes.ts';
import { type ParsedOptions, parseOptions } from './parse-options.ts';
import { type Wrapper, readers, shells, sourcing, wrappers } from './wrappers.ts';

/** What a command runs in turn. */
export interface Inner {
  readonly commands: readonly (readonly ShellWord[])[];
  readonly scripts: readonly string[];
  /** Names that it sets for what it runs. */
  readonly env: readonly string[];
  readonly notes: readonly Note[];
}

const none: Inner = { commands: [], scripts: [], env: [], notes: [] };
const unknown: Inner = { ...none, notes: ['hides'] };

/** The name by which a program is known: without its folder, in lower case, without `.exe`. */
export function programName(text: string): string {
  const name = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1);
  return name.toLowerCase().replace(/\.exe$/, '');
}

/** What the command runs beside itself: the command of a wrapper, the script of a shell, the `-exec` of find. */
export function unwrap(part: CommandPart): Inner {
  const { words } = part;
  const [first] = words;
  if (first === undefined) return none;
  // a shell without the keyword `time` hands it such words as options
  if (!isExact(first) || first.text.startsWith('-')) return unknown;
  const name = programName(first.text);
  const inner = unwrapNamed(name, part);
  return { ...inner, notes: [...inner.notes, ...notesOfBuiltin(name, words)] };
}

function unwrapNamed(name: string, part: CommandPart): Inner {
  const { words } = part;
  if (shells.has(name)) return unwrapShell(part);
  if (readers.has(name)) return { ...none, notes: ['opens_shell'] };
  if (sourcing.has(name)) return words.slice(1).every(isFile) ? none : unknown;
  if (name === 'find') return unwrapFind(words);
  if (name === 'trap') return unwrapTrap(words);
  if (name === 'alias') return { ...none, scripts: words.slice(1).map(aliasScript) };
  const wrapper = wrappers.get(name);
  return wrapper === undefined ? none : unwrapWords(words, wrapper);
}

/** A file whose name is known, and that is no stream: what stands in it was written before. */
function isFile(word: ShellWord): boolean {
  return isExact(word) && !/^(?:-|\/dev\/.*|\/proc\/.*)$/.test(word.text);
}

const shellOptions = {
  short: 'abefhiklmnprstuvxBCEHPTDcO:o:',
  long: 'login posix norc noprofile restricted verbose rcfile= init-file=',
};

function unwrapShell({ words, input }: CommandPart): Inner {
  // `+o NAME` is an option too
  if (words.some(({ text }) => text.startsWith('+'))) return unknown;
  const options = parseOptions(words, shellOptions);
  if (options === undefined) return unknown;
  const operand = words[options.rest];
  // start-up files of the caller's choice; what changes how the rest is read
  const isPartial =
    ['rcfile', 'init-file', 'k', 'H'].some((key) => options.values.has(key)) ||
    words.some(({ text }) => /^(?:-\w*o)?(?:keyword|history|histexpand)$/.test(text));
  const notes: readonly Note[] = isPartial ? ['hides'] : [];
  if (options.values.has('c')) {
    if (operand === undefined || !isExact(operand)) return unknown;
    return { ...none, scripts: [operand.text], notes };
  }
  if (operand !== undefined && !options.values.has('s'))
    return isFile(operand) && !isPartial ? none : unknown;
  // it runs what it reads: known only where the line itself gives it
  return input === undefined || hasGap(input) ? unknown : { ...none, scripts: [input], notes };
}

const findRuns = new Set(['-exec', '-execdir', '-ok', '-okdir']);

function unwrapFind(words: readonly ShellWord[]): Inner {
  const commands: (readonly ShellWord[])[] = [];
  let isPartial = words.some(({ becomes }) => becomes === 'any');
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined || !findRuns.has(word.text)) continue;
    const length = words.slice(at + 1).findIndex(({ text }) => text === ';' || text === '+');
    const inner = words.slice(at + 1, length < 0 ? undefined : at + 1 + length);
    if (length < 0) isPartial = true;
    commands.push(inner.map(({ text, becomes }) => toFilled(text, becomes, '{}')));
    at += inner.length;
  }
  return { ...none, commands, notes: isPartial ? ['hides'] : [] };
}

/** What stands for a name that is put in later is not known; after `+` it may be several words. */
function toFilled(text: string, becomes: ShellWord['becomes'], mark: string): ShellWord {
  if (!text.includes(mark)) return { text, becomes };
  return { text: text.replaceAll(mark, gap), becomes: becomes === 'one' ? 'several' : becomes };
}

function unwrapTrap(words: readonly ShellWord[]): Inner {
  const script = words[1]?.text === '--' ? words[2] : words[1];
  if (script === undefined || /^-[lp]?$/.test(script.text)) return none;
  return isExact(script) ? { ...none, scripts: [script.text] } : unknown;
}

function aliasScript({ text }: ShellWord): string {
  return text.includes('=') ? text.slice(text.indexOf('=') + 1) : '';
}

function unwrapWords(words: readonly ShellWord[], wrapper: Wrapper): Inner {
  const options = parseOptions(words, wrapper);
  if (options === undefined) return unknown;
  const inner = unwrapRest(words, options, wrapper);
  const isUnsure = (wrapper.unsure ?? []).some((key) => options.values.has(key));
  return isUnsure ? { ...inner, notes: [...inner.notes, 'hides'] } : inner;
}

function unwrapRest(
  words: readonly ShellWord[],
  { values, rest: start }: ParsedOptions,
  wrapper: Wrapper,
): Inner {
  if ((wrapper.idle ?? []).some((letter) => values.has(letter))) return none;
  const before = words.slice(start, start + (wrapper.operands ?? 0));
  if (before.some(({ becomes }) => becomes !== 'one')) return unknown;
  const { env, rest } = takeAssignments(words, start + before.length, wrapper);
  const inner = words.slice(rest);
  const isOption = ({ text }: ShellWord): boolean => text.startsWith('-');
  // an option after the operands: which word is the command is not sure
  if (wrapper.script === undefined ? inner.slice(0, 1).some(isOption) : inner.some(isOption))
    return unknown;
  const scripts = [wrapper.script ?? '', 'command'].flatMap((key) => values.get(key) ?? []);
  if (wrapper.script !== undefined && scripts.length > 0) return { ...none, scripts };
  const notes: Note[] = words.slice(start + before.length, rest).flatMap(notesOfName);
  // more words are put into what it runs, or after it
  if (wrapper.inner === 'template') notes.push('hides');
  if (wrapper.opensShell === true && (inner.length === 0 || wrapper.script !== undefined))
    notes.push('opens_shell');
  return { env, notes, ...runBy(wrapper, inner, values) };
}

/** What the words after a wrapper run. */
function runBy(
  wrapper: Wrapper,
  inner: readonly ShellWord[],
  values: ParsedOptions['values'],
): Pick<Inner, 'commands' | 'scripts'> {
  if (inner.length === 0) return { commands: [], scripts: [] };
  if (wrapper.inner === 'template') return { commands: [], scripts: templateScripts(inner) };
  if (wrapper.inner === 'script') return { commands: [], scripts: [joinScript(inner)] };
  if (wrapper.inner !== 'more') return { commands: [inner], scripts: [] };
  const mark = values.get('I');
  const filled =
    mark === undefined || mark === ''
      ? [...inner, { text: gap, becomes: 'any' as const }]
      : inner.map(({ text, becomes }) => toFilled(text, becomes, mark));
  return { commands: [filled], scripts: [] };
}

function takeAssignments(
  words: readonly ShellWord[],
  from: number,
  { assigns }: Wrapper,
): { readonly env: readonly string[]; readonly rest: number } {
  const env: string[] = [];
  for (const { text } of assigns === true ? words.slice(from) : []) {
    const end = text.indexOf('=');
    if (end < 1) break;
    env.push(text.slice(0, end));
  }
  return { env, rest: from + env.length };
}

/** The command before `:::`; without one each word after it is a command. */
function templateScripts(words: readonly ShellWord[]): readonly string[] {
  const end = words.findIndex(({ text }) => text.startsWith(':::'));
  if (end === 0) return words.slice(1).map(({ text }) => text);
  return [joinScript(words.slice(0, end < 0 ? undefined : end))];
}

/** The words after a shell got them; what is unknown in them stays so, and makes the script unreadable. */
function joinScript(words: readonly ShellWord[]): string {
  return words.map(({ text }) => text).join(' ');
}
