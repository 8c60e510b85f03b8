import { type CompactText, edge } from './compact-text.ts';
import type { TextIndex } from './text-index.ts';
import type { Work } from './work.ts';
import type { AddressPart, WordPart } from './value-parts.ts';

/** The texts of a session, by who gave them, and what looking through them may still cost. */
export interface Texts {
  readonly user: TextIndex;
  readonly trusted: TextIndex;
  readonly untrusted: TextIndex;
  readonly work: Work;
}
export const kinds = ['user', 'trusted', 'untrusted'] as const;
export type Kind = (typeof kinds)[number];

/** The first text of each kind that has a value, by its number. */
export type Places = { readonly [kind in Kind]?: number | undefined };
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
  const { work } = texts;
  const own = { hard: isAddress, edges: isNamed ? edges : undefined, work };
  const user = texts.user.findWhole(text, own);
  if (user !== undefined) return { user };
  return firstOf(texts.trusted.findWhole(text, own), texts.untrusted.findWhole(text, { work }));
}

export function findFigure({ user, trusted, untrusted }: Texts, figure: string): Places {
  const said = user.findFigure(figure);
  if (said !== undefined) return { user: said };
  return firstOf(trusted.findFigure(figure), untrusted.findFigure(figure));
}

/** The owner is whose it is, unless a stranger's text goes on from it as this address does, further than any other. */
export function findAddress(texts: Texts, { owner, whole, isNamed, inner }: AddressPart): Places {
  const found = findWhole(texts, owner, { isAddress: true, isNamed });
  if (found === nowhere && inner !== undefined) {
    const { untrusted } = findAddress(texts, inner);
    if (untrusted !== undefined) return { untrusted };
  }
  if (found === nowhere) return findInside(texts, owner.text);
  if (found.untrusted !== undefined || whole.text.length === owner.text.length) return found;
  const { user, trusted, untrusted, work } = texts;
  const from = owner.text.length;
  const stranger = untrusted.reach(whole, { from, isLoose: true, work });
  if (stranger.chars === 0) return found;
  const others = [user, trusted].map((index) => index.reach(whole, { from, isLoose: false, work }));
  const isFurther = others.every(({ chars }) => chars < stranger.chars);
  return isFurther ? { untrusted: stranger.order } : found;
}

export function findWord(texts: Texts, { text, isIdentifier }: WordPart): Places {
  if (!isIdentifier) {
    // a common word is in many texts: alone it says nothing of where the value came from, unless the user wrote it
    const user = texts.user.findWhole(text, { work: texts.work });
    return user === undefined ? nowhere : { user };
  }
  const whole = findWhole(texts, { text, edges: new Uint8Array() });
  return whole === nowhere ? findInside(texts, text) : whole;
}

/** Of an identifier or an owner: cut out of a longer word of a stranger, or put together from stretches of such. */
function findInside({ untrusted, work }: Texts, text: string): Places {
  const inside = untrusted.findInside(text, work);
  if (inside !== undefined) return { untrusted: inside };
  for (let at = 0; at + minPiece <= text.length; at += 1) {
    const run = untrusted.runFrom(text, at, { max: minPiece, work });
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
  const { work } = texts;
  for (let at = 0; at + minRun <= text.length; at += 1) {
    if (((edges[at] ?? 0) & edge.start) === 0) continue;
    const run = texts[kind].runFrom(text, at, { max: minRun, work });
    if (run.chars < minRun) continue;
    const stretch = text.slice(at, at + minRun);
    if (texts.user.findInside(stretch, work) === undefined) return run.order;
  }
  return undefined;
}

/** Whoever said it first; strangers on a tie. */
function firstOf(trusted: number | undefined, untrusted: number | undefined): Places {
  if (untrusted === undefined) return trusted === undefined ? nowhere : { trusted };
  return trusted === undefined || untrusted <= trusted ? { untrusted } : { trusted };
}
