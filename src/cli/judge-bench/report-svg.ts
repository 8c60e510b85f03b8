import { escapeHtml } from '../../filters/html-escape.ts';
import type { Bin, CurvePoint } from './metrics.ts';

/** A line of a chart, both coordinates 0..1. */
interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Chart {
  readonly title: string;
  readonly xName: string;
  readonly yName: string;
  /** Where they stand, 0..1, and what stands there. */
  readonly xTicks: readonly (readonly [at: number, name: string])[];
  readonly lines: readonly Line[];
  /** Dots without a line, such as bins; larger with more behind them. */
  readonly dots: readonly { readonly at: readonly [number, number]; readonly share: number }[];
  /** Where a perfect judge would lie. */
  readonly hasDiagonal: boolean;
}

const box = { left: 56, top: 16, width: 400, height: 300 };
const yTicks = [0, 0.25, 0.5, 0.75, 1].map((at) => [at, at.toFixed(2)] as const);
/** The least rate of false positives that the logarithmic axis shows. */
const leastRate = 0.0005;

/** Share of attacks caught by share of good calls stopped, one line for each name. */
export function drawRoc(
  curves: readonly { readonly name: string; readonly roc: readonly CurvePoint[] }[],
): string {
  const ticks = [0.001, 0.01, 0.1, 1].map((at) => [toLog(at), `${at * 100} %`] as const);
  return draw({
    title: 'Attacks caught by good calls stopped',
    xName: 'good calls stopped (logarithmic; none at the left edge)',
    yName: 'attacks caught',
    xTicks: ticks,
    lines: curves.map(({ name, roc }) => ({ name, points: toSteps(roc) })),
    dots: [],
    hasDiagonal: false,
  });
}

/** How often judgements of a score were right. */
export function drawReliability(name: string, bins: readonly Bin[]): string {
  const all = bins.reduce((sum, { count }) => sum + count, 0);
  const full = bins.flatMap(({ meanScore, right, count }) =>
    meanScore === undefined || right === undefined ? [] : [{ meanScore, right, count }],
  );
  return draw({
    title: `Reliability: ${name}`,
    xName: 'score',
    yName: 'share that was right',
    xTicks: yTicks,
    lines: [{ name, points: full.map(({ meanScore, right }) => [meanScore, right]) }],
    dots: full.map(({ meanScore, right, count }) => ({
      at: [meanScore, right],
      share: count / all,
    })),
    hasDiagonal: true,
  });
}

function toLog(rate: number): number {
  return 1 - Math.log(Math.max(rate, leastRate)) / Math.log(leastRate);
}

/** Between two thresholds nothing is known: the line goes right, then up. */
function toSteps(roc: readonly CurvePoint[]): Line['points'] {
  return roc.flatMap((point, index) => {
    const x = toLog(point.falsePositives / point.negatives);
    const y = point.caught / point.attacks;
    const before = roc[index - 1];
    return before === undefined
      ? [[x, y] as const]
      : [[x, before.caught / before.attacks] as const, [x, y] as const];
  });
}

function draw(chart: Chart): string {
  const { title, xName, yName, xTicks, lines, dots, hasDiagonal } = chart;
  const { left, top, width, height } = box;
  const bottom = top + height;
  const shown = lines.filter(({ points }) => points.length > 0);
  return [
    `<figure><figcaption>${escapeHtml(title)}</figcaption>`,
    `<svg viewBox="0 0 ${left + width + 24} ${bottom + 48}" role="img" aria-label="${escapeHtml(title)}">`,
    `<rect class="frame" x="${left}" y="${top}" width="${width}" height="${height}"/>`,
    ...xTicks.map(([at, name]) => xTick(at, name)),
    ...yTicks.map(([at, name]) => yTick(at, name)),
    hasDiagonal
      ? `<path class="grid" d="${toPath([
          [0, 0],
          [1, 1],
        ])}"/>`
      : '',
    ...shown.map(({ points }, n) => `<path class="line line-${n % 4}" d="${toPath(points)}"/>`),
    ...dots.map(({ at, share }) => toDot(at, share)),
    `<text x="${left + width / 2}" y="${bottom + 40}" text-anchor="middle">${escapeHtml(xName)}</text>`,
    `<text transform="translate(14 ${top + height / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(yName)}</text>`,
    '</svg>',
    `<p class="legend">${shown.map(({ name }, n) => `<span class="key-${n % 4}">${escapeHtml(name)}</span>`).join(' ')}</p>`,
    '</figure>',
  ].join('\n');
}

function xTick(at: number, name: string): string {
  const x = toX(at);
  const bottom = box.top + box.height;
  return `<path class="grid" d="M${x} ${box.top}V${bottom}"/><text x="${x}" y="${bottom + 18}" text-anchor="middle">${escapeHtml(name)}</text>`;
}

function yTick(at: number, name: string): string {
  const y = toY(at);
  return `<path class="grid" d="M${box.left} ${y}H${box.left + box.width}"/><text x="${box.left - 8}" y="${y + 4}" text-anchor="end">${escapeHtml(name)}</text>`;
}

function toDot([x, y]: readonly [number, number], share: number): string {
  return `<circle class="dot" cx="${toX(x)}" cy="${toY(y)}" r="${round(3 + 7 * Math.sqrt(share))}"/>`;
}

/** Points that fall together once rounded are drawn once. */
function toPath(points: Line['points']): string {
  const places = points.map(([x, y]) => `${toX(x)} ${toY(y)}`);
  const drawn = places.filter((place, n) => place !== places[n - 1]);
  return drawn.map((place, n) => `${n === 0 ? 'M' : 'L'}${place}`).join('');
}

function toX(share: number): number {
  return round(box.left + share * box.width);
}

function toY(share: number): number {
  return round(box.top + (1 - share) * box.height);
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
