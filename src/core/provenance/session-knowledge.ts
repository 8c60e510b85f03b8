import type { RememberedCall, SessionKnowledge } from '../model/provenance.ts';
import type { Provenance } from './provenance.ts';
import { toolWords } from './tool-words.ts';

/** What a session has kept; each is read anew with every question. */
export interface Kept {
  /** The finder, up to date; not made before it is asked for. */
  provenance(): Provenance;
  /** Whether a text of that origin is kept. */
  has(origin: 'user' | 'trusted' | 'untrusted'): boolean;
  readonly labels: ReadonlySet<string>;
  readonly calls: readonly RememberedCall[];
  readonly userTexts: readonly string[];
  readonly overflowed: boolean;
}

/** Answers what rules ask of a session. */
export function toKnowledge(kept: Kept): SessionKnowledge {
  return {
    originOf: (value) => kept.provenance().originOf(value),
    speaksOf(origin, { definition, action }, value) {
      if (!kept.has(origin)) return false;
      const stems = toolWords(definition, action);
      return stems.length === 0 ? undefined : kept.provenance().speaksOf(origin, stems, value);
    },
    get labels() {
      return kept.labels;
    },
    get calls() {
      return kept.calls;
    },
    get userTexts() {
      return kept.userTexts;
    },
    get overflowed() {
      return kept.overflowed;
    },
  };
}
