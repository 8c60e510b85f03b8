import { type CompactText, compactText } from './compact-text.ts';
import { figuresOf } from './figures.ts';
import { foldText } from './fold-text.ts';
import { createGramFilter, gramChars } from './gram-filter.ts';
import {
  type Exactness,
  type Near,
  holdsInside,
  holdsWhole,
  reachIn,
  speaksIn,
  tellsIn,
} from './search-text.ts';
import { spellingsOf } from './spellings.ts';
import { createStartTable } from './start-table.ts';
import { spend, type Work } from './work.ts';

/**
 * Texts of one origin, where a value is found whatever its spelling. What the work does not allow to look at is not found:
 * whoever asks has to see that nothing of it is left.
 */
export interface TextIndex {
  /** `order` rises from text to text, over all indexes of a session. */
  add(text: string, order: number): void;
  /** The order of the first text that has the value from edge to edge of words. */
  findWhole(value: string, options: Exactness & { readonly work: Work }): number | undefined;
  /** As a number or a day, in whatever spelling (`figuresOf`). */
  findFigure(figure: string): number | undefined;
  /** Inside of words too; for values of six characters or more, by their first 128. */
  findInside(value: string, work: Work): number | undefined;
  /** Whether a form of one of the stems for it stands in a text, or near the value where one is given. */
  speaksOf(
    stemsFor: (order: number) => readonly string[],
    options: { readonly near: Near | undefined; readonly work: Work },
  ): boolean;
  /** Whether a text that counts, by its order, has the value in running words. */
  tells(
    value: string,
    options: { readonly counts: (order: number) => boolean; readonly work: Work },
  ): boolean;
  /** How far the texts go on as the value does where they have its first `from` letters (`reachIn`). */
  reach(
    value: CompactText,
    options: { readonly from: number; readonly isLoose: boolean; readonly work: Work },
  ): Run;
  /** How far, up to `max`, the stretch from `at` goes on where it first stands in a text, beginning with a word there. */
  runFrom(value: string, at: number, options: { readonly max: number; readonly work: Work }): Run;
  /** What it takes in memory, nearly. */
  readonly bytes: number;
}

export interface Run {
  readonly chars: number;
  /** Of the text that has it. */
  readonly order: number;
}

interface Doc extends CompactText {
  readonly order: number;
}
const noRun: Run = Object.freeze({ chars: 0, order: 0 });
/** Of a text and of a figure in memory, besides what grows with their length. */
const docBytes = 300;
const figureBytes = 100;

export function createTextIndex(): TextIndex {
  const docs: Doc[] = [];
  const grams = createGramFilter();
  const starts = createStartTable();
  const figures = new Map<string, number>();
  let chars = 0;

  const addDoc = (text: string, order: number): void => {
    const folded = foldText(text);
    const doc = { ...compactText(folded), order };
    docs.push(doc);
    chars += doc.text.length;
    grams.add(docs);
    starts.add(doc);
    for (const figure of figuresOf(folded)) if (!figures.has(figure)) figures.set(figure, order);
  };
  /** Of the first text for which it holds, from that one on. */
  const findDoc = (work: Work, from: number, holds: (doc: Doc, at: number) => boolean) => {
    for (let at = from; at < docs.length && work.left > 0; at += 1) {
      const doc = docs[at];
      if (doc !== undefined && holds(doc, at)) return doc.order;
    }
    return undefined;
  };

  return {
    add(text, order) {
      for (const spelling of spellingsOf(text)) addDoc(spelling, order);
    },
    findFigure: (figure) => figures.get(figure),
    findWhole(value, { work, ...exactness }) {
      spend(work, value.length);
      if (value === '' || docs.length === 0 || !grams.mayHold(value)) return undefined;
      const first = value.length < gramChars ? { doc: 0, at: 0 } : starts.find(value, 0);
      if (first === undefined) return undefined;
      return findDoc(work, first.doc, (doc, index) => {
        const from = index === first.doc ? first.at : 0;
        return holdsWhole(doc, value, { ...exactness, from, work });
      });
    },
    findInside(value, work) {
      spend(work, value.length);
      if (value.length < gramChars || docs.length === 0 || !grams.mayHold(value)) return undefined;
      return findDoc(work, 0, (doc) => holdsInside(doc, value, work));
    },
    speaksOf(stemsFor, { near, work }) {
      if (near?.value === '') return false;
      const spoken = findDoc(work, 0, (doc) => speaksIn(doc, stemsFor(doc.order), { near, work }));
      return spoken !== undefined;
    },
    tells(value, { counts, work }) {
      if (value === '') return false;
      const told = findDoc(work, 0, (doc) => counts(doc.order) && tellsIn(doc, value, work));
      return told !== undefined;
    },
    reach(value, { from, isLoose, work }) {
      let furthest: Run = noRun;
      if (docs.length === 0 || !grams.mayHold(value.text.slice(0, from))) return furthest;
      for (const doc of docs) {
        if (work.left <= 0) return furthest;
        const far = reachIn(doc, value, { from, isLoose, work });
        if (far > furthest.chars) furthest = { chars: far, order: doc.order };
      }
      return furthest;
    },
    runFrom(value, at, { max, work }) {
      spend(work, 0);
      const place = starts.find(value, at);
      const doc = docs[place?.doc ?? -1];
      if (place === undefined || doc === undefined) return noRun;
      const run = stretchOf(doc.text, place.at, value.slice(at, at + max));
      return { chars: run, order: doc.order };
    },
    get bytes() {
      const texts = 3 * chars + docBytes * docs.length + figureBytes * figures.size;
      return texts + grams.bytes + starts.bytes;
    },
  };
}

/** How many of the letters the text has from there on. */
function stretchOf(text: string, from: number, letters: string): number {
  let chars = 0;
  while (chars < letters.length && text.charCodeAt(from + chars) === letters.charCodeAt(chars)) {
    chars += 1;
  }
  return chars;
}
