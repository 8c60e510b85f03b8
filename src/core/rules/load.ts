import { canonicalJson } from '../model/canonical-json.ts';
import { toPointer } from '../model/json-pointer.ts';
import { readListFile, splitFiles } from './list-files.ts';
import { collectLists } from './lists.ts';
import type { Json } from '../model/json.ts';
import { quote } from '../model/quote.ts';
import { sha256Hex } from '../model/sha256.ts';
import { checkReplacements } from './check-rollout.ts';
import { type RuleSurroundings, checkRule } from './check-rule.ts';
import { compileRule } from './compiled-rule.ts';
import { runTests } from './embedded-tests.ts';
import { joinDefaults } from './join-defaults.ts';
import { findLintErrors } from './lint/lint-errors.ts';
import { type Finding, type RuleFile, type RuleProblem, toProblems } from './problem.ts';
import { type ReadFile, readRuleFile } from './read-file.ts';
import { type RuleSet, createRuleSet } from './rule-set.ts';
import type { ListItem } from './source.ts';

export type { RuleFile, RuleProblem } from './problem.ts';

/** What rules are checked against. All of it may be left out. */
export interface LoadOptions {
  /** Of embedded tests that name none. Default `production`. */
  readonly env?: string;
  /** Lists from elsewhere, by name, beside those in the files. */
  readonly lists?: Readonly<Record<string, readonly ListItem[]>>;
  /** Registered filters; a rule that asks for another gets a warning. */
  readonly knownFilters?: readonly string[];
  /** For warnings of expired rules (milliseconds since 1970). */
  readonly nowMs?: number;
  /** Leaves the tests in rules to the caller. */
  readonly skipTests?: boolean;
}

/** A rule set, or every problem of every file. */
export type LoadedRules =
  | {
      readonly ok: true;
      readonly set: RuleSet;
      readonly warnings: readonly RuleProblem[];
      readonly tests: TestCount;
    }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] };

/** Of the tests that stand in rules. One that asks for what is not built yet is run and does not pass. */
export interface TestCount {
  readonly ran: number;
  readonly passed: number;
}

/**
 * Parses, validates, compiles and tests all files as one set, whatever their order; never throws for what is in them.
 * No files, or no rules, make a set that denies everything, and a warning.
 */
export function loadRules(files: readonly RuleFile[], options: LoadOptions = {}): LoadedRules {
  const { rules, lists: listed } = splitFiles(files.toSorted(byName));
  const read = rules.map(readRuleFile);
  const listFiles = listed.map(readListFile);
  const lists = collectLists(read, { given: options.lists ?? {}, files: listFiles });
  const around: RuleSurroundings = {
    lists: lists.known,
    knownFilters: options.knownFilters && new Set(options.knownFilters),
    nowMs: options.nowMs,
  };
  const problems = [
    ...read.flatMap((one) => problemsOf(one, around)),
    ...lists.problems,
    ...findSameFiles(read),
    ...findSameRules(read),
    ...findFalseReplacements(read),
  ];
  if (problems.some(isError)) return { ok: false, problems };
  const linted = read.flatMap((one) => toProblems(one.file, findLintErrors(one, lists.known)));
  if (linted.some(isError)) return { ok: false, problems: [...problems, ...linted] };
  const set = createRuleSet({
    version: versionOf(read, listed, options.lists ?? {}),
    files: files.toSorted(byName),
    rules: read.flatMap(({ file, rules }) =>
      rules.map(({ source, raw }) => compileRule({ source, raw, file: file.name }, lists.known)),
    ),
    defaults: joinDefaults(read),
    lists: lists.known,
  });
  const tested =
    options.skipTests === true
      ? []
      : read.flatMap((one) => toProblems(one.file, runTests(set, one.rules, options)));
  if (tested.some(isError)) return { ok: false, problems: [...problems, ...tested] };
  const warnings = [...problems, ...tested, ...warnIfEmpty(set)];
  return { ok: true, set, warnings, tests: countTests(set, tested) };
}

function countTests({ rules }: RuleSet, tested: readonly RuleProblem[]): TestCount {
  const ran = rules.reduce((sum, { source }) => sum + (source.tests?.length ?? 0), 0);
  const ofTest = /^.*?\/tests\/\d+/;
  const failed = new Set(
    tested.map(({ file, pointer }) => JSON.stringify([file, ofTest.exec(pointer)?.[0]])),
  );
  return { ran, passed: ran - failed.size };
}

function byName(one: RuleFile, other: RuleFile): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}

function isError({ severity }: RuleProblem): boolean {
  return severity === 'error';
}

function problemsOf(read: ReadFile, around: RuleSurroundings): readonly RuleProblem[] {
  if (read.problem !== undefined) return [read.problem];
  const checked = read.rules.flatMap(({ source, path }) => checkRule(source, path, around));
  return toProblems(read.file, [...read.findings, ...checked]);
}

function findSameFiles(files: readonly ReadFile[]): readonly RuleProblem[] {
  const message = 'two files have this name';
  return files
    .filter(({ file }, index) => files[index - 1]?.file.name === file.name)
    .flatMap(({ file }) => toProblems(file, [{ path: [], message, remedy: 'rename one of them' }]));
}

function findSameRules(files: readonly ReadFile[]): readonly RuleProblem[] {
  const seen = new Map<string, string>();
  return files.flatMap(({ file, rules }) => {
    const findings: Finding[] = [];
    for (const { source, path } of rules) {
      const first = seen.get(source.name);
      if (first === undefined) {
        seen.set(source.name, `\`${toPointer(path)}\` of ${quote(file.name)}`);
      } else {
        const message = `there is another rule ${quote(source.name)} at ${first}`;
        const remedy = 'give one of them another name';
        findings.push({ path: [...path, 'name'], rule: source.name, message, remedy });
      }
    }
    return toProblems(file, findings);
  });
}

function findFalseReplacements(files: readonly ReadFile[]): readonly RuleProblem[] {
  const found = checkReplacements(files.map(({ rules }) => rules));
  return files.flatMap(({ file }, index) => toProblems(file, found[index] ?? []));
}

function versionOf(
  files: readonly ReadFile[],
  listFiles: readonly RuleFile[],
  lists: Readonly<Record<string, readonly ListItem[]>>,
): string {
  const contents: Json[] = files.map(({ file, content }) => [file.name, content ?? null]);
  const texts: Json[] = listFiles.map(({ name, text }) => [name, text]);
  return sha256Hex(
    canonicalJson(texts.length === 0 ? [contents, lists] : [contents, lists, texts]),
  );
}

function warnIfEmpty(set: RuleSet): readonly RuleProblem[] {
  if (set.size > 0) return [];
  const file = set.files[0]?.name ?? '';
  const approval = set.defaults.approval === 'deny' ? 'denied' : 'sent to a person';
  const message = `there are no rules, so every call is ${approval}`;
  return [{ severity: 'warning', file, pointer: '', message, remedy: 'add a rule' }];
}
