import { edge, type CompactText } from './compact-text.ts';
import { gramChars, hashOf } from './gram-filter.ts';

/** Where a stretch of six characters first begins with a word. */
export interface StartTable {
  /** Places of the text, which must be the last one of all. */
  add(text: CompactText): void;
  /** Of the six characters of the value from there on. */
  find(value: string, at: number): { readonly doc: number; readonly at: number } | undefined;
  readonly bytes: number;
}

const firstSlots = 64;
const maxLoad = 0.6;

/** One number for each place in a flat table: a map of texts takes ten times as much. */
export function createStartTable(): StartTable {
  const texts: string[] = [];
  /** Where each text begins, were they one behind the other. */
  const bases: number[] = [];
  let chars = 0;
  /** A place and one; 0 is free. */
  let slots = new Uint32Array(firstSlots);
  let count = 0;

  const docOf = (place: number): number => {
    let low = 0;
    for (let high = bases.length - 1; low < high;) {
      const middle = (low + high + 1) >> 1;
      if ((bases[middle] ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  /** The slot that has these characters, or the free one where they would be. */
  const slotOf = (value: string, at: number): number => {
    const mask = slots.length - 1;
    let slot = hashOf(value, at, at + gramChars) & mask;
    for (let held = slots[slot] ?? 0; held !== 0; held = slots[slot] ?? 0) {
      const doc = docOf(held - 1);
      if (isSame(texts[doc] ?? '', held - 1 - (bases[doc] ?? 0), value, at)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  };
  const grow = (): void => {
    const old = slots;
    slots = new Uint32Array(old.length * 2);
    for (const held of old) {
      if (held === 0) continue;
      const doc = docOf(held - 1);
      slots[slotOf(texts[doc] ?? '', held - 1 - (bases[doc] ?? 0))] = held;
    }
  };
  return {
    add({ text, edges }) {
      const base = chars;
      texts.push(text);
      bases.push(base);
      chars += text.length;
      for (let at = 0; at + gramChars <= text.length; at += 1) {
        if (((edges[at] ?? 0) & edge.start) === 0) continue;
        const slot = slotOf(text, at);
        if (slots[slot] !== 0) continue;
        slots[slot] = base + at + 1;
        count += 1;
        if (count > maxLoad * slots.length) grow();
      }
    },
    find(value, at) {
      if (at + gramChars > value.length) return undefined;
      const held = slots[slotOf(value, at)] ?? 0;
      if (held === 0) return undefined;
      const doc = docOf(held - 1);
      return { doc, at: held - 1 - (bases[doc] ?? 0) };
    },
    get bytes() {
      return slots.byteLength;
    },
  };
}

function isSame(text: string, from: number, value: string, at: number): boolean {
  for (let next = 0; next < gramChars; next += 1) {
    if (text.charCodeAt(from + next) !== value.charCodeAt(at + next)) return false;
  }
  return true;
}
