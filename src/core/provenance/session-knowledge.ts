import type { Json } from '../model/json.ts';
import type { RememberedCall, SessionKnowledge, ValueOrigin } from '../model/provenance.ts';
import type { Provenance } from './provenance.ts';
import { toolWords } from './tool-words.ts';
import { createWork, type Work } from './work.ts';

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

/** Answers what rules ask of a session for one call: all its questions together may cost so much, and no more. */
export function toKnowledge(kept: Kept, work: Work = createWork()): SessionKnowledge {
  return new Knowledge(kept, work);
}

/** A class for its getters, which cost a microsecond each time in an object literal. */
class Knowledge implements SessionKnowledge {
  readonly #kept: Kept;
  readonly #work: Work;

  constructor(kept: Kept, work: Work) {
    this.#kept = kept;
    this.#work = work;
  }
  originOf(value: Json): ValueOrigin {
    return this.#kept.provenance().originOf(value, this.#work);
  }
  speaksOf(...[origin, { definition, action }, value]: Parameters<SessionKnowledge['speaksOf']>) {
    if (!this.#kept.has(origin)) return false;
    const stems = toolWords(definition, action);
    if (stems.length === 0) return undefined;
    const speaks = this.#kept.provenance().speaksOf(origin, stems, { value, work: this.#work });
    return this.#work.left > 0 ? speaks : undefined;
  }
  tells(...[origin, value]: Parameters<SessionKnowledge['tells']>) {
    if (!this.#kept.has(origin)) return false;
    return this.#kept.provenance().tells(origin, value, this.#work);
  }
  get labels() {
    return this.#kept.labels;
  }
  get calls() {
    return this.#kept.calls;
  }
  get userTexts() {
    return this.#kept.userTexts;
  }
  get overflowed() {
    return this.#kept.overflowed;
  }
}
