import { SupervisionError } from '../core/model/errors.ts';
import { canonicalName } from '../core/model/names.ts';
import { lexicalPath } from '../core/rules/path-text.ts';
import type { RecordedCall } from '../core/rules/simulate.ts';
import { lifeless } from './recorded-entries.ts';
import { createRecordedSessions, type RecordedSessions } from './recorded-sessions.ts';
import type { KnownTool } from './recorded-tools.ts';
import type { BadLine } from './replay-files.ts';
import { createSightings } from './sightings.ts';
import { readLines, type Line } from './trace-lines.ts';
import { parseRow, type TraceRow } from './trace-row.ts';
import { findToolList, type ToolList } from './trace-tools.ts';

export interface RecordedTraceOptions {
  /** Absolute paths, one after the other; each starts afresh. */
  readonly files: readonly string[];
  readonly tools: readonly ToolList[];
  readonly env: string;
  readonly asksSessions: boolean;
  readonly onBadLine: (line: BadLine) => void;
}

/** As a replay has it: Monday, 5 January 2026, noon UTC, one second from call to call, ring 1. */
const startMs = Date.UTC(2026, 0, 5, 12);
const stepMs = 1000;
const ring = 1;
const approvalMs = 1;
const maxKnown = 200_000;

export interface RecordedTrace {
  /** Calls of tools that no tools file describes, and sessions whose past was forgotten. */
  readonly counts: { readonly undeclared: number; readonly forgotten: number };
  calls(): AsyncGenerator<RecordedCall>;
}

/** The calls of traces in the format of `ringfence replay`; labels are not looked at. */
export function openRecordedTrace(options: RecordedTraceOptions): RecordedTrace {
  const counts = { undeclared: 0, forgotten: 0 };
  const findTool = createFinder(options.tools);
  let nowMs = startMs;

  async function* readFile(file: string): AsyncGenerator<RecordedCall> {
    const sessions = createRecordedSessions();
    const nameSession = createSessionNames();
    const hear = createListener();
    const bad = (line: number, problem: string): void => options.onBadLine({ file, line, problem });
    for await (const { lines } of readLines(file)) {
      for (const line of lines) {
        const found = readLine(line, findTool);
        if (typeof found === 'string') {
          bad(line.number, found);
          continue;
        }
        const { row, known } = found;
        nowMs += stepMs;
        if (!known.isKnown) counts.undeclared += 1;
        const session = nameSession(row);
        if (options.asksSessions) hear(sessions, session, row.userTask);
        const call = toCall(row, known, { id: `line ${line.number}`, session });
        const { env } = options;
        const knowledge = sessions.knowledgeOf(session);
        yield {
          call,
          facts: {
            tool: known.tool,
            ring,
            env,
            nowMs,
            approvalMs,
            session: knowledge,
            realPath: lexicalPath,
          },
        };
        // after the call was judged: what it gave back is known to the next one
        if (options.asksSessions) takeResult(sessions, call, row.result, { known, atMs: nowMs });
      }
    }
    counts.forgotten += sessions.forgotten;
  }

  return {
    counts,
    async *calls() {
      for (const file of options.files) yield* readFile(file);
    },
  };
}

type Found = KnownTool & { readonly name: string };

/** A row and its tool, or what is wrong with the line. */
function readLine(line: Line, findTool: (row: TraceRow) => Found | string) {
  if ('problem' in line) return line.problem;
  const parsed = parseRow(line.text);
  if (!parsed.ok) return parsed.problem;
  const known = findTool(parsed.row);
  return typeof known === 'string' ? known : { row: parsed.row, known };
}

/** Steps rise within a session; one that does not begins the same session anew. */
function createSessionNames(): (row: TraceRow) => string {
  const seen = createSightings<{ readonly step: number; readonly times: number }>(maxKnown);
  return ({ session, step }) => {
    const known = seen.get(session) ?? { step: -1, times: 1 };
    const times = step > known.step ? known.times : known.times + 1;
    seen.add(session, { step, times });
    return times === 1 ? session : `${session} (${times})`;
  };
}

/** What the user wrote comes with every row; the session hears it once. */
function createListener() {
  const heard = createSightings<string>(maxKnown);
  return (sessions: RecordedSessions, session: string, text: string | undefined): void => {
    if (text === undefined || heard.get(session) === text) return;
    heard.add(session, text);
    sessions.heard(session, text);
  };
}

function takeResult(
  sessions: RecordedSessions,
  { id: callId, tool, action, seat }: RecordedCall['call'],
  result: TraceRow['result'],
  { known, atMs }: { readonly known: KnownTool; readonly atMs: number },
): void {
  const past = { callId, tool, action, verdict: 'allow', status: 'done' } as const;
  const text = typeof result === 'string' ? result : JSON.stringify(result);
  sessions.ended(seat.session.id, past, { definition: known.tool, atMs, text });
}

/** A tool by suite and name; what is wrong with the name, where it cannot name a tool. */
function createFinder(lists: readonly ToolList[]): (row: TraceRow) => Found | string {
  const found = createSightings<Found | string>(20_000);
  const find = ({ suite, tool: written }: TraceRow): Found | string => {
    try {
      const name = canonicalName('tool', written);
      const list = findToolList(lists, suite);
      const tool = list?.tools.get(name);
      if (tool === undefined) {
        const unknown = { name: written, description: '' };
        return { tool: unknown, definition: `undeclared ${name}`, isKnown: false, name };
      }
      return { tool, definition: `${list?.prefix ?? ''} ${name}`, isKnown: true, name };
    } catch (error) {
      if (error instanceof SupervisionError) return error.message;
      throw error;
    }
  };
  return (row) => {
    const key = JSON.stringify([row.suite, row.tool]);
    const known = found.get(key) ?? find(row);
    if (found.get(key) === undefined) found.add(key, known);
    return known;
  };
}

function toCall(
  row: TraceRow,
  { tool, name, definition }: Found,
  { id, session }: { readonly id: string; readonly session: string },
): RecordedCall['call'] {
  return {
    id,
    tool: name,
    action: tool.action ?? 'run',
    definition,
    args: row.args,
    seat: {
      agent: { kind: 'agent', id: 'trace', roles: [], permissions: [] },
      session: { kind: 'session', id: session, ...lifeless },
    },
    fingerprint: id,
  };
}
