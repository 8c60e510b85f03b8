import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadRules } from '../core/rules/load.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import type { RecordedCall } from '../core/rules/simulate.ts';
import { simulateRules } from '../core/rules/simulation-tally.ts';
import { builtInFilters } from '../filters/built-in.ts';
import { createMemoryCounters } from '../stores/memory/counters.ts';
import { systemClock } from '../stores/system/clock.ts';
import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder } from './data-folder.ts';
import { exitCodes, misuse, notThere } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { findLogFolder } from './log-folder.ts';
import { parseMoment } from './moment.ts';
import { toPrintable, toPrintableJson } from './printable.ts';
import { problemToJson, readRules, showProblem, type ReadRules } from './read-rules.ts';
import { newCounts } from './recorded-counts.ts';
import { openRecordedLog } from './recorded-log.ts';
import { asksSessions } from './recorded-sessions.ts';
import { openRecordedTrace } from './recorded-trace.ts';
import { createProgress } from './replay-progress.ts';
import { showSimulation } from './simulate-show.ts';
import { simulationToJson, type Simulated } from './simulation-json.ts';
import { readVersion } from './rules-entry.ts';
import { createStyle } from './style.ts';
import { readTools } from './tools-file.ts';
import { readToolLists } from './trace-tools.ts';
import { createTold } from './untold.ts';

const options = {
  log: { type: 'string' },
  trace: { type: 'string', multiple: true },
  against: { type: 'string' },
  tools: { type: 'string' },
  env: { type: 'string' },
  filter: { type: 'string', multiple: true },
  since: { type: 'string' },
  until: { type: 'string' },
  examples: { type: 'string' },
  'show-args': { type: 'boolean' },
  'allow-loosening': { type: 'boolean' },
  ...commonOptions,
} as const;

interface Given {
  readonly log?: string | undefined;
  readonly trace?: readonly string[] | undefined;
  readonly against?: string | undefined;
  readonly tools?: string | undefined;
  readonly env?: string | undefined;
  readonly filter?: readonly string[] | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly examples?: string | undefined;
  readonly 'show-args'?: boolean | undefined;
  readonly 'allow-loosening'?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export const simulate = defineCommand(
  {
    usage:
      'simulate RULES (--log DIR | --trace FILE...) [--against RULES|VERSION] [--tools FILE] [--since 7d] [--until TIME] [--json]',
    about: `Says what the rules in RULES would have done to calls that were made: which it would newly allow, send to a
person or deny, by which rule, with examples. Nothing runs, and nobody is disturbed.
With --log the calls are those of the action log in the data folder DIR, compared with what the rules said then, or,
with --against, with what other rules would have said. With --trace they are those of traces as \`ringfence replay\`
reads them, and --against is needed. Only rules and their limits are asked: no ring, rate, kill switch or person.
Exit code 1 if the rules loosen anything (unless --allow-loosening), are not valid, if the record is damaged, or if
there was no call to compare.`,
    options,
    help: {
      log: 'the data folder whose calls to judge',
      trace: 'a file of recorded calls; may be given several times',
      against: 'the rules to compare with: a folder, a file, or a version that was in force',
      tools: 'what is declared of the tools; wins over the log',
      env: 'of calls recorded without one (default production)',
      filter:
        'a filter that your program registers beside the built-in ones; may stand several times',
      since: 'from when on: 7d, 12h, 2026-11-20 or 2026-11-20T10:00Z',
      until: 'until when, in the same words',
      examples: 'how many calls to show of each kind, 0 to 1000 (default 3)',
      'show-args': 'show values of arguments, shortened, and not only their names',
      'allow-loosening': 'exit code 0 though calls are loosened',
    },
    operands: [1, 1],
    example: 'ringfence simulate new-rules --log .ringfence --since 7d',
  },
  async ({ values, operands: [path = ''] }, io) => {
    const window = readWindow(values);
    const examples = readCount(values.examples ?? '3');
    requireOneSource(values);
    const candidate = await load(path, values, io);
    if (candidate === undefined) return exitCodes.findings;
    tellWarnings(candidate, io);
    const { set: after } = candidate.loaded;
    const against =
      values.against === undefined ? undefined : await load(values.against, values, io);
    if (values.against !== undefined && against === undefined) return exitCodes.findings;
    const before = against?.loaded.set ?? 'recorded';
    const sets = before === 'recorded' ? [after] : [before, after];
    const source = await openSource({ given: values, window, sets }, io);
    const told = createTold(sets);
    const tally = await simulateRules({
      before,
      after,
      counters: createMemoryCounters,
      calls: told.calls(source.calls),
      examples,
    });
    source.done();
    const simulated: Simulated = {
      tally,
      candidate: after.version,
      against: before === 'recorded' ? undefined : before.version,
      window,
      notes: { ...source.notes(), untold: told.count },
      damages: source.damages(),
      allowsLoosening: values['allow-loosening'] === true,
      showsArgs: values['show-args'] === true,
    };
    if (values.json === true) io.stdout.write(`${toPrintableJson(simulationToJson(simulated))}\n`);
    else io.stdout.write(showSimulation(simulated, createStyle(io)));
    return simulationToJson(simulated).ok ? exitCodes.fine : exitCodes.findings;
  },
);

function requireOneSource({ log, trace = [], against }: Given): void {
  if (log === undefined && trace.length === 0) {
    throw misuse('say which calls: `--log DIR` or `--trace FILE`');
  }
  if (log !== undefined && trace.length > 0) throw misuse('`--log` or `--trace`, not both');
  if (trace.length > 0 && against === undefined) {
    throw misuse(
      'a trace does not say what was decided: name rules to compare with, `--against RULES`',
    );
  }
}

function readCount(text: string): number {
  if (/^\d{1,4}$/u.test(text) && Number(text) <= 1000) return Number(text);
  throw misuse('`--examples`: expected a whole number, 0 to 1000');
}

/** Milliseconds since 1970; the end is now unless it was given. */
function readWindow({ since, until, trace = [] }: Given): Simulated['window'] {
  if (trace.length > 0) {
    if (since !== undefined || until !== undefined) {
      throw misuse('`--since` and `--until` are for logs: the calls of a trace have no time');
    }
    return undefined;
  }
  const nowMs = systemClock.nowMs();
  const sinceMs =
    since === undefined ? Number.NEGATIVE_INFINITY : readMoment('since', since, nowMs);
  // a call is dated a moment before it is written
  const untilMs =
    until === undefined ? Number.POSITIVE_INFINITY : readMoment('until', until, nowMs);
  if (sinceMs < untilMs) return { sinceMs, untilMs };
  throw misuse('`--since` is not before `--until`: no call could lie between them');
}

function readMoment(name: string, text: string, nowMs: number): number {
  const ms = parseMoment(text, nowMs);
  if (ms !== undefined) return ms;
  throw misuse(
    `\`--${name}\`: expected a time such as \`7d\`, \`12h\`, \`2026-11-20\` or \`2026-11-20T10:00Z\``,
  );
}

interface Sound extends ReadRules {
  readonly loaded: Extract<ReadRules['loaded'], { readonly ok: true }>;
}

/** Undefined after telling what is wrong with the rules. */
async function load(path: string, given: Given, io: CliIo): Promise<Sound | undefined> {
  const around = { cwd: io.cwd, env: given.env, knownFilters: knownFilters(given.filter) };
  const rules = (await loadVersion(path, given, io)) ?? (await readRules(path, around));
  if (rules.loaded.ok) return { files: rules.files, loaded: rules.loaded };
  tellProblems(path, rules, { isJson: given.json === true, io });
  return undefined;
}

function knownFilters(registered: readonly string[] = []): readonly string[] {
  return [...builtInFilters().map(({ name }) => name), ...registered];
}

/** What has no place of that name and looks like a version is one, of the data folder whose log is asked. */
async function loadVersion(
  name: string,
  { log, env, filter = [] }: Given,
  io: CliIo,
): Promise<ReadRules | undefined> {
  if (existsSync(resolve(io.cwd, name)) || !/^[0-9a-f]{6,64}$/u.test(name)) return undefined;
  if (log === undefined || !existsSync(resolve(io.cwd, log, 'records.db'))) {
    const hint = 'a version can be named where `--log` names the data folder that keeps it';
    throw notThere(`there are no rules at \`${name}\``, hint);
  }
  const folder = await findDataFolder({ dir: log }, io.cwd);
  const { files } = await readVersion(folder, { version: name }, io);
  const around = { nowMs: systemClock.nowMs(), knownFilters: knownFilters(filter) };
  return { files, loaded: loadRules(files, { ...around, ...(env === undefined ? {} : { env }) }) };
}

function tellProblems(
  path: string,
  { files, loaded }: ReadRules,
  { isJson, io }: { readonly isJson: boolean; readonly io: CliIo },
): void {
  const problems = loaded.ok ? [] : loaded.problems;
  if (isJson) {
    io.stdout.write(`${toPrintableJson({ problems: problems.map(problemToJson) })}\n`);
    return;
  }
  const style = createStyle(io, 'stderr');
  const shown = problems.map((each) => showProblem(each, files, style)).join('\n\n');
  // two sets may have files of the same names
  io.stderr.write(`the rules in ${toPrintable(path)} are not valid:\n\n${shown}\n`);
}

/** What no simulation shows: a filter that nobody registers denies, and a rule that has expired approves no more. */
function tellWarnings({ files, loaded }: Sound, io: CliIo): void {
  const style = createStyle(io, 'stderr');
  for (const warning of loaded.warnings) {
    io.stderr.write(`${showProblem(warning, files, style)}\n\n`);
  }
}

interface Source {
  readonly calls: AsyncIterable<RecordedCall>;
  notes(): Simulated['notes'];
  /** Lines that are not what was written, or no calls. */
  damages(): number;
  /** Nothing more is read: the progress is taken away. */
  done(): void;
}

interface Opening {
  readonly given: Given;
  readonly window: Simulated['window'];
  readonly sets: readonly RuleSet[];
}

async function openSource({ given, window, sets }: Opening, io: CliIo): Promise<Source> {
  const shared = { env: given.env ?? 'production', asksSessions: sets.some(asksSessions) };
  let progress = createProgress(io.stderr, 0);
  const talk = createTalk(io, () => progress.clear());
  if (window === undefined) {
    const files = (given.trace ?? []).map((file) => resolve(io.cwd, file));
    for (const [index, file] of files.entries()) {
      if (!existsSync(file)) throw notThere(`there is no file \`${given.trace?.[index] ?? file}\``);
    }
    const tools = given.tools === undefined ? [] : await readToolLists(given.tools, io.cwd);
    const onBadLine = ({ file, line, problem }: { file: string; line: number; problem: string }) =>
      talk.say(`${file}:${line}: ${problem}`);
    const trace = openRecordedTrace({ ...shared, files, tools, onBadLine });
    return {
      calls: trace.calls(),
      notes: () => ({ ...newCounts(), ...trace.counts }),
      damages: talk.count,
      done: talk.finish,
    };
  }
  const dir = await findLogFolder(given.log ?? '', io.cwd);
  const tools =
    given.tools === undefined ? undefined : await readTools(given.tools, { cwd: io.cwd });
  const log = await openRecordedLog({
    ...shared,
    ...window,
    dir,
    tools,
    onProgress: (bytes) => progress.show(log.counts.calls, bytes),
    onDamage: ({ segment, line, problem }) => talk.say(`${join(dir, segment)}:${line}: ${problem}`),
  });
  progress = createProgress(io.stderr, log.bytes);
  return {
    calls: log.calls(),
    notes: () => ({ ...log.counts }),
    damages: talk.count,
    done: talk.finish,
  };
}

const maxTold = 20;

/** Damaged lines are told one by one, until there are too many to read. */
function createTalk({ stderr }: CliIo, clear: () => void) {
  let count = 0;
  return {
    count: () => count,
    say(text: string): void {
      count += 1;
      if (count > maxTold) return;
      clear();
      stderr.write(`${toPrintable(text)}\n`);
    },
    finish(): void {
      clear();
      if (count > maxTold) stderr.write(`… and ${count - maxTold} more lines\n`);
    },
  };
}
