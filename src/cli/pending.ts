import { z } from 'zod';
import type { Json } from '../core/model/json.ts';
import { toPrintable, toPrintableJson } from './printable.ts';
import type { Style } from './style.ts';

const pendingSchema = z.object({
  approvalId: z.string(),
  tool: z.string(),
  action: z.string(),
  args: z.json(),
  fingerprint: z.string(),
  agent: z.string(),
  session: z.string(),
  openedAtMs: z.number(),
  expiresAtMs: z.number(),
  demands: z.array(z.object({ by: z.string(), code: z.string() })),
  /** A model's words about the call. */
  summary: z
    .object({ text: z.string(), warnings: z.array(z.string()), model: z.string() })
    .exactOptional(),
});

/** A call that waits for a person, as the hypervisor tells of it. */
export type Pending = z.infer<typeof pendingSchema>;

export function parsePending(answer: Json): readonly Pending[] {
  return z.array(pendingSchema).parse(answer);
}

const maxShownLines = 400;
const maxShownCharacters = 32_000;

/** Everything that a person must see before answering. */
export function showPending(pending: Pending, nowMs: number, style: Style): string {
  const { approvalId, tool, action, args, agent, session, fingerprint } = pending;
  const demands = pending.demands.map(({ by, code }) => toPrintable(`${code} (by ${by})`));
  const rows = [
    ['call', style.bold(toPrintable(`${tool}.${action}`))],
    ['agent', toPrintable(agent)],
    ['session', toPrintable(session)],
    ['asked by', demands.join(', ')],
    ['age', showSpan(nowMs - pending.openedAtMs)],
    [
      'expires',
      pending.expiresAtMs <= nowMs ? 'now' : `in ${showSpan(pending.expiresAtMs - nowMs)}`,
    ],
    ['fingerprint', toPrintable(fingerprint)],
  ].map(([name = '', value = '']) => `  ${style.dim(name.padEnd(12))}${value}`);
  return [
    style.cyan(toPrintable(approvalId)),
    ...rows,
    `  ${style.dim('arguments')}`,
    ...showArgs(args, style),
    ...showSummary(pending, style),
  ].join('\n');
}

function showArgs(args: Json, style: Style): readonly string[] {
  const text = toPrintableJson(args, 2);
  const shown = text.slice(0, maxShownCharacters).split('\n').slice(0, maxShownLines);
  const lines = shown.map((line) => `    ${line}`);
  const left = text.length - shown.join('\n').length;
  if (left === 0) return lines;
  const warning = `    … ${left} more characters are NOT SHOWN; read them with \`ringfence inbox --json\``;
  return [...lines, style.red(warning)];
}

/** Last, and as what it is: the arguments are what runs. */
function showSummary({ summary }: Pending, style: Style): readonly string[] {
  if (summary === undefined) return [];
  const { text, warnings, model } = summary;
  return [
    `  ${style.dim(`${toPrintable(model)} says (a model can be wrong, or misled by the arguments)`)}`,
    ...[text, ...warnings.map((warning) => `! ${warning}`)].map(
      (each) => `    ${toPrintable(each)}`,
    ),
  ];
}

/** `48 s`, `5 min`, `3 h`, `2 d`: one unit, rounded down. */
function showSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
