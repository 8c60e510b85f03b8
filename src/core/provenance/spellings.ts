/** Encoded stretches that are opened in one text, and how much they may give (UTF-16 units). */
const maxDecoded = 64;
const maxDecodedChars = 65_536;

/**
 * The text, and what it says with its encodings undone: escapes of JSON, per cent signs, entities (twice, since texts
 * are quoted inside each other), and base64 that holds readable text. The text itself comes first.
 */
export function spellingsOf(text: string): readonly string[] {
  const once = undoEscapes(text);
  const twice = once === text ? text : undoEscapes(once);
  const all = new Set([text, once, twice]);
  for (const spelling of [text, twice]) for (const inner of openBase64(spelling)) all.add(inner);
  return [...all];
}

const escaped = /\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|\\([nrtbf])|\\(["'\\/])/gi;
const percents = /(?:%[0-9a-f]{2})+/gi;
const entities = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi;
const named: { readonly [name: string]: string } = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function undoEscapes(text: string): string {
  let bare = text;
  if (bare.includes('\\')) {
    bare = bare.replaceAll(escaped, (_, four: string, two: string, space: string, sign: string) =>
      space === undefined ? (sign ?? fromHex(four ?? two)) : ' ',
    );
  }
  if (bare.includes('%')) bare = bare.replaceAll(percents, undoPercents);
  if (bare.includes('&')) {
    bare = bare.replaceAll(entities, (_, decimal: string, hex: string, name: string) =>
      name === undefined
        ? fromCode(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal))
        : (named[name.toLowerCase()] ?? ' '),
    );
  }
  return bare;
}

function fromHex(digits: string): string {
  return fromCode(Number.parseInt(digits, 16));
}

function fromCode(code: number): string {
  return code <= 0x10_ffff ? String.fromCodePoint(code) : ' ';
}

function undoPercents(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run;
  }
}

const base64 = /[A-Za-z0-9+/_-]{12,}={0,2}/g;
const readable = /^[\P{C}\t\n\r]*$/u;

function openBase64(text: string): readonly string[] {
  const found: string[] = [];
  let chars = 0;
  for (const [run] of text.matchAll(base64)) {
    if (found.length >= maxDecoded || chars >= maxDecodedChars) break;
    // both cases, which words seldom have
    if (!/[A-Z]/.test(run) || !/[a-z]/.test(run)) continue;
    const inner = decodeBase64(run.slice(0, 2 * maxDecodedChars));
    if (inner === undefined) continue;
    found.push(inner);
    chars += inner.length;
  }
  return found;
}

function decodeBase64(run: string): string | undefined {
  const digits = run.replaceAll('-', '+').replaceAll('_', '/').replaceAll('=', '');
  if (digits.length % 4 === 1) return undefined;
  try {
    const bytes = Uint8Array.from(atob(digits), (char) => char.charCodeAt(0));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return readable.test(text) ? text : undefined;
  } catch {
    // a word that only looks like base64
    return undefined;
  }
}
