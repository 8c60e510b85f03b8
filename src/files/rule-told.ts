import { SupervisionError } from '../core/model/errors.ts';
import { quote } from '../core/model/quote.ts';
import { formatProblem } from '../core/rules/format-problem.ts';
import type { RuleFile, RuleProblem } from '../core/rules/load.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import type { Candidate } from './rule-candidate.ts';
import type { Freeze } from './rule-freeze.ts';
import type { HistoryEntry } from './rule-history.ts';

export function invalid(message: string): SupervisionError {
  return new SupervisionError('RULES_INVALID', message);
}

export function told(problems: readonly RuleProblem[], files: readonly RuleFile[] = []): string {
  return problems
    .filter(({ severity }) => severity === 'error')
    .map((problem) => formatProblem(problem, files))
    .join('\n');
}

export function notFrozen(kind: Freeze['kind'], freeze: Freeze | undefined): string {
  if (freeze === undefined)
    return `nothing is ${kind === 'pin' ? 'pinned' : 'held'}: edits take effect as they are saved`;
  return freeze.kind === 'pin'
    ? 'the rules are pinned, not held; `ringfence rules unpin` ends that'
    : 'the rules are held, not pinned; `ringfence rules edit --release` ends that';
}

export function describeRollback(
  { to }: HistoryEntry,
  version: string,
  warnings: readonly RuleProblem[],
  files: readonly RuleFile[],
): readonly string[] {
  const shown = warnings.map((problem) => formatProblem(problem, files));
  if (to === version) return shown;
  return [`lists from elsewhere changed since: these files are version ${version} now`, ...shown];
}

export function describeWaiting(
  waiting: Candidate | undefined,
  current: RuleSet,
): readonly string[] {
  if (waiting === undefined) return [];
  const gone = goneFrom(current, waiting.set)
    .map((name) => quote(name))
    .join(', ');
  const why = gone === '' ? '' : `${gone} is gone; put it back, or `;
  const hint = `${why}run \`ringfence rules accept ${waiting.set.version.slice(0, 12)}\``;
  return [`the rules on disk loosen and wait: ${waiting.diff.loosened.join('; ')}; ${hint}`];
}

/** Files that vanished: an accident as often as an edit, so what loosens by it waits for a person. */
export function goneFrom(current: RuleSet, next: RuleSet): readonly string[] {
  const there = new Set(next.files.map(({ name }) => name));
  return current.files.map(({ name }) => name).filter((name) => !there.has(name));
}
