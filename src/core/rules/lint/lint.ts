import { toPointer } from '../../model/json-pointer.ts';
import { locateAll } from '../../model/locate-json.ts';
import { type CompiledRule, compileRule } from '../compiled-rule.ts';
import { readListFile, splitFiles } from '../list-files.ts';
import { collectLists } from '../lists.ts';
import type { RuleFile } from '../problem.ts';
import { type ReadFile, readRuleFile } from '../read-file.ts';
import type { Lists } from '../source.ts';
import { lintCodes } from './codes.ts';
import { type KnownTools, findToolNotes } from './declared-tools.ts';
import { findHabits } from './habits.ts';
import type {
  FileNote,
  GivenLists,
  LintAround,
  LintFinding,
  LintNote,
  LintedRule,
} from './lint-finding.ts';
import { findIdleDefaults } from './defaults.ts';
import { findContradictions, findNeverMatching } from './never.ts';
import { findPairs } from './pairs.ts';
import { findPatterns } from './patterns.ts';
import { findRenamed } from './renamed.ts';

/** What rules are compared with. All of it may be left out. */
export interface LintOptions {
  readonly lists?: GivenLists;
  /** For rules that have expired or stand in shadow for long (milliseconds since 1970). */
  readonly nowMs?: number;
  /** Without them nothing is said of tools. */
  readonly tools?: KnownTools;
  /** The set before, for rules that were renamed. */
  readonly before?: readonly CompiledRule[];
  /** Of one rule with another; default 500,000, a few seconds. Beyond it the finding `cut-short` says so. */
  readonly maxComparisons?: number;
}

/** Everything odd about files that load, in the order of files and places; pure, and quick enough for 10,000 rules. */
export function lintRules(
  files: readonly RuleFile[],
  options: LintOptions = {},
): readonly LintFinding[] {
  const { rules: ruleFiles, lists: listed } = splitFiles(files);
  const read = ruleFiles.map(readRuleFile);
  const listFiles = listed.map(readListFile);
  const lists = collectLists(read, { given: options.lists ?? {}, files: listFiles }).known;
  const rules = read.flatMap((one) => toLinted(one, lists));
  const around = { lists, errorsMatter: errorsMatter(read) };
  const notes = [
    ...rules.flatMap((rule) => findSingle(rule, around, options)),
    ...findPairs(rules, { ...around, maxComparisons: options.maxComparisons }),
    ...(options.before === undefined ? [] : findRenamed(rules, options.before)),
  ];
  const all = [
    ...notes.map(ofFile),
    ...findIdleDefaults(read).map((note) => ({ ...note, rule: undefined })),
  ];
  return ruleFiles.flatMap((file) => locate(file, all));
}

function findSingle(
  rule: LintedRule,
  around: LintAround,
  { nowMs, tools }: LintOptions,
): readonly LintNote[] {
  if (rule.rule.mode === 'off') return [];
  return [
    ...findContradictions(rule, around),
    ...findNeverMatching(rule, around),
    ...(tools === undefined ? [] : findToolNotes(rule, tools)),
    ...findPatterns(rule),
    ...findHabits(rule, nowMs),
  ];
}

function toLinted({ file, rules }: ReadFile, lists: Lists): readonly LintedRule[] {
  return rules.map(({ source, raw, path }) => ({
    rule: compileRule({ source, raw, file: file.name }, lists),
    path,
  }));
}

/** Where nothing matches a person is asked, and an allow rule that could not be evaluated denies instead. */
function errorsMatter(files: readonly ReadFile[]): boolean {
  return files.some(({ source }) => source?.defaults?.approval === 'require_review');
}

interface Placed extends FileNote {
  readonly rule: string | undefined;
}

function ofFile({ code, rule: { rule, path }, at, message }: LintNote): Placed {
  return { code, file: rule.file, at: [...path, ...at], message, rule: rule.name };
}

function locate(file: RuleFile, notes: readonly Placed[]): readonly LintFinding[] {
  const found = notes
    .filter((note) => note.file === file.name)
    .map((note) => ({ note, pointer: toPointer(note.at) }));
  if (found.length === 0) return [];
  const positions = locateAll(file.text, new Set(found.map(({ pointer }) => pointer)));
  return found
    .map(({ note: { code, rule, message }, pointer }) => {
      const position = positions.get(pointer);
      const { severity, remedy } = lintCodes[code];
      return {
        code,
        severity,
        file: file.name,
        pointer,
        ...(position === undefined ? {} : { position }),
        ...(rule === undefined ? {} : { rule }),
        message,
        remedy,
      };
    })
    .toSorted((one, other) => (one.position?.offset ?? 0) - (other.position?.offset ?? 0));
}
