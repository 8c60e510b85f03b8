import { type Position, locateJson } from '../model/parse-json.ts';
import { type Step, toPointer } from '../model/json-pointer.ts';

/** One file of a rules folder, as read. */
export interface RuleFile {
  /** Path relative to the rules folder; only a label here. */
  readonly name: string;
  readonly text: string;
}

/** What is wrong with a rules file, and where. */
export interface RuleProblem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** RFC 6901, of the place in the file. */
  readonly pointer: string;
  readonly position?: Position;
  readonly rule?: string;
  readonly message: string;
  /** What to write instead, or what to do. */
  readonly remedy: string;
}

/** A problem before its place in the text is looked up. */
export interface Finding {
  readonly severity?: 'error' | 'warning';
  readonly path: readonly Step[];
  /** Points at the key instead of its value. */
  readonly at?: 'key';
  readonly rule?: string | undefined;
  readonly message: string;
  readonly remedy: string;
}

/** The same findings, said to be of this rule. */
export function ofRule(rule: string | undefined, findings: readonly Finding[]): Finding[] {
  const named: Finding[] = [];
  for (const finding of findings) named.push({ ...finding, rule });
  return named;
}

// each look-up reads the text: a large file that is all wrong must not take minutes
const maxLocated = 50;
const maxCharactersRead = 10_000_000;

/** Looks up where findings stand in the text: of the first 50 at most, of fewer in a large file. */
export function toProblems(file: RuleFile, findings: readonly Finding[]): readonly RuleProblem[] {
  const located = Math.min(maxLocated, Math.ceil(maxCharactersRead / (file.text.length + 1)));
  return findings.map((finding, index) => toProblem(file, finding, index < located));
}

function toProblem(file: RuleFile, finding: Finding, locate: boolean): RuleProblem {
  const { severity = 'error', path, at = 'value', rule, message, remedy } = finding;
  const pointer = toPointer(path);
  const position = locate ? locateJson(file.text, pointer, at) : undefined;
  return {
    severity,
    file: file.name,
    pointer,
    message,
    remedy,
    ...(position === undefined ? undefined : { position }),
    ...(rule === undefined ? undefined : { rule }),
  };
}
