import { sha256Hex } from '../../core/model/sha256.ts';
import type { Texts } from '../../core/model/ports.ts';

/** Texts that live and die with the process. */
export function createMemoryTexts(): Texts {
  const texts = new Map<string, string>();
  return {
    async put(text) {
      const sha256 = sha256Hex(text);
      texts.set(sha256, text);
      return sha256;
    },
    get: async (sha256) => texts.get(sha256),
  };
}
