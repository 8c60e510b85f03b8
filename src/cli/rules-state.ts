import { z } from 'zod';
import type { Json } from '../core/model/json.ts';
import { freezeSchema } from '../files/rule-freeze.ts';
import { diffSchema } from '../files/rule-history.ts';
import { exitCodes, misuse } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { toPrintable, toPrintableJson, toPrintableLines } from './printable.ts';
import { createStyle, type Style } from './style.ts';

/** Why, for the log and the history: every verb that changes the rules takes it. */
export const reasonOption = { reason: { type: 'string' } } as const;
export const reasonHelp = { reason: 'why, for the log and the history' } as const;
const maxReason = 2000;

/** The reason as a request carries it; throws for one that is too long. */
export function toReason(reason: string | undefined): { reason?: string } {
  const text = reason?.trim() ?? '';
  if (text.length > maxReason) throw misuse(`the reason is longer than ${maxReason} characters`);
  return text === '' ? {} : { reason: text };
}

/** Six or more hexadecimal digits; throws for anything else. */
export function toVersion(text: string): string {
  const version = text.toLowerCase();
  if (/^[0-9a-f]{6,64}$/u.test(version)) return version;
  throw misuse(`\`${text}\` is no version: expected six or more of its hexadecimal digits`);
}

const names = z.array(z.string());
type ShownDiff = z.infer<typeof diffSchema>;

const stateSchema = z.object({
  rules: z.string(),
  problems: names,
  waiting: z.string().nullable(),
  frozen: freezeSchema.nullable(),
  disk: diffSchema.extend({ version: z.string() }).nullable(),
  warnings: names.optional(),
});

/** What is in force and what is not, as the owner of the folder tells it. */
export type RulesState = z.infer<typeof stateSchema>;

export function parseState(answer: Json): RulesState {
  return stateSchema.parse(answer);
}

/** Writes the state; exit code 1 if what is in force is not what the files say. */
export function tellState(answer: Json, isJson: boolean, io: CliIo): number {
  const { problems } = showState(answer, isJson, io);
  return problems.length === 0 ? exitCodes.fine : exitCodes.findings;
}

/** Writes the state after a change that was asked for whatever the files say: that they differ is no failure then. */
export function tellDone(answer: Json, isJson: boolean, io: CliIo): number {
  showState(answer, isJson, io);
  return exitCodes.fine;
}

function showState(answer: Json, isJson: boolean, io: CliIo): RulesState {
  const state = parseState(answer);
  if (isJson) {
    io.stdout.write(`${toPrintableJson(answer)}\n`);
  } else {
    const style = createStyle(io);
    for (const problem of state.problems) {
      io.stdout.write(`${style.red('problem')}  ${toPrintableLines(problem)}\n`);
    }
    for (const warning of state.warnings ?? []) {
      io.stdout.write(`${style.yellow('warning')}  ${toPrintableLines(warning)}\n`);
    }
    io.stdout.write(`rules ${toPrintable(state.rules)} are in force${describeFrozen(state)}\n`);
  }
  return state;
}

function describeFrozen({ frozen }: RulesState): string {
  if (frozen === null) return '';
  if (frozen.kind === 'pin') return toPrintable(`, pinned by ${frozen.by}`);
  const until = frozen.untilMs === null ? '' : ` until ${new Date(frozen.untilMs).toISOString()}`;
  return toPrintable(`, held by ${frozen.by}${until}`);
}

/** A line a rule, and what loosens in sentences. */
export function showDiff(diff: ShownDiff, style: Style): string {
  const { counts } = diff;
  const rest = (list: readonly string[], count: number): readonly string[] =>
    count > list.length ? [style.dim(`  and ${count - list.length} more`)] : [];
  const line = (sign: string, paint: (text: string) => string) => (name: string) =>
    paint(`${sign} ${toPrintable(name)}`);
  return [
    ...diff.added.map(line('+', style.green)),
    ...rest(diff.added, counts.added),
    ...diff.removed.map(line('-', style.red)),
    ...rest(diff.removed, counts.removed),
    ...diff.changed.map(line('~', style.yellow)),
    ...rest(diff.changed, counts.changed),
    ...diff.loosened.map(line('loosens:', style.red)),
    ...rest(diff.loosened, counts.loosened),
  ].join('\n');
}
