import type { Verdict } from '../core/model/decision.ts';
import type { Ring } from '../core/model/tool.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import type { Judged } from './replay-generation.ts';
import { createScoreboard, type Scoreboard, type Scores } from './replay-scores.ts';
import { openStage, type Stage } from './replay-stage.ts';
import { readLines, type Line } from './trace-lines.ts';
import { parseRow, type TraceRow } from './trace-row.ts';
import { findToolList, type ToolList } from './trace-tools.ts';

export interface ReplayOptions {
  readonly rules: RuleSet;
  /** Of every agent. Default 1, so that the rules decide. */
  readonly ring?: Ring;
  /** Between two calls: milliseconds of virtual time, 1 or more. Default 1,000. */
  readonly stepMs?: number;
  /** By suite; tools of suites without a list are registered undeclared. */
  readonly tools?: readonly ToolList[];
  readonly onCall?: (call: ReplayedCall) => void;
  readonly onBadLine?: (line: BadLine) => void;
  /** Called for tools of a file and suite whose names are the same once canonical. */
  readonly onCollision?: (collision: Collision) => void;
  /** Bytes that were read so far, of all files together. */
  readonly onProgress?: (bytes: number) => void;
}

/** A recorded call with what became of it. */
export interface ReplayedCall extends Judged {
  readonly file: string;
  readonly row: TraceRow;
}

export interface BadLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly problem: string;
}

export interface Collision {
  readonly file: string;
  /** As the tools file names it; empty where it says nothing of the suite. */
  readonly suite: string;
  readonly spellings: readonly string[];
}

export type VerdictCounts = { readonly [verdict in Verdict]: number };

export interface FileReport {
  readonly file: string;
  readonly calls: number;
  readonly sessions: number;
  readonly badLines: number;
  readonly verdicts: VerdictCounts;
  readonly scores: Scores;
}

/** Replays the files one after the other; each starts afresh. Throws what the file system throws. */
export async function replayFiles(
  files: readonly string[],
  options: ReplayOptions,
): Promise<readonly FileReport[]> {
  const reports: FileReport[] = [];
  let bytesBefore = 0;
  for (const file of files) {
    let bytesHere = 0;
    const onBytes = (bytes: number): void => {
      bytesHere = bytes;
      options.onProgress?.(bytesBefore + bytes);
    };
    reports.push(await replayFile(file, options, onBytes));
    bytesBefore += bytesHere;
  }
  return reports;
}

async function replayFile(
  file: string,
  options: ReplayOptions,
  onBytes: (bytes: number) => void,
): Promise<FileReport> {
  const scoreboard = createScoreboard();
  const stages = createStages(file, options, scoreboard);
  const verdicts = { allow: 0, review: 0, deny: 0 };
  let calls = 0;
  let badLines = 0;

  const play = async (line: Line): Promise<void> => {
    const parsed =
      'problem' in line ? ({ ok: false, problem: line.problem } as const) : parseRow(line.text);
    if (!parsed.ok) {
      badLines += 1;
      options.onBadLine?.({ file, line: line.number, problem: parsed.problem });
      return;
    }
    const { row } = parsed;
    const stage = stages.find(row.suite) ?? (await stages.open(row.suite));
    const judged = await stage.play(row);
    calls += 1;
    verdicts[judged.decision.verdict] += 1;
    options.onCall?.({ file, row, ...judged });
  };

  for await (const { lines, bytes } of readLines(file)) {
    for (const line of lines) await play(line);
    onBytes(bytes);
  }
  const { sessions } = await stages.close();
  return { file, calls, sessions, badLines, verdicts, scores: scoreboard.scores };
}

/** One stage for each list of tools, and one for all suites without: so that no two sets of tools clash. */
function createStages(file: string, options: ReplayOptions, scoreboard: Scoreboard) {
  const { rules, ring = 1, stepMs = 1000, tools: lists = [] } = options;
  const stages = new Map<ToolList | undefined, Stage>();
  let last: { readonly suite: string; readonly stage: Stage } | undefined;

  return {
    /** That of the last call, in most cases. */
    find(suite: string): Stage | undefined {
      if (last?.suite === suite) return last.stage;
      const stage = stages.get(findToolList(lists, suite));
      if (stage !== undefined) last = { suite, stage };
      return stage;
    },
    async open(suite: string): Promise<Stage> {
      const tools = findToolList(lists, suite);
      const onCollision = (spellings: readonly string[]): void =>
        options.onCollision?.({ file, suite: tools?.prefix ?? '', spellings });
      for (const spellings of tools?.colliding.values() ?? []) onCollision(spellings);
      const stage = await openStage({ rules, ring, stepMs, tools, scoreboard, onCollision });
      stages.set(tools, stage);
      return stage;
    },
    async close(): Promise<{ readonly sessions: number }> {
      let sessions = 0;
      for (const stage of stages.values()) {
        await stage.close();
        sessions += stage.sessions;
      }
      return { sessions };
    },
  };
}
