import type { RulesDiff } from '../core/rules/diff.ts';
import type { RuleProblem, TestCount } from '../core/rules/load.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';

/** A set that was checked and tested, and how it differs from the one in force. */
export interface Candidate {
  readonly set: RuleSet;
  readonly tests: TestCount;
  readonly diff: RulesDiff;
  /** The version that `diff` starts from. */
  readonly against: string | undefined;
}

export type LoadedCandidate =
  | { readonly ok: true; readonly set: Candidate; readonly warnings: readonly RuleProblem[] }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };
