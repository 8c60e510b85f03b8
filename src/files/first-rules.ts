import { SupervisionError } from '../core/model/errors.ts';
import type { Log, Records } from '../core/model/ports.ts';
import { formatProblem } from '../core/rules/format-problem.ts';
import { createRuleSet, type RuleSet } from '../core/rules/rule-set.ts';
import { isSameFiles } from './reload-rules.ts';
import { readRuleFiles } from './rule-files.ts';
import { emptyHead, readHead, type Head } from './rule-head.ts';
import type { RuleHistory } from './rule-history.ts';
import type { Candidate } from './rule-candidate.ts';
import type { RuleLoader } from './rule-loader.ts';

/** What a start finds: on disk, and in force when the last process ended. */
export interface FirstRules {
  /** In force until `start` has logged what is on disk. */
  readonly set: RuleSet;
  readonly head: Head;
  /** What is on disk, if it is sound. */
  readonly disk: Candidate | undefined;
  /** Why the files on disk are not in force. */
  readonly rejected: readonly string[];
  /** What was kept and cannot be trusted or loaded. */
  readonly doubts: readonly string[];
}

export interface FirstRulesOptions {
  readonly path: string;
  readonly log: Log;
  readonly records: Records;
  readonly history: RuleHistory;
  readonly loader: RuleLoader;
  /** Nothing may have loosened unseen: throws where the last set cannot be known. */
  readonly strict: boolean;
}

/** Throws `RULES_INVALID` or `RULES_UNSAFE`, unless the set that was last in force can be taken instead. */
export async function readFirstRules(options: FirstRulesOptions): Promise<FirstRules> {
  const { head, problem } = await readHead(options);
  const last = await loadLast(head, options);
  const doubts = [problem, last.doubt].filter((doubt) => doubt !== undefined);
  const found = { head: last.set === undefined ? emptyHead : head, doubts };
  try {
    const disk = await readSound(options, last.candidate);
    return { ...found, set: last.set ?? disk.set, disk, rejected: [] };
  } catch (error) {
    if (!(error instanceof SupervisionError) || last.set === undefined) throw error;
    const version = last.set.version.slice(0, 12);
    const rejected = [`${error.message} (the last good rules, ${version}, are in force)`];
    return { ...found, set: last.set, disk: undefined, rejected };
  }
}

interface Last {
  readonly set: RuleSet | undefined;
  readonly candidate?: Candidate;
  readonly doubt?: string;
}

async function loadLast(
  { inForce, freeze }: Head,
  { history, loader, strict }: FirstRulesOptions,
): Promise<Last> {
  if (inForce === null) return { set: undefined };
  const loaded = await loadKept(inForce, { history, loader });
  if (typeof loaded !== 'string') return { set: loaded.set, candidate: loaded };
  const version = inForce.to.slice(0, 12);
  // what a person pinned is not undone by a start: nothing runs until a person unpins
  if (freeze !== null) {
    const doubt = `the rules ${version}, pinned or held by ${freeze.by}, cannot be loaded, so every call is denied: ${loaded}`;
    return { set: denyAll(), doubt };
  }
  if (!strict)
    return { set: undefined, doubt: `the last rules, ${version}, cannot be loaded: ${loaded}` };
  throw new SupervisionError(
    'RULES_INVALID',
    `the last rules, ${version}, cannot be loaded, so that nobody can tell what loosens: ${loaded}; look at the rules and start once with \`activate: immediately\``,
  );
}

async function loadKept(
  kept: NonNullable<Head['inForce']>,
  { history, loader }: Pick<FirstRulesOptions, 'history' | 'loader'>,
): Promise<Candidate | string> {
  try {
    const files = await history.read(kept);
    const loaded = await loader.load(files, undefined);
    if (loaded.ok) return loaded.set;
    return loaded.problems.map((problem) => formatProblem(problem, files)).join('\n');
  } catch (error) {
    if (error instanceof SupervisionError) return error.message;
    throw error;
  }
}

function denyAll(): RuleSet {
  const defaults = { approval: 'deny', onError: 'deny' } as const;
  return createRuleSet({ version: 'none', files: [], rules: [], defaults });
}

async function readSound(
  { path, loader }: FirstRulesOptions,
  last: Candidate | undefined,
): Promise<Candidate> {
  const files = await readRuleFiles(path);
  if (last !== undefined && isSameFiles(last.set.files, files)) return last;
  const loaded = await loader.load(files, last?.set);
  if (loaded.ok) return loaded.set;
  const shown = loaded.problems.map((problem) => formatProblem(problem, files)).join('\n');
  throw new SupervisionError('RULES_INVALID', `the rules in \`${path}\` are not valid:\n${shown}`);
}
