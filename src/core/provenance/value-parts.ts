import { type CompactText, compactText, edge } from './compact-text.ts';
import { addressesIn, ownerOf } from './addresses.ts';
import { foldText } from './fold-text.ts';

/** A piece of a value that can have an origin of its own. */
export interface ValuePart {
  readonly text: string;
  /** Names somebody or something: a host, an e-mail address, a word with a digit. Chance finds of it are unlikely. */
  readonly isIdentifier: boolean;
  /** It must stand alone where it is found: `b.example` is not in `a-b.example`. */
  readonly isAddress: boolean;
}

/** Of an identifier that is no address, and of every other word, before it counts (characters). */
const minIdentifier = 4;
const minWord = 6;
const maxAddress = 2_048;

/** A value in the form in which texts are indexed, whole and in pieces that say something alone. */
export interface DividedValue {
  readonly whole: CompactText;
  readonly isAddress: boolean;
  readonly parts: readonly ValuePart[];
}

export function divideValue(value: string): DividedValue {
  const folded = foldText(value).trim();
  const whole = compactText(folded);
  const isShort = folded.length <= maxAddress && mayHoldAddress.test(folded);
  const owner = isShort ? ownerOf(folded) : undefined;
  if (owner !== undefined) {
    const rest = folded.slice(folded.indexOf(owner) + owner.length);
    return { whole, isAddress: true, parts: [toAddress(owner), ...wordsOf(rest)] };
  }
  // of words tied to each other, as in `shop.example_x`, each one counts: together they name something else
  const shortest = /\s/.test(folded) ? minWord : 1;
  const found = mayHoldAddress.test(folded) ? addressesIn(folded).found : [];
  if (found.length === 0) return { whole, isAddress: false, parts: wordsIn(whole, shortest) };
  const addresses: ValuePart[] = [];
  let left = folded;
  for (const address of found) {
    const host = ownerOf(address);
    addresses.push(toAddress(host ?? address));
    left = left.replace(host ?? address, ' ');
  }
  return { whole, isAddress: false, parts: [...addresses, ...wordsOf(left, shortest)] };
}

/** A quick look, since most texts hold none. */
const mayHoldAddress = /@|:\/\/|[\p{L}\p{N}]\.[\p{L}\p{N}]|\d{2}/u;

function toAddress(text: string): ValuePart {
  return { text: compactText(text).text, isIdentifier: true, isAddress: true };
}

function wordsOf(folded: string, shortest = minWord): readonly ValuePart[] {
  return wordsIn(compactText(folded), shortest);
}

function wordsIn({ text, edges }: CompactText, shortest: number): readonly ValuePart[] {
  const words: ValuePart[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (((edges[at] ?? 0) & edge.end) === 0) continue;
    const word = text.slice(start, at + 1);
    start = at + 1;
    const isIdentifier = word.length >= minIdentifier && /\p{N}/u.test(word);
    if (isIdentifier || word.length >= shortest) {
      words.push({ text: word, isIdentifier, isAddress: false });
    }
  }
  return words;
}
