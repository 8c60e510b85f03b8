import { type Json, isJsonArray } from '../model/json.ts';
import { type CommandPart, type CommandReading, hasGap, plainWord } from './command-part.ts';
import { type Note, isOpen } from './notes.ts';
import { type ScriptReader, maxWords, parseScript } from './parse-script.ts';
import { unwrap } from './unwrap.ts';

/** Characters of a command line, and of all scripts within it; a longer one is not read. */
export const maxCommandLength = 65_536;
/** Simple commands of one line. */
const maxCommandParts = 512;
const maxWrapping = 8;
/** What its words with unknown pieces may cost: every pattern is compared with each of their letters. */
export const maxOpenLength = 4096;
/** Letters that one such word costs beside its own. */
const openWord = 16;

const unreadable: CommandReading = { parts: [], isPartial: true };

/**
 * Reads what a command would run: a text as bash reads it, a list of texts as a program and its arguments. Never
 * throws: what is no command, too long, or holds a control character is partial and has no parts.
 */
export function readCommand(value: Json): CommandReading {
  if (typeof value === 'string') return isReadable(value) ? readText(value) : unreadable;
  if (!isJsonArray(value) || value.length === 0 || value.length > maxCommandParts)
    return unreadable;
  const words: string[] = [];
  for (const word of value) {
    if (typeof word !== 'string' || hasGap(word)) return unreadable;
    words.push(word);
  }
  return readWords(words);
}

/** A carriage return ends a line in a terminal and is a letter in a file: nobody knows which it is here. */
function isReadable(text: string): boolean {
  return text.length <= maxCommandLength && !/[^\P{Cc}\t\n]/u.test(text);
}

function readText(text: string): CommandReading {
  const state = newState();
  readScript(text, { piped: false, wrapping: 0 }, state);
  return toReading(state);
}

function readWords(words: readonly string[]): CommandReading {
  const state = newState();
  const part = { env: [], reads: [], writes: [], piped: false, input: undefined };
  takePart({ ...part, words: words.map(plainWord) }, 0, state);
  return toReading(state);
}

interface State {
  readonly parts: CommandPart[];
  readonly notes: Set<Note>;
  length: number;
  words: number;
  openLength: number;
}

function newState(): State {
  return { parts: [], notes: new Set(), length: 0, words: 0, openLength: 0 };
}

function toReading({ parts, notes }: State): CommandReading {
  return { parts, isPartial: isOpen(notes) };
}

function readScript(
  text: string,
  { piped, wrapping }: { readonly piped: boolean; readonly wrapping: number },
  state: State,
): void {
  state.length += text.length;
  if (wrapping > maxWrapping || state.length > maxCommandLength || hasGap(text)) {
    state.notes.add('hides');
    return;
  }
  const reader: ScriptReader = {
    take: (part) => takePart(part, wrapping, state),
    isFull: () => state.parts.length >= maxCommandParts || isSpent(state),
    note: (note) => state.notes.add(note),
  };
  parseScript(text, piped, reader);
}

function takePart(part: CommandPart, wrapping: number, state: State): void {
  count(part, state);
  if (state.parts.length >= maxCommandParts || wrapping > maxWrapping || isSpent(state)) {
    state.notes.add('hides');
    return;
  }
  state.parts.push(part);
  const { piped, input } = part;
  if (piped || input !== undefined) state.notes.add('feeds');
  const { commands, scripts, env, notes } = unwrap(part);
  for (const note of notes) state.notes.add(note);
  for (const words of commands) {
    const inner = { words, env, piped, input, reads: [], writes: [] };
    takePart(inner, wrapping + 1, state);
  }
  for (const script of scripts) readScript(script, { piped, wrapping: wrapping + 1 }, state);
}

/** Counts what a command costs to compare: its words, variables and files, those that are not known by their letters. */
function count({ words, env, reads, writes }: CommandPart, state: State): void {
  const texts = [...words.map(({ text }) => text), ...env, ...reads, ...writes];
  state.words += texts.length;
  for (const text of texts) if (hasGap(text)) state.openLength += text.length + openWord;
}

function isSpent({ words, openLength }: State): boolean {
  return words > maxWords || openLength > maxOpenLength;
}
