import { type CompactText, edge } from './compact-text.ts';
import type { TextIndex } from './text-index.ts';
import type { AddressPart, WordPart } from './value-parts.ts';

/** The texts of a session, by who gave them. */
export interface Texts {
  readonly user: TextIndex;
  readonly trusted: TextIndex;
  readonly untrusted: TextIndex;
}

/** The first text of each kind that has a value, by its number. */
export type Places = { readonly [kind in keyof Texts]?: number | undefined };
export const nowhere: Places = Object.freeze({});

/** A copied stretch counts from here on: a few words, so that no common phrase is taken for one (characters). */
const minRun = 16;
/** Of one identifier, a stretch that was put together with others. */
const minPiece = 8;

interface WholeAs {
  /** By the user and trusted tools with nothing tied to it. */
  readonly isAddress?: boolean;
  /** And with the same signs in it. */
  readonly isNamed?: boolean;
}

/** Where the value stands from edge to edge; of an address, by the user and trusted tools sign for sign. */
export function findWhole(
  texts: Texts,
  { text, edges }: CompactText,
  { isAddress = false, isNamed = isAddress }: WholeAs = {},
): Places {
  const words = isAddress ? [] : wordStarts(edges);
  const own = { hard: isAddress, words, ...(isNamed ? { edges } : {}) };
  const user = texts.user.findWhole(text, own);
  if (user !== undefined) return { user };
  return firstOf(texts.trusted.findWhole(text, own), texts.untrusted.findWhole(text, { words }));
}

export function findFigure({ user, trusted, untrusted }: Texts, figure: string): Places {
  const said = user.findFigure(figure);
  if (said !== undefined) return { user: said };
  return firstOf(trusted.findFigure(figure), untrusted.findFigure(figure));
}

/** The owner is whose it is, unless a stranger's text goes on from it as this address does, further than any other. */
export function findAddress(texts: Texts, { owner, whole, isNamed }: AddressPart): Places {
  const found = findWhole(texts, owner, { isAddress: true, isNamed });
  if (found === nowhere) return findInside(texts, owner.text);
  if (found.untrusted !== undefined || whole.text.length === owner.text.length) return found;
  const { user, trusted, untrusted } = texts;
  const from = owner.text.length;
  const stranger = untrusted.reach(whole, from, { isLoose: true });
  const others = [user, trusted].map((index) => index.reach(whole, from, { isLoose: false }));
  const isFurther = others.every(({ chars }) => chars < stranger.chars);
  return isFurther ? { untrusted: stranger.order } : found;
}

export function findWord(texts: Texts, { text, isIdentifier }: WordPart): Places {
  if (!isIdentifier) {
    // a common word is in many texts: alone it says nothing of where the value came from, unless the user wrote it
    const user = texts.user.findWhole(text);
    return user === undefined ? nowhere : { user };
  }
  const whole = findWhole(texts, { text, edges: new Uint8Array() });
  return whole === nowhere ? findInside(texts, text) : whole;
}

/** Of an identifier or an owner: cut out of a longer word of a stranger, or put together from stretches of such. */
function findInside({ untrusted }: Texts, text: string): Places {
  const inside = untrusted.findInside(text);
  if (inside !== undefined) return { untrusted: inside };
  for (let at = 0; at + minPiece <= text.length; at += 1) {
    const run = untrusted.runFrom(text, at, minPiece);
    if (run.chars >= minPiece) return { untrusted: run.order };
  }
  return nowhere;
}

/** The first stretch of the value that was copied out of texts of that kind, and that the user did not write as well. */
export function findRun(
  texts: Texts,
  kind: 'trusted' | 'untrusted',
  { text, edges }: CompactText,
): number | undefined {
  for (let at = 0; at + minRun <= text.length; at += 1) {
    if (((edges[at] ?? 0) & edge.start) === 0) continue;
    const run = texts[kind].runFrom(text, at, minRun);
    if (run.chars < minRun) continue;
    if (texts.user.findInside(text.slice(at, at + minRun)) === undefined) return run.order;
  }
  return undefined;
}

/** Whoever said it first; strangers on a tie. */
function firstOf(trusted: number | undefined, untrusted: number | undefined): Places {
  if (untrusted === undefined) return trusted === undefined ? nowhere : { trusted };
  return trusted === undefined || untrusted <= trusted ? { untrusted } : { trusted };
}

/** From so many words on a value is a phrase, which nobody writes without its spaces. */
const minPhrase = 4;
const maxWords = 64;

/** Where the words of a phrase begin; nothing of shorter values, which may be spaced otherwise. */
function wordStarts(edges: Uint8Array): readonly number[] {
  const starts: number[] = [];
  for (let at = 0; at < edges.length && starts.length < maxWords; at += 1) {
    if (((edges[at] ?? 0) & edge.start) !== 0) starts.push(at);
  }
  return starts.length < minPhrase ? [] : starts;
}
