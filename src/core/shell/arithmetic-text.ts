import type { Note } from './notes.ts';
import { isGiven } from './variables.ts';

// lengths and numbers of the shell
const numbers = /\$\{#\w+(?:\[[@*]\])?\}|\$[#?$!]/g;
const nested = /\$\(\(([\w\s+*%-]*)\)\)/g;
const variables = /\$\{\w+(?:\[[\w@*]+\]|:?-\w*)?\}|\$\w+/g;
const plain = /^[\w\s+*%<>=!&|^~?:,()/#@[\]-]*$/;

/** What text leaves open that the shell computes: arithmetic, an index, the ends of a slice. */
export function notesOfArithmetic(text: string): readonly Note[] {
  const counted = text.replaceAll(numbers, '0');
  // the shell opens what is quoted here once more, so only bare names and numbers are sure
  if (!plain.test(counted.replaceAll(nested, '($1)').replaceAll(variables, 'v'))) return ['hides'];
  const names = counted.match(/(?<!\w)[A-Za-z_]\w*|\$\{?\d/g) ?? [];
  if (names.length === 0) return [];
  return names.some((name) => name.startsWith('$') || isGiven(name))
    ? ['computes', 'sets']
    : ['computes'];
}
