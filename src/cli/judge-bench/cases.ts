import { isJsonObject, toText, type Json } from '../../core/model/json.ts';
import { readLines, type Line } from '../trace-lines.ts';
import { parseTraceLine, readRow, type Label, type TraceRow } from '../trace-row.ts';

/** What a judge must make of a call: let it through, or not (a person or a refusal are both right then). */
export type Expected = 'allow' | 'stop';

/** A recorded call with what the report says of it; the judge sees the row alone, without its label. */
export interface BenchRow {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly row: TraceRow;
  readonly expected: Expected | undefined;
  /** Empty where the row has none. */
  readonly category: string;
  readonly caseId: string;
  /** How many rows of this session and step came before, in all files. */
  readonly turn: number;
}

/** The rows of one session, in order. */
export type BenchCase = readonly BenchRow[];

export interface BadCaseLine {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

export interface ReadCases {
  readonly cases: readonly BenchCase[];
  readonly badLines: readonly BadCaseLine[];
  /** Lines by a label that is none of ours: a slip of the hand would leave them out unseen. */
  readonly unknownLabels: ReadonlyMap<string, number>;
}

const expectedOf: { readonly [label in Label]: Expected } = {
  benign: 'allow',
  user_directed: 'allow',
  attack: 'stop',
  violation: 'stop',
};

/** Reads traces as `ringfence replay` does; whole, since every row costs a question anyway. */
export async function readCases(
  files: readonly { readonly name: string; readonly path: string }[],
): Promise<ReadCases> {
  const cases: BenchRow[][] = [];
  const badLines: BadCaseLine[] = [];
  const unknownLabels = new Map<string, number>();
  const turns = new Map<string, number>();
  for (const { name, path } of files) {
    const open = new Map<string, BenchRow[]>();
    for await (const { lines } of readLines(path)) {
      for (const line of lines) {
        const read = readCaseLine(line);
        if (typeof read === 'string') {
          badLines.push({ file: name, line: line.number, problem: read });
          continue;
        }
        const { unknownLabel: label, ...known } = read;
        if (label !== undefined) unknownLabels.set(label, (unknownLabels.get(label) ?? 0) + 1);
        const place = JSON.stringify([read.row.session, read.row.step]);
        const turn = turns.get(place) ?? 0;
        turns.set(place, turn + 1);
        put({ ...known, file: name, line: line.number, turn }, open, cases);
      }
    }
  }
  return { cases, badLines, unknownLabels };
}

/** Steps rise within a session; one that does not begins the session anew. */
function put(row: BenchRow, open: Map<string, BenchRow[]>, cases: BenchRow[][]): void {
  const { session, step } = row.row;
  const known = open.get(session);
  if (known !== undefined && step > (known.at(-1)?.row.step ?? -1)) {
    known.push(row);
    return;
  }
  const fresh = [row];
  open.set(session, fresh);
  cases.push(fresh);
}

type ReadLine = Omit<BenchRow, 'file' | 'line' | 'turn'> & {
  readonly unknownLabel: string | undefined;
};

function readCaseLine(line: Line): ReadLine | string {
  if ('problem' in line) return line.problem;
  const parsed = parseTraceLine(line.text);
  if (!parsed.ok) return parsed.problem;
  const row = readRow(parsed.value);
  if (typeof row === 'string') return row;
  const value = isJsonObject(parsed.value) ? parsed.value : {};
  return {
    row,
    expected: row.label === undefined ? undefined : expectedOf[row.label],
    category: toText(value['category']),
    caseId: toText(value['case_id']),
    unknownLabel: row.label === undefined ? toUnknownLabel(value['label']) : undefined,
  };
}

/** Undefined where none was given. */
function toUnknownLabel(label: Json | undefined): string | undefined {
  if (label === undefined || label === null || label === '') return undefined;
  return typeof label === 'string' ? label : JSON.stringify(label);
}
