import type { Source, ValueOrigin } from '../model/provenance.ts';
import type { ApprovedValues } from './approved-values.ts';
import { figureIn, figureOf } from './figures.ts';
import {
  findAddress,
  findFigure,
  findRun,
  findWhole,
  findWord,
  kinds,
  nowhere,
  type Kind,
  type Places,
  type Texts,
} from './find-places.ts';
import { joinOrigins, tooMuch, toOrigin, unknown } from './join-origins.ts';
import { spellingsOf } from './spellings.ts';
import { type DividedValue, divideValue } from './value-parts.ts';
import { spend } from './work.ts';

/** Everything that entered a session, as it is asked for one call. */
export interface Known extends Texts {
  readonly approved: ApprovedValues;
  /** Each text's source, by its number. */
  readonly entered: readonly Source[];
}

/** Of a value, what is looked through (UTF-16 units); a longer one counts as untrusted as well. */
const maxValueChars = 65_536;
/** A number or a day that is no longer is one thing, with no parts of its own. */
const maxFigure = 10;
/** What it takes to fold and divide a value, by what it takes to search through as much. */
const readingCost = 64;

export function originOfNumber(known: Known, value: number): ValueOrigin {
  spend(known.work, 0);
  return toOrigin(placesOf(known, figureOf(value)), known.entered) ?? unknown;
}

/** Of a text as it stands; where nothing of it is a stranger's, of what it says with its encodings undone as well. */
export function originOfText(known: Known, value: string): ValueOrigin {
  if (value.length > maxValueChars) {
    return joinOrigins([originOfText(known, value.slice(0, maxValueChars)), tooMuch]);
  }
  const plain = originOfSpelling(known, value);
  if (plain.parts.includes('untrusted') || !isEncoded(value)) return plain;
  const [, ...inner] = spellingsOf(value);
  const origins = inner
    .map((spelling) => originOfSpelling(known, spelling))
    .filter(({ origin }) => origin !== 'unknown');
  if (origins.length === 0) return plain;
  return plain.origin === 'unknown' ? joinOrigins(origins) : joinOrigins([plain, ...origins]);
}

function isEncoded(value: string): boolean {
  return /[\\%&]/.test(value) || (/[A-Z]/.test(value) && /[A-Za-z0-9+/_-]{12}/.test(value));
}

/** Of the whole, else as a number or a day, else of its parts. */
function originOfSpelling(known: Known, value: string): ValueOrigin {
  if (known.work.left <= 0) return tooMuch;
  spend(known.work, readingCost * value.length);
  const divided = divideValue(value);
  if (divided.whole.text === '') return unknown;
  const whole = toOrigin(placesOfWhole(known, divided), known.entered);
  if (whole !== undefined) return whole;
  const figure = figureIn(value);
  if (figure !== undefined) {
    const figured = toOrigin(placesOf(known, figure), known.entered);
    if (figured !== undefined) return figured;
    // the year of a day, or a digit of a price, is found everywhere
    if (value.length <= maxFigure || figure.startsWith('@')) return unknown;
  }
  const origin = originOfParts(known, divided);
  return divided.isCut ? joinOrigins([origin, tooMuch]) : origin;
}

function placesOfWhole(known: Known, { whole, isAddress, addresses }: DividedValue): Places {
  const user = known.approved.find(whole, { hasAddress: addresses.length > 0 });
  if (user !== undefined) return { user };
  const found = findWhole(known, whole, { isAddress });
  if (found.user === undefined || isAddress) return found;
  // letters that the user wrote may hold another address than the user's
  const isUsers = addresses.every((address) => findAddress(known, address).user !== undefined);
  return isUsers ? found : nowhere;
}

function placesOf(known: Known, figure: string): Places {
  const approved = known.approved.findFigure(figure);
  const found = findFigure(known, figure);
  return found.user === undefined && approved !== undefined ? { user: approved } : found;
}

function originOfParts(known: Known, { whole, addresses, words }: DividedValue): ValueOrigin {
  const places: { [kind in Kind]?: number | undefined } = {};
  let isUnknown = addresses.length + words.length === 0;
  const take = (found: Places): void => {
    if (found === nowhere) isUnknown = true;
    for (const kind of kinds) places[kind] ??= found[kind];
  };
  for (const address of addresses) take(findAddress(known, address));
  for (const word of words) {
    if (known.work.left <= 0) return tooMuch;
    take(findWord(known, word));
  }
  places.untrusted ??= findRun(known, 'untrusted', whole);
  if (isUnknown) places.trusted ??= findRun(known, 'trusted', whole);
  isUnknown &&= places.untrusted === undefined;
  return toOrigin(places, known.entered, { isUnknown }) ?? unknown;
}
