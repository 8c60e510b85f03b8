import { isIPv4, isIPv6 } from 'node:net';
import { ibanLength, isLuhn, isMod97 } from './checksums.ts';
import { standsAlone, type Detector, type Span } from './detector.ts';

const alphanumeric = /[\p{L}\p{N}]/u;
const digit = /[0-9]/;

const email: Detector = {
  kind: 'email',
  source: 'RFC 5321 section 4.1.2 and RFC 6531 (unquoted mailboxes at a dotted name)',
  pattern: "[\\p{L}\\p{N}.!#$%&'*+/=?^_{|}~-]+@[\\p{L}\\p{N}-]+(?:\\.[\\p{L}\\p{N}-]+)+",
  hints: ['@'],
};

const card: Detector = {
  kind: 'card',
  source: 'ISO/IEC 7812-1; the ranges that the card schemes publish',
  pattern: '[0-9](?:[ .\\x{a0}-]?[0-9]){11,}',
  hints: /[0-9](?:[ .\u00a0-]?[0-9]){11}/,
  refine: findCards,
};

/** [first digits from, to, lengths] of the schemes: Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay, Maestro. */
const cardRanges: readonly (readonly [from: string, to: string, lengths: readonly number[]])[] = [
  ['4', '4', [13, 16, 19]],
  ['51', '55', [16]],
  ['2221', '2720', [16]],
  ['34', '34', [15]],
  ['37', '37', [15]],
  ['300', '305', [14, 16]],
  ['36', '36', [14, 16]],
  ['38', '39', [14, 16]],
  ['3528', '3589', [16, 17, 18, 19]],
  ['6011', '6011', [16, 17, 18, 19]],
  ['62', '62', [16, 17, 18, 19]],
  ['644', '659', [16, 17, 18, 19]],
  ['50', '50', [12, 13, 14, 15, 16, 17, 18, 19]],
  ['56', '69', [12, 13, 14, 15, 16, 17, 18, 19]],
];

function isCard(digits: string): boolean {
  const isInRange = cardRanges.some(([from, to, lengths]) => {
    const prefix = digits.slice(0, from.length);
    return prefix >= from && prefix <= to && lengths.includes(digits.length);
  });
  return isInRange && isLuhn(digits);
}

/** Other numbers may stand before and behind: every row of whole groups of digits is tried. */
function findCards(text: string, { start, end }: Span): readonly Span[] {
  const found: Span[] = [];
  for (let from = start; from < end; from += 1) {
    if (!isDigit(text[from]) || isDigit(text[from - 1])) continue;
    const card = readCard(text, from);
    if (card !== undefined) found.push(card);
  }
  return found;
}

// cards are printed in groups of 4 to 6, the last perhaps of 3; dates and the like have smaller ones
const minGroup = 3;

function readCard(text: string, start: number): Span | undefined {
  // none begins with another digit
  if (!/[2-6]/.test(text[start] ?? '')) return undefined;
  let digits = '';
  let group = 0;
  let longest: Span | undefined;
  for (let at = start; at < text.length && digits.length < 19; at += 1) {
    const char = text[at] ?? '';
    const isLastOfGroup = !isDigit(text[at + 1]);
    if (isDigit(char)) {
      digits += char;
      group += 1;
      if (isLastOfGroup && digits.length >= 12 && isCard(digits)) longest = { start, end: at + 1 };
    } else if (isLastOfGroup || group < minGroup || !/[ .\u00a0-]/.test(char)) break;
    else group = 0;
  }
  return longest;
}

function isDigit(char = ''): boolean {
  return char >= '0' && char <= '9';
}

const iban: Detector = {
  kind: 'iban',
  source: 'ISO 13616-1 and its registry; check digits of ISO 7064',
  pattern: '[A-Z]{2}[0-9]{2}',
  ignoreCase: true,
  hints: /[A-Za-z]{2}[0-9]{2}/,
  refine: (text, { start }) => {
    const length = ibanLength(text.slice(start, start + 2).toUpperCase());
    if (length === undefined || alphanumeric.test(text[start - 1] ?? '')) return [];
    let written = '';
    let at = start;
    for (; written.length < length; at += 1) {
      const char = text[at] ?? '';
      if (/[A-Za-z0-9]/.test(char)) written += char.toUpperCase();
      else if (!/[ \u00a0-]/.test(char) || written === '') return [];
    }
    const isIban = isMod97(written) && !alphanumeric.test(text[at] ?? '');
    return isIban ? [{ start, end: at }] : [];
  },
};

const ssn: Detector = {
  kind: 'ssn',
  source: 'Social Security Administration, POMS RM 10201.035 (numbers never assigned)',
  pattern: '[0-9]{3}[ -][0-9]{2}[ -][0-9]{4}',
  hints: /[0-9]{3}[ -][0-9]{2}[ -][0-9]{4}/,
  refine: (text, span) => {
    const [area = '', group = '', serial = ''] = text.slice(span.start, span.end).split(/[ -]/);
    const isAssigned = !/^(?:000|666|9..)$/.test(area) && group !== '00' && serial !== '0000';
    return isAssigned && standsAlone(text, span, /[0-9]/) ? [span] : [];
  },
};

const phone: Detector = {
  kind: 'phone',
  source: 'ITU-T E.164 and E.123 (international, with a plus); the North American Numbering Plan',
  pattern:
    '\\+[0-9](?:[ ().\\x{a0}/-]{0,3}[0-9]){6,14}|(?:1[ .-])?\\(?[2-9][0-9]{2}(?:\\)[ .-]?|[ .-])[2-9][0-9]{2}[ .-][0-9]{4}',
  hints: /\+[0-9]|[0-9]{3}[ .-][0-9]{4}/,
  refine: (text, span) => (standsAlone(text, span, /[\p{L}\p{N}]/u) ? [span] : []),
};

const ip: Detector = {
  kind: 'ip',
  source: 'RFC 791 and RFC 4291, as `node:net` reads them',
  pattern: '[0-9A-Fa-f]*[:.][0-9A-Fa-f:.]+',
  hints: /[0-9]\.[0-9]|:[0-9A-Fa-f]*:/,
  refine: (text, { start, end }) => {
    let last = end;
    while (last > start && /[:.]/.test(text[last - 1] ?? '')) last -= 1;
    const span = { start, end: last };
    const address = text.slice(start, last);
    const isAddress = isIPv4(address) || (isIPv6(address) && digit.test(address));
    return isAddress && standsAlone(text, span, /[\p{L}\p{N}]/u) ? [span] : [];
  },
};

/** By kind. */
export const piiDetectors: { readonly [kind in PiiKind]: Detector } = {
  email,
  phone,
  card,
  iban,
  ssn,
  ip,
};

export type PiiKind = 'email' | 'phone' | 'card' | 'iban' | 'ssn' | 'ip';
