import { foldText } from './fold-text.ts';

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const monthName = `(?:${months.join('|')})[a-z]{0,6}`;
const isoDate = /\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)/g;
const shortDate = /\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b/g;
const dayFirst = new RegExp(
  `\\b(\\d{1,2})(?:st|nd|rd|th)? (?:of )?(${monthName})\\.?,? (\\d{4})\\b`,
  'g',
);
const monthFirst = new RegExp(
  `\\b(${monthName})\\.? (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})\\b`,
  'g',
);
const figure = /(?<![\p{L}\p{N}.,])\d{1,16}(?:[.,' ]\d{1,16}){0,6}(?![\p{L}\p{N}])/gu;

/** Numbers (`#1200.5`) and days (`@2026-01-05`) of a folded text; where a spelling has two readings, both. */
export function figuresOf(folded: string): ReadonlySet<string> {
  const found = new Set<string>();
  if (!/\d/.test(folded)) return found;
  for (const [, year, month, day] of folded.matchAll(isoDate)) addDay(found, year, month, day);
  for (const [, one, other, year] of folded.matchAll(shortDate)) {
    addDay(found, year, one, other);
    addDay(found, year, other, one);
  }
  for (const [, day, month, year] of folded.matchAll(dayFirst))
    addDay(found, year, monthOf(month), day);
  for (const [, month, day, year] of folded.matchAll(monthFirst))
    addDay(found, year, monthOf(month), day);
  for (const [text] of folded.matchAll(figure))
    for (const value of readings(text)) found.add(`#${value}`);
  return found;
}

/** The one form of a number, as it stands among figures. */
export function figureOf(value: number): string {
  return `#${Math.abs(value)}`;
}

const days = [isoDate, shortDate, dayFirst, monthFirst].map(({ source }) => source);
const wholeDay = new RegExp(`^(?:${days.join('|')})$`);
const wholeNumber = /^-? ?\d{1,16}(?:[.,' ]\d{1,16}){0,6}$/;
const timeOfDay =
  /[t ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)? ?(?:[ap]m|z|utc|[+-]\d{2}:?\d{2})?$/;
const weekday = /^(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?,? /;

/** The number or day that a whole text is, and not one of several; the time of that day does not count. */
export function figureIn(value: string): string | undefined {
  if (value.length > 40 || !/\d/.test(value)) return undefined;
  const folded = foldText(value)
    .trim()
    .replaceAll(/^[$€£¥]\s?|\s?(?:[$€£¥%]|eur|usd|gbp)$/g, '');
  const bare = folded.replace(weekday, '').replace(timeOfDay, '');
  if (wholeDay.test(bare.trim())) {
    const day = [...figuresOf(bare)].find((figure) => figure.startsWith('@'));
    if (day !== undefined) return day;
  }
  if (!wholeNumber.test(folded)) return undefined;
  return [...figuresOf(folded)].find((figure) => figure.startsWith('#'));
}

function monthOf(name = ''): string {
  return String(months.indexOf(name.slice(0, 3)) + 1);
}

function addDay(found: Set<string>, year = '', month = '', day = ''): void {
  const isDay = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
  if (isDay) found.add(`@${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
}

/** `1,200.50` and `1.200,50` are one number; `1.200` may be either of two. */
function readings(text: string): ReadonlySet<number> {
  const bare = text.replaceAll(/[' ]/g, '');
  const english = Number(bare.replaceAll(',', ''));
  const european = Number(bare.replaceAll('.', '').replaceAll(',', '.'));
  return new Set([english, european].filter(Number.isFinite));
}
