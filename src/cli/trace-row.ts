import { z } from 'zod';
import type { Json } from '../core/model/json.ts';
import { quote } from '../core/model/quote.ts';
import { parseJson } from '../core/model/parse-json.ts';
import { maxLineBytes } from './trace-lines.ts';

/** What a label says of a recorded call; every other label is not scored. */
export const labels = ['benign', 'attack', 'user_directed', 'violation'] as const;
export type Label = (typeof labels)[number];

/** One recorded tool call. */
export interface TraceRow {
  /** Says which tools there are; may be empty. */
  readonly suite: string;
  readonly session: string;
  readonly step: number;
  readonly tool: string;
  readonly args: Json;
  /** What the user asked for. */
  readonly userTask: string | undefined;
  /** What the tool gave back; null where nothing was recorded. */
  readonly result: Json;
  /** For scores alone: no supervisor sees it. */
  readonly label: Label | undefined;
}

export type ParsedRow =
  | { readonly ok: true; readonly row: TraceRow }
  | { readonly ok: false; readonly problem: string };

// the text was parsed strictly before, so every value here is JSON
const json = z.custom<Json>((value) => value !== undefined, 'expected a value');

// keys that nobody asks for are left out: most of them would give the answer away
const rowSchema = z.object({
  suite: z.string().optional(),
  session: z.string().min(1),
  step: z.int().min(0),
  tool: z.string(),
  args: json,
  user_task: json.optional(),
  result: json.optional(),
  label: json.optional(),
});

const limits = { maxBytes: maxLineBytes, maxDepth: 128 };
const known = new Map<unknown, Label>(labels.map((label) => [label, label]));

/** Reads one line of a trace strictly; never throws for what is in it. */
export function parseRow(text: string): ParsedRow {
  const parsed = parseJson(text, limits);
  if (!parsed.ok) {
    const { message, position, pointer } = parsed.problem;
    const place = pointer === '' ? '' : `, at ${quote(pointer, 200)}`;
    return { ok: false, problem: `${message} (column ${position.column}${place})` };
  }
  const { success, data, error } = rowSchema.safeParse(parsed.value);
  if (!success) return { ok: false, problem: describe(error) };
  const { suite = '', session, step, tool, args, result = null } = data;
  const row = { suite, session, step, tool, args, result };
  const userTask = toUserTask(data.user_task);
  return { ok: true, row: { ...row, userTask, label: known.get(data.label) } };
}

/** A task may be recorded as JSON: its text is then what the user said. */
function toUserTask(task: Json | undefined): string | undefined {
  if (task === undefined || task === null) return undefined;
  return typeof task === 'string' ? task : JSON.stringify(task);
}

function describe({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => {
      const place = path.length === 0 ? 'the line' : quote(path.map(String).join('.'));
      return `${place}: ${message}`;
    })
    .join('; ');
}
