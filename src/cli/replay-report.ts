import { quote } from '../core/model/quote.ts';
import type { CountsByName, ReplayCounts } from './replay-counts.ts';
import type { FileReport, VerdictCounts } from './replay-files.ts';
import { toTable, type Row } from './table.ts';
import { addScores, noScores, type Scores, type Tally } from './replay-scores.ts';

/** Tools shown; the rest is summed up, and `--json` has them all. */
const maxTools = 20;

/** What a person reads at the end: verdicts by file, rule and tool, and what the labels say of them. */
export function formatReport(files: readonly FileReport[], counts: ReplayCounts): string {
  const scores = files.map((file) => file.scores).reduce(addScores, noScores);
  return [
    formatFiles(files),
    formatCounts('rule', counts.byRule, Infinity),
    formatCounts('tool', counts.byTool, maxTools),
    formatScores(scores),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const verdictHeads = ['calls', 'allow', 'review', 'deny'] as const;

function formatFiles(files: readonly FileReport[]): string {
  const rows: Row[] = [...byPath(files)].map(([path, played]) => [
    printable(path),
    ...cells(sum(played.map(({ verdicts }) => verdicts))),
    total(played.map(({ sessions }) => sessions)),
    total(played.map(({ badLines }) => badLines)),
  ]);
  return toTable(['file', ...verdictHeads, 'sessions', 'bad lines'], rows);
}

/** A file may be given several times: one line for it all the same. */
function byPath(files: readonly FileReport[]): ReadonlyMap<string, readonly FileReport[]> {
  return Map.groupBy(files, ({ file }) => file);
}

function formatCounts(what: string, counts: CountsByName, max: number): string {
  const sorted = [...counts].toSorted(
    ([oneName, one], [otherName, other]) =>
      size(other) - size(one) || (oneName < otherName ? -1 : 1),
  );
  const shown = sorted.slice(0, max);
  const left = sorted.slice(max).map(([, each]) => each);
  const rows: Row[] = shown.map(([name, each]) => [printable(name), ...cells(each)]);
  if (left.length > 0) rows.push([`(${left.length} more)`, ...cells(sum(left))]);
  return toTable([what, ...verdictHeads], rows);
}

const scoreNames: readonly (readonly [keyof Scores, string])[] = [
  ['attackSessions', 'attack sessions, by their attack calls'],
  ['benignSessions', 'attack-free sessions, by their benign calls'],
  ['beforeAttack', 'benign calls before the first attack call'],
  ['userDirected', 'calls that look like attacks, asked for by the user'],
  ['violations', 'calls that break a written rule'],
  ['benignReads', 'benign calls of reading tools'],
];

/** Only what the labels speak of; nothing for a trace without labels. */
function formatScores(scores: Scores): string {
  const rows = scoreNames
    .filter(([name]) => scores[name].total > 0)
    .map(([name, title]): Row => [title, ...scoreCells(scores[name])]);
  return toTable(['by label', 'all', 'denied', 'reviewed', 'untouched'], rows);
}

function scoreCells({ total, denied, reviewed }: Tally): Row {
  const withShare = (count: number): string => `${count} (${Math.round((count / total) * 100)}%)`;
  return [total, withShare(denied), withShare(reviewed), withShare(total - denied - reviewed)];
}

function cells(counts: VerdictCounts): Row {
  return [size(counts), counts.allow, counts.review, counts.deny];
}

function size({ allow, review, deny }: VerdictCounts): number {
  return allow + review + deny;
}

function sum(counts: readonly VerdictCounts[]): VerdictCounts {
  return {
    allow: total(counts.map(({ allow }) => allow)),
    review: total(counts.map(({ review }) => review)),
    deny: total(counts.map(({ deny }) => deny)),
  };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

// names in a trace are foreign text: they must not move the cursor of whoever reads the report
function printable(name: string): string {
  return /^[\x20-\x7e]{1,60}$/.test(name) ? name : quote(name, 60);
}
