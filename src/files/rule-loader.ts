import { diffRules, type RulesDiff } from '../core/rules/diff.ts';
import {
  loadRules,
  type LoadOptions,
  type RuleFile,
  type RuleProblem,
  type TestCount,
} from '../core/rules/load.ts';
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

/** Checks, tests and compares rule files. */
export interface RuleLoader {
  load(files: readonly RuleFile[], against: RuleSet | undefined): Promise<LoadedCandidate>;
  close(): Promise<void>;
}

/** Loads in this thread: for sets that are small enough. */
export function loadHere(
  files: readonly RuleFile[],
  against: RuleSet | undefined,
  options: LoadOptions,
): LoadedCandidate {
  const loaded = loadRules(files, options);
  if (!loaded.ok) return loaded;
  const { set, tests, warnings } = loaded;
  const candidate = { set, tests, diff: diffRules(against, set), against: against?.version };
  return { ok: true, set: candidate, warnings };
}

/** `options` are asked for at every load: the time is one of them. */
export function createRuleLoader(options: () => LoadOptions): RuleLoader {
  return {
    load: async (files, against) => loadHere(files, against, options()),
    close: async () => undefined,
  };
}
