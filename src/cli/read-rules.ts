import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatProblem } from '../core/rules/format-problem.ts';
import {
  loadRules,
  type LoadedRules,
  type RuleFile,
  type RuleProblem,
} from '../core/rules/load.ts';
import type { LintFinding } from '../core/rules/lint/lint-finding.ts';
import { readRuleFiles } from '../files/rule-files.ts';
import { systemClock } from '../stores/system/clock.ts';
import { notThere } from './exit-code.ts';
import { toPrintableLines } from './printable.ts';
import type { Style } from './style.ts';

/** A rules folder (or one file) as read, and what it makes. */
export interface ReadRules {
  readonly files: readonly RuleFile[];
  readonly loaded: LoadedRules;
}

/** Reads and loads the rules at `path`; throws only where they cannot be read at all. */
export async function readRules(
  path: string,
  options: {
    readonly cwd: string;
    /** Of embedded tests that name none. */
    readonly env?: string | undefined;
    /** Without them, no filter is missed. */
    readonly knownFilters?: readonly string[];
    readonly skipTests?: boolean;
  },
): Promise<ReadRules> {
  const { cwd, env, knownFilters, skipTests = false } = options;
  const absolute = resolve(cwd, path);
  if (!existsSync(absolute)) throw notThere(`there are no rules at \`${path}\``);
  const files = await readRuleFiles(absolute);
  const loaded = loadRules(files, {
    nowMs: systemClock.nowMs(),
    skipTests,
    ...(env === undefined ? {} : { env }),
    ...(knownFilters === undefined ? {} : { knownFilters }),
  });
  return { files, loaded };
}

/** A problem with its source line, coloured where colours are wanted. */
export function showProblem(
  problem: RuleProblem,
  files: readonly RuleFile[],
  style: Style,
): string {
  const paint = problem.severity === 'error' ? style.red : style.yellow;
  const [head = '', ...rest] = formatProblem(problem, files).split('\n').map(toPrintableLines);
  const lines = rest.map((line) => {
    if (line.endsWith('^')) return paint(line);
    return line.startsWith('  remedy: ') ? style.green(line) : style.dim(line);
  });
  return [paint(head), ...lines].join('\n');
}

/** A finding of the linter, with its code after the message. */
export function showFinding(
  { severity, ...finding }: LintFinding,
  files: readonly RuleFile[],
  style: Style,
): string {
  const shown = {
    ...finding,
    severity: severity === 'error' ? severity : ('warning' as const),
    message: `${finding.message} (${finding.code})`,
  };
  const text = showProblem(shown, files, style);
  return severity === 'note' ? text.replace(': warning:', ': note:') : text;
}

/** For `--json`: stable. */
export function findingToJson({ code, position, ...finding }: LintFinding) {
  const { severity, file, pointer, rule, message, remedy } = finding;
  const [line, column] = [position?.line ?? null, position?.column ?? null];
  return { code, severity, file, line, column, pointer, rule: rule ?? null, message, remedy };
}

/** For `--json`: stable. */
export function problemToJson({ position, ...problem }: RuleProblem) {
  const { severity, file, pointer, rule, message, remedy } = problem;
  return {
    severity,
    file,
    line: position?.line ?? null,
    column: position?.column ?? null,
    pointer,
    rule: rule ?? null,
    message,
    remedy,
  };
}
