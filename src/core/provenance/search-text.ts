import { type CompactText, edge } from './compact-text.ts';
import { isFormOf } from './tool-words.ts';
import { spend, type Work } from './work.ts';

/** How a value must stand in a text. */
export interface Exactness {
  /** With nothing tied to it that could belong to the same address. */
  readonly hard?: boolean | undefined;
  /** Of the value: its words must be tied to each other by the same signs. */
  readonly edges?: Uint8Array | undefined;
}

// of a value, what is searched for first: the whole of it is compared where that is found
const maxHead = 128;
const bounds = edge.start | edge.sign;
// what is said of a value stands within a paragraph of it (letters and digits)
const nearChars = 400;

/** Whether the value stands there as whole words. What the work does not allow to look at is not found. */
export function holdsWhole(
  text: CompactText,
  value: string,
  { from, work, ...exactness }: Exactness & { readonly from: number; readonly work: Work },
): boolean {
  for (const at of placesOf(text, value, { from, work })) {
    if (isWhole(text, at, value, exactness)) return true;
  }
  return false;
}

/** Whether the value stands there, inside of words too. */
export function holdsInside({ text }: CompactText, value: string, work: Work): boolean {
  spend(work, text.length);
  return text.includes(value.slice(0, maxHead));
}

/** What is asked about: a value, or a stretch that was copied from it. */
export interface Near {
  readonly value: string;
  readonly isPiece?: boolean;
}

/** Whether a form of one of the stems stands there, or near the value where one is given. */
export function speaksIn(
  text: CompactText,
  stems: readonly string[],
  { near, work }: { readonly near: Near | undefined; readonly work: Work },
): boolean {
  if (near === undefined) return hasWord(text, stems, { from: 0, to: text.text.length, work });
  const { value, isPiece = false } = near;
  for (const at of placesOf(text, value, { from: 0, work })) {
    if (!isPiece && !isWhole(text, at, value, {})) continue;
    const beside = { from: at - nearChars, to: at + value.length + nearChars, work };
    if (hasWord(text, stems, beside)) return true;
  }
  return false;
}

/**
 * Whether the value stands there in running words: with at least three beside it in one clause, or itself of eight. A
 * field's value and an entry of a list do not.
 */
export function tellsIn(text: CompactText, value: string, work: Work): boolean {
  for (const at of placesOf(text, value, { from: 0, work })) {
    if (!isWhole(text, at, value, {})) continue;
    if (isRunning(text.edges, at, at + value.length, work)) return true;
  }
  return false;
}

const wordsBeside = 3;
/** Of the signs in `edge.sign`, the last that ties words: a colon parts them. */
const lastTie = 5;
const wordsOfSentence = 8;
/** So far words are looked for (letters and digits); what signs tie together for longer is no field or entry. */
const maxClause = 128;
/** What each letter there takes to look at, by what it takes to search through as much. */
const stepCost = 16;

function isRunning(edges: Uint8Array, from: number, to: number, work: Work): boolean {
  spend(work, to - from);
  let words = 1;
  for (let at = from + 1; at < to; at += 1) if (isWordStart(edges[at] ?? 0)) words += 1;
  if (words >= wordsOfSentence) return true;
  const before = wordsOn(edges, { from, step: -1, work });
  return before + wordsOn(edges, { from: to, step: 1, work }) >= wordsBeside;
}

/** How many words of the same clause stand on that side, up to three. */
function wordsOn(
  edges: Uint8Array,
  { from, step, work }: { readonly from: number; readonly step: 1 | -1; readonly work: Work },
): number {
  let words = 0;
  let steps = 0;
  for (let at = from; at > 0 && at < edges.length && words < wordsBeside; at += step) {
    if (steps === maxClause) return wordsBeside;
    steps += 1;
    const bits = edges[at] ?? 0;
    if (!isWordStart(bits)) continue;
    if ((bits & edge.flow) === 0) break;
    words += 1;
  }
  spend(work, steps * stepCost);
  return words;
}

/** Whether a word begins there that no sign ties to the one before, as in an address: those are one for a reader. */
function isWordStart(bits: number): boolean {
  const sign = (bits & edge.sign) >> 4;
  return (bits & edge.start) !== 0 && !(sign >= 1 && sign <= lastTie);
}

/**
 * How many letters of the value the text has at any place where it has the first `from`, up to the end of a word. Loose:
 * of a word in the text or in the value, and whatever ties the words.
 */
export function reachIn(
  text: CompactText,
  value: CompactText,
  {
    from,
    isLoose,
    work,
  }: { readonly from: number; readonly isLoose: boolean; readonly work: Work },
): number {
  let furthest = 0;
  for (const at of placesOf(text, value.text.slice(0, from), { from: 0, work })) {
    if (((text.edges[at] ?? 0) & edge.start) === 0) continue;
    const chars = reachAt(text, at, value, { from, isLoose });
    spend(work, chars);
    if (chars > furthest) furthest = chars;
  }
  return furthest;
}

function reachAt(
  { text, edges }: CompactText,
  at: number,
  value: CompactText,
  { from, isLoose }: { readonly from: number; readonly isLoose: boolean },
): number {
  let chars = 0;
  for (let next = 0; next < value.text.length; next += 1) {
    if (text.charCodeAt(at + next) !== value.text.charCodeAt(next)) break;
    const [there = 0, here = 0] = [edges[at + next], value.edges[next]];
    if (!isLoose && next > 0 && ((there ^ here) & bounds) !== 0) break;
    const ends = isLoose ? there | here : there & here;
    if (next >= from && (ends & edge.end) !== 0) chars = next + 1;
  }
  return chars;
}

/** Where the value stands, inside of words too. */
function* placesOf(
  { text }: CompactText,
  value: string,
  { from, work }: { readonly from: number; readonly work: Work },
): Generator<number> {
  const head = value.slice(0, maxHead);
  let looked = from;
  while (work.left > 0) {
    const at = text.indexOf(head, looked);
    spend(work, (at === -1 ? text.length : at) - looked);
    if (at === -1) return;
    looked = at + 1;
    if (head.length < value.length) {
      spend(work, value.length);
      if (!text.startsWith(value, at)) continue;
    }
    yield at;
  }
}

function isWhole(
  { edges }: CompactText,
  at: number,
  value: string,
  { hard = false, edges: signs }: Exactness,
): boolean {
  const first = edges[at] ?? 0;
  const last = edges[at + value.length - 1] ?? 0;
  const isAlone = hard
    ? (first & edge.hardStart) !== 0 && (last & edge.hardEnd) !== 0
    : (first & edge.start) !== 0 && (last & edge.end) !== 0;
  return isAlone && (signs === undefined || hasSameSigns(edges, at, signs));
}

/** Whether the words of a value are tied to each other by the signs that stand there. */
export function hasSameSigns(there: Uint8Array, at: number, here: Uint8Array): boolean {
  for (let next = 1; next < here.length; next += 1) {
    if ((((there[at + next] ?? 0) ^ (here[next] ?? 0)) & bounds) !== 0) return false;
  }
  return true;
}

function hasWord(
  { text, edges }: CompactText,
  stems: readonly string[],
  { from, to, work }: { readonly from: number; readonly to: number; readonly work: Work },
): boolean {
  const start = Math.max(0, from);
  const near = text.slice(start, to);
  return stems.some((stem) => {
    for (const at of placesOf({ text: near, edges }, stem, { from: 0, work })) {
      if (!beginsWord(near, edges, { start, at })) continue;
      if (isFormOf(wordAt(text, edges, start + at), stem)) return true;
    }
    return false;
  });
}

/** Whether a word begins there, or before it with `re`: who reorders orders. */
function beginsWord(
  near: string,
  edges: Uint8Array,
  { start, at }: { readonly start: number; readonly at: number },
): boolean {
  const begins = (place: number): boolean => ((edges[start + place] ?? 0) & edge.start) !== 0;
  return begins(at) || (near.startsWith('re', at - 2) && at >= 2 && begins(at - 2));
}

/** A form of a stem is not much longer than it; a word without an end says nothing. */
const maxWord = 64;

function wordAt(text: string, edges: Uint8Array, at: number): string {
  let end = at;
  const last = Math.min(text.length - 1, at + maxWord);
  while (end < last && ((edges[end] ?? 0) & edge.end) === 0) end += 1;
  return text.slice(at, end + 1);
}
