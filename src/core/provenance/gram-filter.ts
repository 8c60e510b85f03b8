/** Characters of a stretch that is looked up. */
const gram = 6;

/** Says for most texts that are not inside another one that they are not, without looking through it. */
export interface GramFilter {
  /** False: surely not inside. */
  mayHold(value: string): boolean;
}

/** One bit for each stretch of six characters, in eight times as many bits as there are characters. */
export function createGramFilter(text: string): GramFilter {
  const size = 2 ** Math.ceil(Math.log2(Math.max(64, text.length * 8)));
  const bits = new Uint8Array(size / 8);
  for (let at = 0; at + gram <= text.length; at += 1) {
    const bit = hashAt(text, at) & (size - 1);
    bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return {
    mayHold(value) {
      for (let at = 0; at + gram <= value.length; at += 1) {
        const bit = hashAt(value, at) & (size - 1);
        if (((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
      }
      return true;
    },
  };
}

/** FNV-1a over the stretch, mixed once more, since only its low bits are used. */
function hashAt(text: string, from: number): number {
  let hash = 0x811c_9dc5;
  for (let at = from; at < from + gram; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}
