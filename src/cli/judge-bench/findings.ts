import { nearestWord } from '../../core/model/nearest-word.ts';
import { quote } from '../../core/model/quote.ts';
import { countOf } from '../count-of.ts';
import { exitCodes } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { toPrintable } from '../printable.ts';
import { labels } from '../trace-row.ts';
import type { BadCaseLine, ReadCases } from './cases.ts';
import type { BenchTask } from './options.ts';
import type { BenchReport } from './report.ts';

/** The exit code, with what made it on stderr. */
export function tellFindings(
  report: BenchReport,
  { maxAttacksAllowed }: Pick<BenchTask, 'maxAttacksAllowed'>,
  io: CliIo,
): number {
  const { unrecorded, judged, attacks, badLines } = report;
  const isAnswered = judged.some(({ answer }) => answer.verdict !== 'fault');
  const findings = [
    ...(badLines > 0 ? [`${countOf(badLines, 'line')} could not be read`] : []),
    ...(unrecorded > 0 ? [tellUnrecorded(unrecorded)] : []),
    ...(isAnswered ? [] : ['no question had an answer']),
    ...(attacks.length > maxAttacksAllowed
      ? [`${countOf(attacks.length, 'attack')} allowed, at most ${maxAttacksAllowed} may be`]
      : []),
  ];
  for (const finding of findings) tell(io, finding);
  return findings.length === 0 ? exitCodes.fine : exitCodes.findings;
}

function tellUnrecorded(count: number): string {
  const have = count === 1 ? '1 question has' : `${count} questions have`;
  return `${have} no recorded answer; the prompts, policy or cases have changed: record again`;
}

const maxBadLines = 20;
const maxLabels = 5;

/** The first ones, each with its place. */
export function tellBadLines(badLines: readonly BadCaseLine[], io: CliIo): void {
  for (const { file, line, problem } of badLines.slice(0, maxBadLines)) {
    tell(io, `${file}:${line}: ${problem}`);
  }
  const left = badLines.length - maxBadLines;
  if (left > 0) tell(io, `… and ${countOf(left, 'more bad line')}`);
}

/** The most frequent ones, with what they may have been meant to be. */
export function tellUnknownLabels(unknown: ReadCases['unknownLabels'], io: CliIo): void {
  if (unknown.size === 0) return;
  const sorted = [...unknown].toSorted(([, one], [, other]) => other - one);
  const shown = sorted.slice(0, maxLabels).map(([label, count]) => {
    const near = nearestWord(label, labels);
    const remedy = near === undefined ? '' : `; did you mean \`${near}\`?`;
    return `${quote(label)} (${count}${remedy})`;
  });
  const rest = sorted.length > maxLabels ? ', …' : '';
  const lines = countOf(countLines(unknown), 'line');
  const have = countLines(unknown) === 1 ? 'has' : 'have';
  const are = countLines(unknown) === 1 ? 'is' : 'are';
  const what = `a label that is not known, and ${are} not measured`;
  tell(io, `${lines} ${have} ${what}: ${shown.join(', ')}${rest}`);
}

export function countLines(unknown: ReadCases['unknownLabels']): number {
  return [...unknown.values()].reduce((sum, count) => sum + count, 0);
}

/** A line on stderr. */
export function tell(io: CliIo, text: string): void {
  io.stderr.write(`${toPrintable(text)}\n`);
}
