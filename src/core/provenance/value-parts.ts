import { type CompactText, compactText, edge } from './compact-text.ts';
import { addressesIn, splitAddress, tiedTo } from './addresses.ts';
import { foldText } from './fold-text.ts';

/** A word of a value that can have an origin of its own. */
export interface WordPart {
  readonly text: string;
  /** A word with a digit: chance finds of it are unlikely. */
  readonly isIdentifier: boolean;
}

/** An address in a value. It must stand alone where it is found: `b.example` is not in `a-b.example`. */
export interface AddressPart {
  /** Whose it is: the host of a URL, all of an e-mail address; where nobody is named, the address itself. */
  readonly owner: CompactText;
  /** What the owner is told apart by besides its letters, so that `a-b.example` is not `ab.example`. */
  readonly isNamed: boolean;
  /** From the owner to the end of the address. */
  readonly whole: CompactText;
  /** Of an address with words tied to it, as in `shop.example@or`: the one inside, which is somebody else's. */
  readonly inner?: AddressPart;
}

/** Of an identifier that is no address, and of every other word, before it counts (characters). */
const minIdentifier = 4;
const minWord = 6;
const maxAddress = 2_048;
/** Addresses of one value, and how deep one leads on to another, as in `a.example/?next=b.example`. */
const maxAddresses = 256;
const maxDepth = 4;

/** A value in the form in which texts are indexed, whole and in pieces that say something alone. */
export interface DividedValue {
  readonly whole: CompactText;
  /** Nothing else is in it. */
  readonly isAddress: boolean;
  readonly addresses: readonly AddressPart[];
  readonly words: readonly WordPart[];
  /** There is more in it than is looked at. */
  readonly isCut: boolean;
}

export function divideValue(value: string): DividedValue {
  const folded = foldText(value).trim();
  const parts: Parts = { addresses: [], words: [], isCut: false };
  const isAddress =
    folded.length <= maxAddress &&
    mayHoldAddress.test(folded) &&
    splitAddress(folded) !== undefined;
  if (isAddress) divideAddress(parts, folded, 0);
  // of words tied to each other, as in `shop.example_x`, each one counts: together they name something else
  else divideText(parts, folded, { shortest: /\s/.test(folded) ? minWord : 1, depth: 0 });
  return { whole: compactText(folded), isAddress, ...parts };
}

interface Parts {
  readonly addresses: AddressPart[];
  readonly words: WordPart[];
  isCut: boolean;
}

/** A quick look, since most texts hold none. */
const mayHoldAddress = /@|:\/\/|[\p{L}\p{N}]\.[\p{L}\p{N}]|\d{2}/u;

function divideText(
  parts: Parts,
  folded: string,
  { shortest, depth }: { readonly shortest: number; readonly depth: number },
): void {
  let left = folded;
  if (mayHoldAddress.test(folded)) {
    const { found, isCut } = addressesIn(folded);
    if (isCut || (found.length > 0 && depth > maxDepth)) parts.isCut = true;
    for (const address of found) {
      const tied = tiedTo(left, address);
      left = left.replace(tied, ' ');
      if (tied === address) divideAddress(parts, address, depth);
      else parts.addresses.push(toTiedPart(tied, address));
    }
  }
  parts.words.push(...wordsOf(left, shortest));
}

/** Behind its owner every word says where it leads, and so does an address that it leads on to. */
function divideAddress(parts: Parts, address: string, depth: number): void {
  if (parts.addresses.length >= maxAddresses || depth > maxDepth) {
    parts.isCut = true;
    return;
  }
  parts.addresses.push(toAddressPart(address));
  const { rest } = splitAddress(address) ?? {};
  if (rest !== undefined && rest !== '') divideText(parts, rest, { shortest: 1, depth: depth + 1 });
}

function toTiedPart(tied: string, address: string): AddressPart {
  const whole = compactText(tied);
  return { owner: whole, isNamed: true, whole, inner: toAddressPart(address) };
}

function toAddressPart(address: string): AddressPart {
  const { owner, rest } = splitAddress(address) ?? {};
  const whole = compactText(owner === undefined ? address : `${owner}${rest}`);
  const isNamed = owner !== undefined;
  return { owner: isNamed ? compactText(owner) : whole, isNamed, whole };
}

function wordsOf(folded: string, shortest: number): readonly WordPart[] {
  const { text, edges } = compactText(folded);
  const words: WordPart[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (((edges[at] ?? 0) & edge.end) === 0) continue;
    const word = text.slice(start, at + 1);
    start = at + 1;
    const isIdentifier = word.length >= minIdentifier && /\p{N}/u.test(word);
    if (isIdentifier || word.length >= shortest) words.push({ text: word, isIdentifier });
  }
  return words;
}
