import type { Coverage, RuleCoverage, Seen } from '../core/rules/coverage.ts';
import { toPrintable } from './printable.ts';
import type { Style } from './style.ts';

/** Percent of what could be seen, to one decimal; of nothing, all is seen. */
export function shareOf({ seen, total }: Coverage): number {
  return total === 0 ? 100 : Math.floor((1_000 * seen) / total) / 10;
}

/** For `--json`: stable. */
export function coverageToJson(coverage: Coverage) {
  return {
    percent: shareOf(coverage),
    seen: coverage.seen,
    total: coverage.total,
    rules: coverage.rules.map(({ rule, file, whole, parts }) => ({
      rule,
      file,
      matched: whole.asTrue,
      missed: whole.asFalse,
      parts: parts.map((part) => ({ ...part })),
    })),
  };
}

/** A row for each rule, and below it one for each part that was not seen both ways. */
export function showCoverage(coverage: Coverage, style: Style): string {
  const lines = coverage.rules.flatMap((rule) => [
    toLine(rule, style),
    ...rule.parts
      .filter((part) => !isWhole(part))
      .map((part) => `    ${toPrintable(part.label)}: ${unseen(part, style)}`),
  ]);
  return [
    ...lines,
    `coverage: ${shareOf(coverage)} % (${coverage.seen} of ${coverage.total})`,
  ].join('\n');
}

function toLine({ rule, whole, parts }: RuleCoverage, style: Style): string {
  const seen = [whole, ...parts].reduce(
    (sum, one) => sum + Number(one.asTrue) + Number(one.asFalse),
    0,
  );
  const all = 2 * (parts.length + 1);
  const said = seen === all ? style.green('all seen') : isWhole(whole) ? '' : unseen(whole, style);
  return `  ${`${seen}/${all}`.padStart(7)}  ${toPrintable(rule)}  ${said}`.trimEnd();
}

function isWhole({ asTrue, asFalse }: Seen): boolean {
  return asTrue && asFalse;
}

function unseen({ asTrue, asFalse }: Seen, style: Style): string {
  const what = asTrue ? 'false' : asFalse ? 'true' : 'true nor false';
  return style.yellow(asTrue || asFalse ? `never seen ${what}` : `seen neither ${what}`);
}
