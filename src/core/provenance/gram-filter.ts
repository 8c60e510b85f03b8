import { edge, type CompactText } from './compact-text.ts';

/** Characters of a stretch that is looked up. */
export const gramChars = 6;
const bitsPerGram = 8;
const firstBits = 512;

/** Says for most values that no text has them, without looking through the texts. */
export interface GramFilter {
  /** Of a new text. `all`: every one so far, the new one last, to begin anew with more room. */
  add(all: readonly CompactText[]): void;
  /** False: surely nowhere. Six characters or more anywhere, fewer as whole words. */
  mayHold(value: string): boolean;
  readonly bytes: number;
}

/** A bit for each stretch of six characters, and for each shorter one that begins and ends with words. */
export function createGramFilter(): GramFilter {
  let bits = new Uint8Array(firstBits / 8);
  let count = 0;

  const set = (text: string, from: number, to: number): void => {
    const bit = hashOf(text, from, to) & (bits.length * 8 - 1);
    bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
    count += 1;
  };
  const has = (text: string, from: number, to: number): boolean => {
    const bit = hashOf(text, from, to) & (bits.length * 8 - 1);
    return ((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  };
  const addText = ({ text, edges }: CompactText): void => {
    for (let at = 0; at < text.length; at += 1) {
      if (at + gramChars <= text.length) set(text, at, at + gramChars);
      if (((edges[at] ?? 0) & edge.start) === 0) continue;
      const last = Math.min(at + gramChars - 1, text.length);
      for (let end = at + 1; end <= last; end += 1) {
        if (((edges[end - 1] ?? 0) & edge.end) !== 0) set(text, at, end);
      }
    }
  };
  return {
    add(all) {
      const text = all.at(-1);
      if (text !== undefined) addText(text);
      if (count * bitsPerGram <= bits.length * 8) return;
      bits = new Uint8Array(2 ** Math.ceil(Math.log2(count * bitsPerGram)) / 8);
      count = 0;
      for (const each of all) addText(each);
    },
    mayHold(value) {
      if (value.length < gramChars) return has(value, 0, value.length);
      for (let at = 0; at + gramChars <= value.length; at += 1) {
        if (!has(value, at, at + gramChars)) return false;
      }
      return true;
    },
    get bytes() {
      return bits.length;
    },
  };
}

/** FNV-1a over the stretch, mixed once more, since only its low bits are used. */
export function hashOf(text: string, from: number, to: number): number {
  let hash = 0x811c_9dc5;
  for (let at = from; at < to; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}
