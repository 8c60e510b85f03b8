import { type CompactText, compactText, edge } from './compact-text.ts';
import { figuresOf } from './figures.ts';
import { createGramFilter, type GramFilter } from './gram-filter.ts';
import { foldText } from './fold-text.ts';
import { spellingsOf } from './spellings.ts';
import { isFormOf } from './tool-words.ts';

/** How many characters of a value lead to the places where it may stand. */
const keyChars = 6;

/** Texts of one origin, where a value is found whatever its spelling. */
export interface TextIndex {
  /** `order` rises from text to text, over all indexes of a session. */
  add(text: string, order: number): void;
  /** The order of the first text that has the value from edge to edge of words, of addresses where `hard`. */
  findWhole(value: string, options?: WholeOptions): number | undefined;
  /** As a number or a day, in whatever spelling (`figuresOf`). */
  findFigure(figure: string): number | undefined;
  /** Inside of words too, which costs a look through the texts; for values of six characters or more, by their first 128. */
  findInside(value: string): number | undefined;
  /** Whether a form of one of the stems stands in a text, or near the value where one is given. */
  speaksOf(stems: readonly string[], value?: string): boolean;
  /** How far texts go on as the value does where they have its first `from` letters: in whole words, of either where loose. */
  reach(value: CompactText, from: number, options: { readonly isLoose: boolean }): Run;
  /** How far, up to `max`, the stretch from `at` goes on where it first stands in a text, beginning with a word there. */
  runFrom(value: string, at: number, max: number): Run;
}

export interface Run {
  readonly chars: number;
  /** Of the text that has it. */
  readonly order: number;
}

export interface WholeOptions {
  readonly hard?: boolean;
  /** Of the value: its words must be tied to each other by the same signs. */
  readonly edges?: Uint8Array;
  /** Where the words of a phrase begin: each has to begin somewhere in the texts, or nobody looks further. */
  readonly words?: readonly number[];
}

const none: readonly number[] = [];

interface Doc extends CompactText {
  readonly grams: GramFilter;
  readonly order: number;
}
const noRun: Run = { chars: 0, order: 0 };
// a place is a document and an offset in one number
const maxOffset = 2 ** 22;
// of a value, what is searched for; a longer one would make the search quadratic on hostile texts
const maxHead = 128;
const maxLooked = 256;
const maxNear = 64;
// what is said of a value stands within a paragraph of it (letters and digits)
const nearChars = 400;

export function createTextIndex(): TextIndex {
  const docs: Doc[] = [];
  /** The first place of every short word, and of the first characters from every start of a word on. */
  const places = new Map<string, number>();
  const figures = new Map<string, number>();

  const addDoc = (text: string, order: number): void => {
    const folded = foldText(text);
    const compact = compactText(folded);
    const doc: Doc = { ...compact, grams: createGramFilter(compact.text), order };
    const base = docs.length * maxOffset;
    docs.push(doc);
    for (const key of keysOf(doc)) if (!places.has(key.text)) places.set(key.text, base + key.at);
    for (const figure of figuresOf(folded)) if (!figures.has(figure)) figures.set(figure, order);
  };
  const placeOf = (key: string): { readonly doc: number; readonly at: number } | undefined => {
    const place = places.get(key);
    if (place === undefined) return undefined;
    return { doc: Math.floor(place / maxOffset), at: place % maxOffset };
  };

  const mayHold = (value: string, words: readonly number[]): boolean =>
    words.every((at) => at + keyChars > value.length || places.has(value.slice(at, at + keyChars)));

  return {
    add(text, order) {
      for (const spelling of spellingsOf(text)) addDoc(spelling, order);
    },
    findFigure: (figure) => figures.get(figure),
    findWhole(value, { hard = false, edges, words = none } = {}) {
      const first = value === '' ? undefined : placeOf(value.slice(0, keyChars));
      if (first === undefined || !mayHold(value, words)) return undefined;
      for (let index = first.doc; index < docs.length; index += 1) {
        const doc = docs[index];
        const from = index === first.doc ? first.at : 0;
        if (doc !== undefined && holds(doc, value, from, { hard, edges })) return doc.order;
      }
      return undefined;
    },
    findInside(value) {
      if (value.length < keyChars) return undefined;
      const head = value.slice(0, maxHead);
      return docs.find(({ text, grams }) => grams.mayHold(head) && text.includes(head))?.order;
    },
    speaksOf(stems, value) {
      if (value === '') return false;
      return docs.some((doc) =>
        value === undefined
          ? hasWord(doc, stems, [0, doc.text.length])
          : placesIn(doc, value).some((at) =>
              hasWord(doc, stems, [at - nearChars, at + value.length + nearChars]),
            ),
      );
    },
    reach(value, from, { isLoose }) {
      const owner = value.text.slice(0, from);
      let furthest: Run = noRun;
      for (const doc of docs) {
        for (const at of placesOf(doc, owner)) {
          const chars = reachFrom(doc, at, value, { from, isLoose });
          if (chars > furthest.chars) furthest = { chars, order: doc.order };
        }
      }
      return furthest;
    },
    runFrom(value, at, max) {
      const place = placeOf(value.slice(at, at + keyChars));
      const doc = docs[place?.doc ?? -1];
      if (place === undefined || doc === undefined || at + keyChars > value.length) return noRun;
      let chars = keyChars;
      while (
        chars < max &&
        at + chars < value.length &&
        doc.text.charCodeAt(place.at + chars) === value.charCodeAt(at + chars)
      ) {
        chars += 1;
      }
      return { chars, order: doc.order };
    },
  };
}

/** Where the value stands as whole words; the first 64 places. */
function placesIn(doc: Doc, value: string): readonly number[] {
  const head = value.slice(0, maxHead);
  const places: number[] = [];
  let at = doc.text.indexOf(head);
  for (let looked = 0; at !== -1 && looked < maxNear; looked += 1) {
    if (doc.text.startsWith(value, at) && isWhole(doc, at, at + value.length, false))
      places.push(at);
    at = doc.text.indexOf(head, at + 1);
  }
  return places;
}

function hasWord(
  { text, edges }: Doc,
  stems: readonly string[],
  [from, to]: readonly [number, number],
): boolean {
  return stems.some((stem) => {
    let at = text.indexOf(stem, Math.max(0, from));
    for (let looked = 0; at !== -1 && at < to && looked < maxLooked; looked += 1) {
      if (((edges[at] ?? 0) & edge.start) !== 0) {
        let end = at;
        while (end < text.length - 1 && ((edges[end] ?? 0) & edge.end) === 0) end += 1;
        if (isFormOf(text.slice(at, end + 1), stem)) return true;
      }
      at = text.indexOf(stem, at + 1);
    }
    return false;
  });
}

/** Where the letters begin that start with a word. */
function* placesOf({ text, edges }: Doc, letters: string): Generator<number> {
  for (let at = text.indexOf(letters); at !== -1; at = text.indexOf(letters, at + 1)) {
    if (((edges[at] ?? 0) & edge.start) !== 0) yield at;
  }
}

/** Loose: a word that ends in the text or in the value is whole, and signs between words do not count. */
function reachFrom(
  doc: Doc,
  at: number,
  { text, edges }: CompactText,
  { from, isLoose }: { readonly from: number; readonly isLoose: boolean },
): number {
  let chars = 0;
  for (let next = 0; next < text.length; next += 1) {
    if (doc.text.charCodeAt(at + next) !== text.charCodeAt(next)) break;
    const [there = 0, here = 0] = [doc.edges[at + next], edges[next]];
    if (!isLoose && next > 0 && ((there ^ here) & bounds) !== 0) break;
    const ends = isLoose ? there | here : there & here;
    if (next >= from && (ends & edge.end) !== 0) chars = next + 1;
  }
  return chars;
}
const bounds = edge.start | edge.sign;

interface Exactness {
  readonly hard: boolean;
  readonly edges: Uint8Array | undefined;
}

/** Looks at so many places of one document at most: only a text made of repetitions has more. */
function holds(doc: Doc, value: string, from: number, { hard, edges }: Exactness): boolean {
  const head = value.slice(0, maxHead);
  let at = doc.text.indexOf(head, from);
  for (let looked = 0; at !== -1 && looked < maxLooked; looked += 1) {
    const isHere = head.length === value.length || doc.text.startsWith(value, at);
    const isSame = edges === undefined || hasSameSigns(doc.edges, at, edges);
    if (isHere && isSame && isWhole(doc, at, at + value.length, hard)) return true;
    at = doc.text.indexOf(head, at + 1);
  }
  return false;
}

function hasSameSigns(there: Uint8Array, at: number, here: Uint8Array): boolean {
  return here.every(
    (bits, index) => index === 0 || (((there[at + index] ?? 0) ^ bits) & bounds) === 0,
  );
}

function isWhole({ edges }: CompactText, from: number, to: number, hard: boolean): boolean {
  const first = edges[from] ?? 0;
  const last = edges[to - 1] ?? 0;
  return hard
    ? (first & edge.hardStart) !== 0 && (last & edge.hardEnd) !== 0
    : (first & edge.start) !== 0 && (last & edge.end) !== 0;
}

/** From every start of a word: its first characters, going on into the next words; where a value ends sooner, each shorter end. */
function* keysOf({
  text,
  edges,
}: CompactText): Generator<{ readonly text: string; readonly at: number }> {
  for (let at = 0; at < text.length; at += 1) {
    if (((edges[at] ?? 0) & edge.start) === 0) continue;
    const last = Math.min(at + keyChars, text.length);
    for (let end = at + 1; end < last; end += 1) {
      if (((edges[end - 1] ?? 0) & edge.end) !== 0) yield { text: text.slice(at, end), at };
    }
    yield { text: text.slice(at, last), at };
  }
}
