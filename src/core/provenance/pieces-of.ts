import { type CompactText, compactText, edge } from './compact-text.ts';
import { findAddress, findWord, type Kind, type Texts } from './find-places.ts';
import { foldText } from './fold-text.ts';
import type { Near } from './search-text.ts';
import { divideValue } from './value-parts.ts';

/** A stretch of this length was copied (characters). */
const minRun = 16;

/**
 * What of a value was copied out of texts of that kind: stretches, and words that tell it apart. Undefined where it has an
 * address of theirs, of which nobody can say where it was asked for, or nothing is found at all.
 */
export function piecesOf(texts: Texts, kind: Kind, value: string): readonly Near[] | undefined {
  const { addresses, words, isCut } = divideValue(value);
  if (isCut || addresses.some((each) => findAddress(texts, each)[kind] !== undefined)) {
    return undefined;
  }
  const pieces: Near[] = [...stretchesOf(texts, kind, compactText(foldText(value)))];
  for (const word of words) {
    if (findWord(texts, word)[kind] !== undefined) pieces.push({ value: word.text, isPiece: true });
  }
  return pieces.length === 0 ? undefined : pieces;
}

function stretchesOf(texts: Texts, kind: Kind, { text, edges }: CompactText): readonly Near[] {
  const { work } = texts;
  const found: Near[] = [];
  for (let at = 0; at + minRun <= text.length && work.left > 0; at += 1) {
    if (((edges[at] ?? 0) & edge.start) === 0) continue;
    const run = texts[kind].runFrom(text, at, { max: text.length, work });
    if (run.chars < minRun) continue;
    const value = text.slice(at, at + run.chars);
    if (texts.user.findInside(value, work) === undefined) found.push({ value, isPiece: true });
    at += run.chars - 1;
  }
  return found;
}
