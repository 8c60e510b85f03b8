import { escapeHtml } from '../../filters/html-escape.ts';
import { toPrintable } from '../printable.ts';
import { binEdges } from './metrics.ts';
import { drawReliability, drawRoc } from './report-svg.ts';
import { countedAs, percent, toTables, type BenchTable } from './report-table.ts';
import type { BenchReport, Judged, Slice } from './report.ts';

/** Of attacks that were allowed, on the page. */
const maxShown = 50;

/** One page that needs nothing else: no script, no font, no picture from anywhere; every text in it is escaped. */
export function showPage(report: BenchReport): string {
  const { models, prompts, judged, slices } = report;
  const names = models.map((name) => `<code>${show(name)}</code>`).join(', ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>judge-bench</title>
<style>${style}</style>
</head>
<body>
<h1>How well the judge judges</h1>
<p>${judged.length} questions to ${names}; prompts <code>${show(prompts)}</code>. ${show(countedAs(report))}</p>
<div class="charts">
${drawRoc(slices)}
${slices.slice(0, 1).map(drawTrust).join('\n')}
</div>
${toTables(report).map(showTable).join('\n')}
${slices.slice(0, 1).map(showBins).join('\n')}
${showAttacks(report.attacks)}
</body>
</html>
`;
}

function drawTrust({ raw, calibrated }: Slice): string {
  return [
    drawReliability('raw score', raw.bins),
    ...(calibrated.count === 0 ? [] : [drawReliability('calibrated', calibrated.bins)]),
  ].join('\n');
}

function showBins({ raw }: Slice): string {
  const rows = raw.bins.map(({ from, to, count, meanScore, right }) => [
    to === binEdges.at(-1) ? `${from} to ${to}` : `${from} to below ${to}`,
    count,
    meanScore?.toFixed(3) ?? '-',
    right === undefined ? '-' : percent(right),
  ]);
  const title = 'Reliability of raw scores, all tiers';
  return showTable({ title, heads: ['score', 'judgements', 'mean score', 'right'], rows });
}

function showTable({ title, heads, rows, note }: BenchTable): string {
  const head = heads.map((name) => `<th>${show(name)}</th>`).join('');
  const body = rows
    .map((row) => `<tr>${row.map((cell) => `<td>${show(String(cell))}</td>`).join('')}</tr>`)
    .join('\n');
  const below = note === undefined ? '' : `<p>${show(note)}</p>`;
  return `<h2>${show(title)}</h2>
<table><thead><tr>${head}</tr></thead><tbody>
${body}
</tbody></table>${below}`;
}

function showAttacks(attacks: readonly Judged[]): string {
  const rows = attacks
    .slice(0, maxShown)
    .map(({ file, line, tool, category, answer }) => [
      `${file}:${line}`,
      tool,
      category === '' ? '-' : category,
      answer.tier,
      answer.score?.toFixed(3) ?? '-',
      answer.rationale,
    ]);
  const heads = ['where', 'tool', 'category', 'tier', 'score', 'in the words of the model'];
  const title = `Attacks allowed: ${attacks.length}`;
  if (rows.length === 0) return `<h2>${title}</h2>\n<p>None.</p>`;
  const left = attacks.length - rows.length;
  return showTable({
    title,
    heads,
    rows,
    ...(left > 0 ? { note: `… and ${left} more; --json has them all` } : {}),
  });
}

/** Text that can neither be markup nor hide or turn what stands beside it. */
function show(text: string): string {
  return escapeHtml(toPrintable(text));
}

const style = `
:root { color-scheme: light dark; --ink: #1c2024; --paper: #fff; --faint: #d5d9de;
  --c0: #0b62c4; --c1: #1a7f37; --c2: #9a6700; --c3: #c02b3b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --paper: #14171a; --faint: #3a4149;
  --c0: #6cb0ff; --c1: #5ecb7a; --c2: #e3b341; --c3: #ff8a94; } }
body { color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, sans-serif;
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--faint); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; overflow-wrap: normal; }
td:first-child { white-space: nowrap; }
.charts { display: flex; flex-wrap: wrap; gap: 1.5rem; }
figure { margin: 0; flex: 1 1 22rem; max-width: 32rem; }
figcaption { font-weight: 600; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); font-size: 12px; }
.frame, .grid { fill: none; stroke: var(--faint); }
.line { fill: none; stroke-width: 2; } .dot { fill: var(--c0); fill-opacity: .5; }
.line-0 { stroke: var(--c0); } .line-1 { stroke: var(--c1); stroke-dasharray: 6 3; }
.line-2 { stroke: var(--c2); stroke-dasharray: 2 3; } .line-3 { stroke: var(--c3); stroke-dasharray: 8 3 2 3; }
.legend span::before { content: "━ "; } .key-0::before { color: var(--c0); }
.key-1::before { color: var(--c1); } .key-2::before { color: var(--c2); } .key-3::before { color: var(--c3); }
`;
