import type { Verdict } from '../model/decision.ts';

/** What a judging model said, or what stands in for it where it said nothing that counts. */
export type Judged =
  | { readonly verdict: Verdict }
  /** The model failed: the stricter of this and the rule's own verdict. */
  | { readonly fault: 'review' | 'deny' };
