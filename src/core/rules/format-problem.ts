import { quote } from '../model/quote.ts';
import type { RuleFile, RuleProblem } from './problem.ts';

/** A problem of rules, or of a folder that could not be read, which has no remedy apart. */
export type ShownProblem = Omit<RuleProblem, 'remedy'> & Partial<Pick<RuleProblem, 'remedy'>>;

const maxLine = 160;
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The message with its place, its source line, a caret under the very place, and the remedy; plain text, no colour. */
export function formatProblem(problem: ShownProblem, files: readonly RuleFile[]): string {
  const { position } = problem;
  const file = files.find(({ name }) => name === problem.file);
  const place = position === undefined ? '' : `:${position.line}:${position.column}`;
  const rule = problem.rule === undefined ? '' : ` rule ${quote(problem.rule)}:`;
  const name = problem.file === '' ? 'rules' : problem.file.replaceAll(unprintable, '?');
  const head = `${name}${place}: ${problem.severity}:${rule} ${problem.message}`;
  const excerpt =
    file === undefined || position === undefined ? [] : showLine(file.text, position.offset);
  const remedy = problem.remedy === undefined ? [] : [`  remedy: ${problem.remedy}`];
  return [head, ...excerpt, ...remedy].join('\n');
}

/** The part of the line around an offset, and a caret under it. */
function showLine(text: string, offset: number): readonly string[] {
  const lineStart =
    Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
  const lineEnd = text.slice(offset).search(/[\r\n]/);
  const end = lineEnd === -1 ? text.length : offset + lineEnd;
  const from = Math.max(lineStart, offset - Math.floor(maxLine / 2));
  const line = toPrintable(text.slice(from, Math.min(end, from + maxLine)));
  const before = toPrintable(text.slice(from, offset));
  return [`  | ${line}`, `  | ${before.replaceAll(/./gsu, ' ')}^`];
}

// control characters could move the caret or the terminal
function toPrintable(text: string): string {
  return text.replaceAll('\t', ' ').replaceAll(unprintable, '?');
}
