/** What stands beside a letter of a compact text, as bits. */
export const edge = {
  /** A word begins here; and nothing that could belong to the same address stands before it. */
  start: 1,
  hardStart: 2,
  /** A word ends here; and nothing that could belong to the same address stands after it. */
  end: 4,
  hardEnd: 8,
  /** At the start of a word: which single sign ties it to the word before, so that `a-b.example` is not `ab.example`. */
  sign: 0x70,
  /** At the start of a word: it follows the word before in one clause, with nothing between but a space, a quote or a bracket. */
  flow: 0x80,
} as const;

const signs = new Map(Array.from('.-_@/:').map((sign, index) => [sign, (index + 1) << 4]));
const otherSign = 0x70;
const maxGap = 6;
// what ends a clause or parts fields does not; one sign of each kind is enough for `'~/a' to '/b'`
const flowing = /^['"`‘’“”«»()*_]?[%€]? ['"`‘’“”«»()*_]?[~/#@$€£+]{0,2}$/u;

/** A folded text without its spaces and punctuation, so that spellings of a value meet, and where its words were. */
export interface CompactText {
  readonly text: string;
  readonly edges: Uint8Array;
}

const scheme = /\b(?:https?|ftp|mailto|tel):(?:\/\/)?/g;
const www = /(?<![a-z0-9-])www\d?\./g;
const word = /[\p{L}\p{N}]/u;
/** Scripts written without spaces, by code point: each of their letters can begin and end a word. */
const unspaced = [
  [0x0e00, 0x0eff],
  [0x1000, 0x109f],
  [0x1780, 0x17ff],
  [0x3005, 0x3007],
  [0x3040, 0x30ff],
  [0x3400, 0x9fff],
  [0xf900, 0xfaff],
  [0x2_0000, 0x3_ffff],
] as const;
const joiners = new Set(Array.from('.-_@+~%'));

/** Of a folded text; schemes and `www.` go, since people leave them out. */
export function compactText(whole: string): CompactText {
  const bare = whole.includes(':') ? whole.replaceAll(scheme, ' ') : whole;
  const folded = bare.includes('www') ? bare.replaceAll(www, ' ') : bare;
  const parts: string[] = [];
  const edges = new Uint8Array(folded.length);
  let length = 0;
  let last = 0;
  for (let at = 0; at < folded.length;) {
    const end = wordEnd(folded, at);
    if (end === at) {
      at += 1;
      continue;
    }
    const hardStart = isJoined(folded, at - 1, -1) ? 0 : edge.hardStart;
    edges[length] = edge.start | hardStart | (length === 0 ? 0 : signBetween(folded, last, at));
    length += end - at;
    edges[length - 1] =
      (edges[length - 1] ?? 0) | edge.end | (isJoined(folded, end, 1) ? 0 : edge.hardEnd);
    parts.push(folded.slice(at, end));
    at = end;
    last = end;
  }
  return { text: parts.join(''), edges: edges.slice(0, length) };
}

/** Nothing of a sign where there are several, or none. */
function signBetween(text: string, from: number, to: number): number {
  if (to > from + maxGap) return 0;
  const flow = flowing.test(text.slice(from, to)) ? edge.flow : 0;
  return flow | (to === from + 1 ? (signs.get(text.charAt(from)) ?? otherSign) : 0);
}

/** Where the word that begins here ends; the same place if none does. */
function wordEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isPlainWord(code)) {
      at += 1;
      continue;
    }
    if (code < 128) return at;
    const point = text.codePointAt(at) ?? 0;
    const width = point > 0xffff ? 2 : 1;
    if (unspaced.some(([first, last]) => point >= first && point <= last)) {
      return at === start ? at + width : at;
    }
    if (!word.test(String.fromCodePoint(point))) return at;
    at += width;
  }
  return at;
}

function isPlainWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
}

/** Whether the sign there ties the word to another one, as in `a-b` or `x@y`; a full stop before a space does not. */
function isJoined(text: string, at: number, step: 1 | -1): boolean {
  const sign = text[at];
  if (sign === undefined || !joiners.has(sign)) return false;
  const next = text[at + step];
  return next !== undefined && (word.test(next) || joiners.has(next));
}
