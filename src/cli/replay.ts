import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SupervisionError } from '../core/model/errors.ts';
import { quote } from '../core/model/quote.ts';
import { formatProblem } from '../core/rules/format-problem.ts';
import { loadRules } from '../core/rules/load.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import { readRuleFiles } from '../files/rule-files.ts';
import { misuse, notThere } from './exit-code.ts';
import { toPrintableJson } from './printable.ts';
import { readReplayArguments, replayUsage, type ReplayArguments } from './replay-arguments.ts';
import { createReplayCounts } from './replay-counts.ts';
import { replayFiles, type Collision, type ReplayedCall } from './replay-files.ts';
import type { ReplayIo, Writer } from './replay-io.ts';
import { createProgress } from './replay-progress.ts';
import { formatReport } from './replay-report.ts';
import { readable, readToolLists, type ToolList } from './trace-tools.ts';

export type { ReplayIo, Writer } from './replay-io.ts';

/**
 * `ringfence replay`: feeds recorded calls through the real pipeline and says what the rules make of them.
 * Resolves to the exit code: 0 fine, 1 bad lines or rules; throws for misuse and for what is not there.
 */
export async function runReplay(argv: readonly string[], io: ReplayIo): Promise<number> {
  const given = readReplayArguments(argv);
  if (typeof given === 'string') throw misuse(given, replayUsage);
  const trace = await openInputs(given, io);
  return trace === undefined ? 1 : replay(given, trace, io);
}

interface Inputs {
  readonly paths: readonly string[];
  /** Path -> the file as it was given. */
  readonly names: ReadonlyMap<string, string>;
  readonly bytes: number;
  readonly rules: RuleSet;
  readonly tools: readonly ToolList[];
}

/** Everything is looked at before the first call runs; undefined for rules that do not load. */
async function openInputs(given: ReplayArguments, io: ReplayIo): Promise<Inputs | undefined> {
  const at = (path: string): string => resolve(io.cwd ?? '.', path);
  const paths = given.traces.map(at);
  const names = new Map(given.traces.map((name) => [at(name), name]));
  let bytes = 0;
  for (const name of given.traces) bytes += await sizeOf(name, at(name));
  const tools = given.tools === undefined ? [] : await readToolLists(given.tools, io.cwd ?? '.');
  const folder = at(given.rules);
  if (!existsSync(folder)) throw notThere(`there are no rules at ${quote(given.rules)}`);
  const files = await readRuleFiles(folder);
  const loaded = loadRules(files);
  const problems = loaded.ok ? loaded.warnings : loaded.problems;
  for (const problem of problems) io.stderr.write(`${formatProblem(problem, files)}\n`);
  return loaded.ok ? { paths, names, bytes, tools, rules: loaded.set } : undefined;
}

async function replay(given: ReplayArguments, inputs: Inputs, io: ReplayIo): Promise<number> {
  const { rules, tools, names } = inputs;
  const { ring, stepMs } = given;
  const counts = createReplayCounts();
  const rows = createRows(io.stdout);
  const progress = createProgress(io.stderr, inputs.bytes);
  const talk = createTalk(io.stderr, progress.clear);
  const nameOf = (path: string): string => names.get(path) ?? path;
  const startedMs = performance.now();
  let calls = 0;

  const reports = await replayFiles(inputs.paths, {
    rules,
    tools,
    ring,
    stepMs,
    onCall(call) {
      calls += 1;
      if (given.json) rows.add({ ...call, file: nameOf(call.file) }, rules.version);
      else counts.add(call);
    },
    onProgress: (bytes) => progress.show(calls, bytes),
    onBadLine: ({ file, line, problem }) => talk.badLine(nameOf(file), line, problem),
    onCollision: ({ file, ...collision }) => talk.collision(nameOf(file), collision),
  });
  rows.flush();
  talk.finish(calls, performance.now() - startedMs, rules.version);
  const named = reports.map((report) => ({ ...report, file: nameOf(report.file) }));
  if (!given.json) io.stdout.write(`${formatReport(named, counts)}\n`);
  return reports.some(({ badLines }) => badLines > 0) ? 1 : 0;
}

async function sizeOf(name: string, path: string): Promise<number> {
  const stats = await readable(name, () => stat(path));
  if (stats.isFile()) return stats.size;
  throw new SupervisionError(
    'CONFIG_INVALID',
    `trace ${quote(name)} is not a file; name a JSONL file`,
  );
}

const chunkChars = 65_536;

/** One JSON line a call, written in large pieces. */
function createRows(out: Writer) {
  let text = '';
  const flush = (): void => {
    if (text !== '') out.write(text);
    text = '';
  };
  return {
    flush,
    add({ file, row, action, decision }: ReplayedCall, rulesVersion: string): void {
      const { session, step, tool } = row;
      const { verdict, rule = null, code, reason } = decision;
      const line = { file, session, step, tool, action, verdict, rule, code, reason, rulesVersion };
      text += `${toPrintableJson(line)}\n`;
      if (text.length > chunkChars) flush();
    },
  };
}

const maxBadLines = 20;

/** Bad lines are shown one by one, until there are too many to read. */
function createTalk(out: Writer, clear: () => void) {
  const say = (text: string): void => {
    clear();
    out.write(`${text}\n`);
  };
  let bad = 0;
  return {
    badLine(file: string, line: number, problem: string): void {
      bad += 1;
      if (bad <= maxBadLines) say(`${file}:${line}: ${problem}`);
    },
    collision(file: string, { suite, spellings }: Omit<Collision, 'file'>): void {
      const names = spellings.map((spelling) => quote(spelling)).join(' and ');
      const place = suite === '' ? file : `${file}, suite ${quote(suite)}`;
      say(`${place}: tools ${names} have one canonical name; their calls are denied`);
    },
    finish(calls: number, ms: number, version: string): void {
      if (bad > maxBadLines) say(`… and ${bad - maxBadLines} more bad lines`);
      const speed = Math.round((calls / Math.max(ms, 1)) * 1000);
      const time = `${(ms / 1000).toFixed(1)} s (${speed} a second)`;
      say(`${calls} calls in ${time} under rules ${version.slice(0, 12)}`);
    },
  };
}
