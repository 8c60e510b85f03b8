import type { Span } from '../core/model/linear-regex.ts';

/** A text as patterns read it, and the way back to the one that was given. */
export interface FoldedText {
  readonly text: string;
  /** The part of the given text that a part of this one was made from. */
  toGiven(span: Span): Span;
}

/** What one character became. */
interface Change {
  /** In the folded text. */
  readonly from: number;
  readonly to: number;
  /** In the given text. */
  readonly start: number;
  readonly end: number;
}

const invisible = /^\p{Default_Ignorable_Code_Point}$/u;

/** Each character in the form that NFKC gives it (`４` is `4`, `＠` is `@`), and without those that nobody sees. */
export function foldText(given: string): FoldedText {
  const changes: Change[] = [];
  let text = '';
  let at = 0;
  for (const { 0: char, index } of given.matchAll(/\P{ASCII}/gu)) {
    const plain = invisible.test(char) ? '' : char.normalize('NFKC');
    if (plain === char) continue;
    text += given.slice(at, index) + plain;
    at = index + char.length;
    changes.push({ from: text.length - plain.length, to: text.length, start: index, end: at });
  }
  if (changes.length === 0) return { text: given, toGiven: (span) => span };
  text += given.slice(at);
  return {
    text,
    toGiven: ({ start, end }) => ({
      start: toPlace(changes, start, 'start'),
      // where its last character ends, so that nothing invisible behind it goes along
      end: toPlace(changes, end - 1, 'end'),
    }),
  };
}

/** Where the character at a place of the folded text starts or ends in the given one. */
function toPlace(changes: readonly Change[], place: number, side: 'start' | 'end'): number {
  const change = lastBefore(changes, place);
  const next = side === 'end' ? 1 : 0;
  if (change === undefined) return place + next;
  return place < change.to ? change[side] : place - change.to + change.end + next;
}

/** The last change that begins at the place or before it. */
function lastBefore(changes: readonly Change[], place: number): Change | undefined {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[middle]?.from ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return changes[low - 1];
}
