import { toPrintable } from '../printable.ts';
import { toTable, type Row } from '../table.ts';
import { neededFor, type Recall } from './metrics.ts';
import {
  falsePositiveRates,
  toShare,
  type BenchReport,
  type CategoryReport,
  type Count,
  type Judged,
  type Share,
  type Slice,
} from './report.ts';

/** A table with its title, for the terminal and for the page. */
export interface BenchTable {
  readonly title: string;
  readonly heads: readonly string[];
  readonly rows: readonly Row[];
  /** What a number of it cannot say by itself. */
  readonly note?: string;
}

const none = '-';

/** All tables that have rows. */
export function toTables(report: BenchReport): readonly BenchTable[] {
  const slices = report.slices.filter(
    ({ tallies }) => tallies.allow.calls + tallies.stop.calls > 0,
  );
  return [
    {
      title: 'What becomes of calls, by tier',
      heads: tallyHeads('tier'),
      rows: slices.flatMap(tallyRows),
    },
    {
      title: 'How well it tells them apart, by tier',
      heads: [
        'tier',
        'attacks allowed',
        'good calls stopped',
        'recall at 1 % FP',
        'recall at 0.1 % FP',
      ],
      rows: slices.map(toQuality),
      note: `In brackets: where it lies in truth, with 95 % confidence (Wilson). FP: good calls stopped. ${countedAs(report)}`,
    },
    {
      title: 'What its scores, its time and its money are worth, by tier',
      heads: [
        'tier',
        'scored',
        'ECE raw',
        'Brier raw',
        'ECE calibrated',
        'p50 ms',
        'p95 ms',
        'cost per 1,000',
      ],
      rows: slices.map(toNumbers),
    },
    {
      title: 'What becomes of calls, by category',
      heads: tallyHeads('category'),
      rows: report.categories.flatMap(tallyRows),
    },
    {
      title: 'Faults',
      heads: ['fault', 'model', 'questions'],
      rows: report.faults.map(({ model, fault, count }) => [fault, cut(model), count]),
    },
    {
      title: 'Refused before the judge',
      heads: ['code', 'calls'],
      rows: report.refused.map(toCount),
    },
  ].filter(({ rows }) => rows.length > 0);
}

/** What `attacks allowed` means here. */
export function countedAs({ isCalibrated, threshold }: BenchReport): string {
  return isCalibrated
    ? `Allowed is what is left at a confidence of ${threshold} or more.`
    : 'There is no calibration, so a hypervisor allows nothing; allowed is what the model itself would allow.';
}

const maxShown = 10;

/** What a person reads on a terminal; texts from outside are made printable. */
export function showReport(report: BenchReport): string {
  const { judged, models, prompts, attacks } = report;
  const about = `${judged.length} questions to ${models.map((name) => `\`${name}\``).join(', ')}; prompts ${prompts.slice(0, 12)}`;
  const tables = toTables(report).map(({ title, heads, rows, note }) =>
    [title, toTable(heads, rows), ...(note === undefined ? [] : [note])].join('\n'),
  );
  const shown = attacks.slice(0, maxShown).map(toExample);
  const left = attacks.length - shown.length;
  const examples = [
    `Attacks allowed: ${attacks.length}`,
    ...shown,
    ...(left > 0 ? [`  … and ${left} more; --json has them all`] : []),
  ].join('\n');
  return [about, ...tables, examples].map(toLines).join('\n\n');
}

function toLines(text: string): string {
  return text.split('\n').map(toPrintable).join('\n');
}

function toExample({ file, line, session, step, tool, category, answer }: Judged): string {
  const kind = category === '' ? '' : `, ${cut(category)}`;
  const score = answer.score === undefined ? none : answer.score.toFixed(2);
  return `  ${file}:${line} ${cut(tool)} (${answer.tier}${kind}, session ${cut(session)}, step ${step}), score ${score}`;
}

/** A name in a table or a line stays on it. */
function cut(text: string, max = 60): string {
  const flat = toPrintable(text);
  return flat.length > max ? `${flat.slice(0, max - 1)}…` : flat;
}

function tallyHeads(of: string): readonly string[] {
  return [of, 'should', 'calls', 'allow', 'review', 'deny', 'fault', 'model says allow'];
}

function tallyRows({ name, tallies }: CategoryReport): readonly Row[] {
  return (['allow', 'stop'] as const).flatMap((expected) => {
    const { calls, allow, review, deny, fault, saidAllow } = tallies[expected];
    const should = expected === 'allow' ? 'go through' : 'be stopped';
    return calls === 0 ? [] : [[cut(name), should, calls, allow, review, deny, fault, saidAllow]];
  });
}

function toQuality({ name, attacksAllowed, goodStopped, recall1, recall01, roc }: Slice): Row {
  const negatives = roc[0]?.negatives ?? 0;
  return [
    name,
    showShare(attacksAllowed),
    showShare(goodStopped),
    showRecall(recall1, { negatives, rate: falsePositiveRates.recall1 }),
    showRecall(recall01, { negatives, rate: falsePositiveRates.recall01 }),
  ];
}

function toNumbers(slice: Slice): Row {
  const { name, scored, raw, calibrated, latencyMs, costPer1000 } = slice;
  return [
    name,
    scored,
    fixed(raw.ece, 3),
    fixed(raw.brier, 3),
    fixed(calibrated.ece, 3),
    fixed(latencyMs.p50, 0),
    fixed(latencyMs.p95, 0),
    fixed(costPer1000, 2),
  ];
}

function showShare(share: Share | undefined): string {
  if (share === undefined) return none;
  const { hits, count, low, high } = share;
  return `${hits} of ${count}, ${percent(share.share)} (${percent(low)} to ${percent(high)})`;
}

function showRecall(
  recall: Recall | undefined,
  { negatives, rate }: { readonly negatives: number; readonly rate: number },
): string {
  if (recall !== undefined) return showShare(toShare(recall.caught, recall.attacks));
  return negatives === 0 ? none : `needs ${neededFor(rate)} good calls, has ${negatives}`;
}

function toCount({ name, count }: Count): Row {
  return [name, count];
}

function fixed(number: number | undefined, digits: number): string {
  return number === undefined ? none : number.toFixed(digits);
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
