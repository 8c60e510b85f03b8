/** A regular expression as far as repetition goes: characters, one after the other, either, again and again. */
export type RegexTree =
  | { readonly kind: 'atom'; readonly text: string }
  | { readonly kind: 'all'; readonly parts: readonly RegexTree[] }
  | { readonly kind: 'any'; readonly parts: readonly RegexTree[] }
  | {
      readonly kind: 'repeat';
      readonly part: RegexTree;
      readonly min: number;
      /** Infinity where there is no end. */
      readonly max: number;
    };

/** Reads a pattern that the engine takes; anchors and flags ask for no character and are nothing here. */
export function parseRegexTree(pattern: string): RegexTree {
  return parseAny({ pattern: withoutQuotes(pattern), at: 0 });
}

/** What stands between `\Q` and `\E`, character by character. */
function withoutQuotes(pattern: string): string {
  return pattern.replaceAll(/\\Q([^]*?)(?:\\E|$)/g, (_, quoted: string) =>
    quoted.replaceAll(/[^\w\s]/g, '\\$&'),
  );
}

interface Cursor {
  readonly pattern: string;
  at: number;
}

function parseAny(cursor: Cursor): RegexTree {
  const parts = [parseAll(cursor)];
  while (take(cursor, /\|/y) !== '') parts.push(parseAll(cursor));
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: 'any', parts };
}

function parseAll(cursor: Cursor): RegexTree {
  const parts: RegexTree[] = [];
  while (cursor.at < cursor.pattern.length && !/[|)]/.test(cursor.pattern.charAt(cursor.at))) {
    const part = parseOne(cursor);
    if (part !== undefined) parts.push(parseRepeats(cursor, part));
  }
  return { kind: 'all', parts };
}

function parseOne(cursor: Cursor): RegexTree | undefined {
  if (take(cursor, /\(\?[a-zA-Z-]*\)|[\^$]|\\[bBAz]/y) !== '') return undefined;
  if (take(cursor, /\((?:\?(?:P?<[^>]*>|[a-zA-Z-]*:))?/y) !== '') {
    const inside = parseAny(cursor);
    take(cursor, /\)/y);
    return inside;
  }
  return { kind: 'atom', text: take(cursor, atom) || take(cursor, /[^]/y) };
}

/** An escape, a class or a character. */
const atom =
  /\\(?:[pP](?:\{[^}]*\}|\w)|x\{[^}]*\}|x[0-9a-fA-F]{2}|[^])|\[\^?\]?(?:\[:\^?\w*:\]|\\[^]|[^\]\\])*\]|[^]/uy;

function parseRepeats(cursor: Cursor, part: RegexTree): RegexTree {
  const sign = take(cursor, /[*+?]|\{\d+(?:,\d*)?\}/y);
  if (sign === '') return part;
  take(cursor, /\?/y);
  const [min = 0, max = min] = boundsOf(sign);
  return parseRepeats(cursor, { kind: 'repeat', part, min, max });
}

function boundsOf(sign: string): readonly number[] {
  if (sign === '*') return [0, Infinity];
  if (sign === '+') return [1, Infinity];
  if (sign === '?') return [0, 1];
  return sign
    .slice(1, -1)
    .split(',')
    .map((bound) => (bound === '' ? Infinity : Number(bound)));
}

function take(cursor: Cursor, sticky: RegExp): string {
  sticky.lastIndex = cursor.at;
  const [text = ''] = sticky.exec(cursor.pattern) ?? [];
  cursor.at += text.length;
  return text;
}
