import type { ToolDefinition } from '../model/tool.ts';

/** Words in names of tools that say nothing of what the tool does. */
const empty = new Set(
  [
    'the and for with from into onto not new all any one two via per out off run get set has use',
    'api app user data info item list name tool call task make type value manager service client',
  ].flatMap((line) => line.split(' ')),
);
const endings = new Set([
  '',
  'e',
  's',
  'es',
  'd',
  'ed',
  'ing',
  'ion',
  'ions',
  'ation',
  'ment',
  'ments',
  'al',
]);
const cut = /(?:(?<=.{4})(?:ations?|ments?|ions?|als?)|ings?|ed|es|e|s)$/;

/**
 * The stems of what a tool's name says that it does: `send_direct_message` -> send, direct, messag. A name of one word
 * may be several written together, so that the first sentence of its description counts too.
 */
export function toolWords(definition: ToolDefinition, action: string): readonly string[] {
  const last = known.get(definition);
  if (last?.action === action) return last.words;
  const words = findWords(definition, action);
  known.set(definition, { action, words });
  return words;
}

const known = new WeakMap<
  ToolDefinition,
  { readonly action: string; readonly words: readonly string[] }
>();

function findWords({ name, description }: ToolDefinition, action: string): readonly string[] {
  const named = stemsIn(`${name} ${action}`);
  if (named.length > 1) return named;
  const [sentence = ''] = description.slice(0, maxDescription).split(/\.\s/);
  return [...new Set([...named, ...stemsIn(sentence)])];
}

const maxDescription = 200;

function stemsIn(text: string): readonly string[] {
  const spaced = text.replaceAll(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ');
  const words = spaced.toLowerCase().match(/[a-z]{3,}/g) ?? [];
  return [...new Set(words.filter((word) => !empty.has(word)).map(stem))];
}

/**
 * Of what a tool does, what says something in a text of another one, by its name: what that one reads of
 * (`search_calendar`) is spoken of there anyway. Everything, where nothing else is left.
 */
export function withoutSubjects(
  stems: readonly string[],
): (reader: string | undefined) => readonly string[] {
  // thousands of texts come from a few tools
  const known = new Map<string, readonly string[]>();
  return (reader) => {
    if (reader === undefined) return stems;
    const left = known.get(reader) ?? withoutSubject(stems, reader);
    known.set(reader, left);
    return left;
  };
}

function withoutSubject(stems: readonly string[], reader: string): readonly string[] {
  const subject = stemsIn(reader);
  const left = stems.filter((word) => !subject.includes(word));
  return left.length === 0 ? stems : left;
}

function stem(word: string): string {
  const short = word.replace(cut, '');
  return short.length >= 3 ? short : word;
}

/** Whether a word is a form of that stem. */
export function isFormOf(word: string, of: string): boolean {
  return word.startsWith(of) && endings.has(word.slice(of.length));
}
