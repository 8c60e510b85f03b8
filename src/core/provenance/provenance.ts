import type { Json } from '../model/json.ts';
import type { PlainOrigin, Source, ValueOrigin } from '../model/provenance.ts';
import { compactText } from './compact-text.ts';
import { figureOf, figuresOf } from './figures.ts';
import {
  findAddress,
  findFigure,
  findRun,
  findWhole,
  findWord,
  nowhere,
  type Places,
  type Texts,
} from './find-places.ts';
import { foldText } from './fold-text.ts';
import { spellingsOf } from './spellings.ts';
import { createTextIndex } from './text-index.ts';
import { type DividedValue, divideValue } from './value-parts.ts';

/** A text that entered the session. */
export interface Entered extends Source {
  readonly text: string;
  /** Arguments that a person approved: they count whole, and no word of them alone. */
  readonly isWhole?: boolean;
}

/** Finds where values came from among the texts that entered a session. */
export interface Provenance {
  add(entered: Entered): void;
  /** Of a text or a number, a list or an object; of `true`, `false` and `null` nothing can be said. */
  originOf(value: Json): ValueOrigin;
  /**
   * Whether a text of that origin has a form of one of the stems, near the value where one is given. Undefined where the
   * value stands in none of those texts as it is, so that nobody can say what stands near it.
   */
  speaksOf(origin: Found, stems: readonly string[], value?: string): boolean | undefined;
}

type Found = keyof Texts;
const kinds = ['user', 'trusted', 'untrusted'] as const;

/** Of a value, what is looked through (UTF-16 units); a longer one counts as untrusted as well. */
const maxValueChars = 65_536;
/** Of a list or an object, the values that are looked at; with more of them it counts as untrusted as well. */
const maxValues = 1_000;
/** Answers that are kept until something else enters the session, and the longest value of one (UTF-16 units). */
const maxAnswers = 256;
const maxKept = 1_024;
const maxSources = 8;
/** A number or a day that is no longer is one thing, with no parts of its own. */
const maxFigure = 10;

export function createProvenance(): Provenance {
  const indexes = {
    user: createTextIndex(),
    trusted: createTextIndex(),
    untrusted: createTextIndex(),
  };
  const entered: Source[] = [];
  /** What persons approved, compact: as it stands, or not at all. */
  const approved = new Map<string, number>();

  const approve = (text: string, order: number): void => {
    approved.set(compactText(foldText(text)).text, order);
    const figure = figureIn(text);
    if (figure !== undefined) approved.set(figure, order);
  };
  const originOfText = (value: string): ValueOrigin => {
    const divided = divideValue(value);
    const { whole, isAddress, isCut } = divided;
    if (whole.text === '') return unknown;
    const user = approved.get(whole.text);
    const all = user === undefined ? findWhole(indexes, whole, { isAddress }) : { user };
    // letters that the user wrote may hold another address than the user's
    const isSure = user !== undefined || all.user === undefined || isAddress || isUsers(divided);
    const known = isSure ? collect(all) : undefined;
    if (known !== undefined) return known;
    const figure = figureIn(value);
    const figured = figure === undefined ? undefined : collect(whereIs(figure));
    if (figured !== undefined) return figured;
    // the year of a day, or a digit of a price, is found everywhere
    if (figure !== undefined && value.length <= maxFigure) return unknown;
    const origin = originOfParts(divided);
    return isCut ? join([origin, tooMuch]) : origin;
  };
  const isUsers = ({ addresses }: DividedValue): boolean =>
    addresses.every((address) => findAddress(indexes, address).user !== undefined);
  const originOfParts = ({ whole, addresses, words }: DividedValue): ValueOrigin => {
    const orders: { [kind in Found]?: number | undefined } = {};
    let isUnknown = addresses.length + words.length === 0;
    const take = (found: Places): void => {
      if (found === nowhere) isUnknown = true;
      for (const kind of kinds) orders[kind] ??= found[kind];
    };
    for (const address of addresses) take(findAddress(indexes, address));
    for (const word of words) take(findWord(indexes, word));
    orders.untrusted ??= findRun(indexes, 'untrusted', whole);
    if (isUnknown) orders.trusted ??= findRun(indexes, 'trusted', whole);
    return collect(orders, isUnknown && orders.untrusted === undefined) ?? unknown;
  };
  const whereIs = (figure: string): Places => {
    const user = approved.get(figure);
    return user === undefined ? findFigure(indexes, figure) : { user };
  };
  /** Undefined where nothing was found. */
  const collect = (orders: Places, isUnknown = false): ValueOrigin | undefined => {
    const found = kinds.filter((kind) => orders[kind] !== undefined);
    const [first] = found;
    if (first === undefined) return undefined;
    const places = found.map((kind) => orders[kind] ?? 0).toSorted((one, other) => one - other);
    const sources = places.flatMap((place) => entered[place] ?? []);
    const parts: PlainOrigin[] = isUnknown ? [...found, 'unknown'] : found;
    return { origin: parts.length === 1 ? first : 'mixed', parts, sources };
  };
  /** Of the last values: the rules of a set ask for the same ones again and again. */
  const answers = new Map<string | number, ValueOrigin>();
  const originOfScalar = (value: Json): ValueOrigin => {
    if (typeof value !== 'string' && typeof value !== 'number') return unknown;
    const known = answers.get(value);
    if (known !== undefined) return known;
    const answer = findOrigin(value);
    if (answers.size >= maxAnswers) answers.clear();
    if (typeof value === 'number' || value.length <= maxKept) answers.set(value, answer);
    return answer;
  };
  const findOrigin = (value: string | number): ValueOrigin => {
    if (typeof value === 'number') return collect(whereIs(figureOf(value))) ?? unknown;
    if (value.length > maxValueChars) {
      return join([originOfText(value.slice(0, maxValueChars)), tooMuch]);
    }
    const plain = originOfText(value);
    if (plain.parts.includes('untrusted') || !isEncoded(value)) return plain;
    const [, ...inner] = spellingsOf(value);
    const origins = inner.map(originOfText).filter(({ origin }) => origin !== 'unknown');
    if (origins.length === 0) return plain;
    return plain.origin === 'unknown' ? join(origins) : join([plain, ...origins]);
  };

  /** By origin and stems: the same few tools are called again and again. */
  const spoken = new Map<string, boolean>();
  const speaksAtAll = (origin: Found, stems: readonly string[]): boolean => {
    const key = `${origin} ${stems.join(' ')}`;
    const known = spoken.get(key);
    if (known !== undefined) return known;
    const answer = indexes[origin].speaksOf(stems);
    if (spoken.size >= maxAnswers) spoken.clear();
    spoken.set(key, answer);
    return answer;
  };

  return {
    add({ text, isWhole, ...source }) {
      answers.clear();
      spoken.clear();
      const order = entered.push(Object.freeze(source)) - 1;
      if (isWhole === true) approve(text, order);
      else indexes[source.origin].add(text, order);
    },
    speaksOf(origin, stems, value) {
      const index = indexes[origin];
      if (value === undefined) return speaksAtAll(origin, stems);
      const { text } = compactText(foldText(value));
      if (index.findWhole(text) === undefined) return undefined;
      return index.speaksOf(stems, text);
    },
    originOf(value) {
      if (typeof value !== 'object' || value === null) return originOfScalar(value);
      const { values, isCut } = leavesOf(value);
      const origins = values.map(originOfScalar);
      return join(isCut ? [...origins, tooMuch] : origins);
    },
  };
}

const unknown: ValueOrigin = Object.freeze({
  origin: 'unknown',
  parts: Object.freeze(['unknown' as const]),
  sources: Object.freeze([]),
});
// nobody has looked at the rest
const tooMuch: ValueOrigin = Object.freeze({
  ...unknown,
  parts: ['untrusted', 'unknown'] as const,
});

function join(origins: readonly ValueOrigin[]): ValueOrigin {
  const [first] = origins;
  if (first === undefined) return unknown;
  if (origins.length === 1) return first;
  const parts = [...new Set(origins.flatMap((each) => each.parts))];
  const [only] = parts;
  const sources = [...new Set(origins.flatMap((each) => each.sources))].slice(0, maxSources);
  const origin = parts.length === 1 && only !== undefined ? only : 'mixed';
  return { origin, parts, sources };
}

/** The values of a list or an object that can have an origin, whatever its depth. */
function leavesOf(value: Json): { readonly values: readonly Json[]; readonly isCut: boolean } {
  const values: Json[] = [];
  const left: Json[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (values.length >= maxValues) return { values, isCut: true };
    if (typeof next === 'object' && next !== null)
      left.push(...Object.values(next).slice(0, maxValues + 1));
    else if (typeof next === 'string' || typeof next === 'number') values.push(next);
  }
  return { values, isCut: false };
}

function isEncoded(value: string): boolean {
  return /[\\%&]/.test(value) || (/[A-Z]/.test(value) && /[A-Za-z0-9+/_-]{12}/.test(value));
}

/** The number or day that a whole text is. */
function figureIn(value: string): string | undefined {
  if (value.length > 40 || !/\d/.test(value)) return undefined;
  const folded = foldText(value)
    .trim()
    .replaceAll(/^[$€£¥]\s?|\s?(?:[$€£¥%]|eur|usd|gbp)$/g, '');
  const figures = [...figuresOf(folded)];
  const day = figures.find((figure) => figure.startsWith('@'));
  if (day !== undefined) return day;
  return /^[\d.,' -]+$/.test(folded) ? figures[0] : undefined;
}
