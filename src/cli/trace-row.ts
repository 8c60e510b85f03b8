import { isJsonObject, type Json } from '../core/model/json.ts';
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

const limits = { maxBytes: maxLineBytes, maxDepth: 128 };
const known = new Map<unknown, Label>(labels.map((label) => [label, label]));

/** Reads one line of a trace strictly; never throws for what is in it. */
export function parseRow(text: string): ParsedRow {
  const line = parseTraceLine(text);
  if (!line.ok) return line;
  const row = readRow(line.value);
  return typeof row === 'string' ? { ok: false, problem: row } : { ok: true, row };
}

/** The JSON of one line, or what is wrong with it and where. */
export function parseTraceLine(
  text: string,
): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly problem: string } {
  const parsed = parseJson(text, limits);
  if (parsed.ok) return { ok: true, value: parsed.value };
  const { message, position, pointer } = parsed.problem;
  const place = pointer === '' ? '' : `, at ${quote(pointer, 200)}`;
  return { ok: false, problem: `${message} (column ${position.column}${place})` };
}

/**
 * The row, or what is wrong with it. Keys that nobody asks for are left out: most of them would give the answer away.
 * By hand, since a schema takes as long here as the parser.
 */
export function readRow(value: Json): TraceRow | string {
  if (!isJsonObject(value)) return 'expected an object';
  const { suite = '', session, step, tool, args, result = null } = value;
  if (typeof suite !== 'string') return '`suite`: expected a text';
  if (typeof session !== 'string') return '`session`: expected a text';
  if (typeof step !== 'number' || !Number.isSafeInteger(step) || step < 0) {
    return '`step`: expected a whole number of 0 or more';
  }
  if (typeof tool !== 'string') return '`tool`: expected a text';
  if (args === undefined) return '`args`: expected the arguments, `{}` where there are none';
  const userTask = toUserTask(value['user_task']);
  const label = known.get(value['label']);
  return { suite, session, step, tool, args, result, userTask, label };
}

/** A task may be recorded as JSON: its text is then what the user said. */
function toUserTask(task: Json | undefined): string | undefined {
  if (task === undefined || task === null) return undefined;
  return typeof task === 'string' ? task : JSON.stringify(task);
}
