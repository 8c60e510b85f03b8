import { diffRules } from '../core/rules/diff.ts';
import { loadRules, type LoadOptions, type RuleFile } from '../core/rules/load.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import type { Clock } from '../core/model/ports.ts';
import type { LoadedCandidate } from './rule-candidate.ts';
import { createRuleThread } from './rule-thread.ts';

/** Checks, tests and compares rule files. */
export interface RuleLoader {
  load(files: readonly RuleFile[], against: RuleSet | undefined): Promise<LoadedCandidate>;
  close(): Promise<void>;
}

/** Loads in this thread: for sets that are small enough. */
function loadHere(
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

/** With more rules than that, or more text, another thread checks them. */
const maxRules = 1000;
const maxCharacters = 512 * 1024;

/** Loads small sets here and large ones in a thread of their own, so that no decision waits for a reload. */
export function createRuleLoader(options: {
  /** Asked for at every load: the time is one of them. */
  readonly load: () => LoadOptions;
  readonly clock: Clock;
}): RuleLoader {
  const thread = createRuleThread(options);
  return {
    load: async (files, against) =>
      isLarge(files) || (against?.size ?? 0) > maxRules
        ? thread.load(files, against, options.load())
        : loadHere(files, against, options.load()),
    close: thread.close,
  };
}

/** Counts what every rule has one of: to parse the files for that would be the work itself. */
function isLarge(files: readonly RuleFile[]): boolean {
  const characters = files.reduce((sum, { text }) => sum + text.length, 0);
  if (characters > maxCharacters) return true;
  const rules = files.reduce((sum, { text }) => sum + text.split('"approval"').length - 1, 0);
  return rules > maxRules;
}
