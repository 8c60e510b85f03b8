import type { Word, WordPart } from 'unbash';
import { type ShellWord, gap, nameGap, plainWord } from './command-part.ts';

interface Draft {
  text: string;
  becomes: ShellWord['becomes'];
}

const maxBraceWords = 64;

/** The words that one word of the source becomes: several where it has braces (`{a,b}`). */
export function expandWord(word: Word): readonly ShellWord[] {
  const { parts } = word;
  if (parts === undefined) return [plainWord(word.value)];
  let drafts: Draft[] = [{ text: '', becomes: 'one' }];
  for (const part of parts) {
    const choices = part.type === 'BraceExpansion' ? braceChoices(part.text) : undefined;
    if (choices === undefined || drafts.length * choices.length > maxBraceWords) {
      for (const draft of drafts) append(draft, part);
      continue;
    }
    drafts = drafts.flatMap(({ text, becomes }) =>
      choices.map((choice) => ({ text: text + choice, becomes })),
    );
  }
  const isQuoted = parts.some(({ type }) => quotes.has(type));
  // bash drops an empty alternative: `{,rm} x` runs rm
  const kept = isQuoted ? drafts : drafts.filter(({ text }) => text !== '');
  return kept.flatMap(splitOpen);
}

const quotes = new Set<WordPart['type']>([
  'SingleQuoted',
  'DoubleQuoted',
  'AnsiCQuoted',
  'LocaleString',
]);

/** What begins with a known letter is one word at least, and the first begins so. */
function splitOpen({ text, becomes }: ShellWord): readonly ShellWord[] {
  const known = text.indexOf(gap);
  if (becomes !== 'any' || known < 1) return [{ text, becomes }];
  return [
    { text: text.slice(0, known + 1), becomes: 'one' },
    { text: gap, becomes },
  ];
}

/** The plain alternatives of `{a,b}`; undefined for what is nested, quoted, a range or holds an expansion. */
function braceChoices(text: string): readonly string[] | undefined {
  const inner = text.slice(1, -1);
  if (/[{}\\'"$`*?[\]]/.test(inner) || !inner.includes(',')) return undefined;
  return inner.split(',');
}

function append(draft: Draft, part: WordPart): void {
  if ('value' in part && part.type !== 'Glob') {
    draft.text += part.value;
  } else if (part.type === 'DoubleQuoted' || part.type === 'LocaleString') {
    for (const child of part.parts) appendQuoted(draft, child);
  } else {
    draft.text += part.type === 'Glob' ? nameGap : gap;
    draft.becomes = wider(draft.becomes, becomesOf(part));
  }
}

function becomesOf({ type }: WordPart): ShellWord['becomes'] {
  if (type === 'ProcessSubstitution') return 'one';
  return type === 'Glob' || type === 'ExtendedGlob' || type === 'BraceExpansion'
    ? 'several'
    : 'any';
}

function wider(one: ShellWord['becomes'], other: ShellWord['becomes']): ShellWord['becomes'] {
  if (one === 'any' || other === 'any') return 'any';
  return one === 'several' ? one : other;
}

function appendQuoted(draft: Draft, part: WordPart): void {
  if (part.type === 'Literal') {
    draft.text += part.value;
    return;
  }
  draft.text += gap;
  // "$@" and "${list[@]}" become several words within quotes too
  if (part.type !== 'CommandExpansion' && part.text.includes('@')) draft.becomes = 'any';
}
