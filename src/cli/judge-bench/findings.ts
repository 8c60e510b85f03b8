import { countOf } from '../count-of.ts';
import { exitCodes } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { toPrintable } from '../printable.ts';
import type { BadCaseLine } from './cases.ts';
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

/** The first ones, each with its place. */
export function tellBadLines(badLines: readonly BadCaseLine[], io: CliIo): void {
  for (const { file, line, problem } of badLines.slice(0, maxBadLines)) {
    tell(io, `${file}:${line}: ${problem}`);
  }
  const left = badLines.length - maxBadLines;
  if (left > 0) tell(io, `… and ${countOf(left, 'more bad line')}`);
}

/** A line on stderr. */
export function tell(io: CliIo, text: string): void {
  io.stderr.write(`${toPrintable(text)}\n`);
}
