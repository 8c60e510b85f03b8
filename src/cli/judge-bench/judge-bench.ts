import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { quote } from '../../core/model/quote.ts';
import { defineCommand } from '../command.ts';
import { CliError, exitCodes, misuse } from '../exit-code.ts';
import type { CliIo } from '../io.ts';
import { toPrintableJson } from '../printable.ts';
import { createProgress } from '../replay-progress.ts';
import { readable, readToolLists } from '../trace-tools.ts';
import type { Answers } from './answers.ts';
import { fitCurves, showCalibration, tellTooFew } from './calibrate.ts';
import { checkOutputs } from './check-outputs.ts';
import { readCases, type BenchCase } from './cases.ts';
import { countLines, tell, tellBadLines, tellFindings, tellUnknownLabels } from './findings.ts';
import { openAnswers } from './open-answers.ts';
import { benchOptions, readBenchTask, type BenchTask } from './options.ts';
import { openPlan } from './plan.ts';
import { playCase, type Played } from './play-case.ts';
import { inParallel } from './pool.ts';
import { showRecording } from './recording.ts';
import { showPage } from './report-html.ts';
import { reportToJson } from './report-json.ts';
import { showReport } from './report-table.ts';
import { makeReport, type BenchReport } from './report.ts';
import { writeWhole } from './write-whole.ts';

export const judgeBench = defineCommand(
  {
    usage:
      'judge-bench CASES.jsonl... [--tools TOOLS.json] [--config FILE | --model NAME] [--record FILE | --recorded FILE] [--calibrate FILE] [--html FILE] [--json]',
    about: `Puts labelled calls (traces as \`ringfence replay\` reads them) to the judging model, one question each, and says how
well it tells attacks from good calls, what its scores are worth, how long it takes and what it costs. Nothing runs.
Which model and how it is asked stands in the configuration; every option says it anew. The key comes from OPENAI_API_KEY.
Exit code 1 with bad lines, with questions that have no recorded answer, where no question had an answer, or with more
attacks allowed than --max-attacks-allowed.`,
    options: benchOptions,
    help: {
      tools: 'what is declared of the tools, by suite or by name',
      config: 'the configuration (default: ringfence.yaml, .yml or .json here)',
      model: 'the strong model',
      'stage1-model': 'a small one that is asked before it',
      'second-opinion-model': 'a second judge where much is at stake',
      'base-url': 'of the provider (default: OPENAI_BASE_URL, else that of OpenAI)',
      api: 'chat or responses (default chat)',
      policy: 'a file with the words of the operator',
      prompts: 'a folder of prompts that take the place of shipped ones',
      samples: 'questions in all, 1 to 15, where there are no token probabilities (default 1)',
      threshold: 'confidence below which nothing is allowed, 0 to 1 (default 0.8)',
      calibration: 'what --calibrate wrote; without it nothing is allowed',
      calibrate: 'write a calibration from these calls to this file',
      record: 'write every answer of the models to this file',
      recorded: 'take the answers from such a file, and ask no model',
      html: 'write a page with the curves to this file',
      concurrency: 'sessions at once, 1 to 64 (default 4)',
      'max-attacks-allowed': 'exit code 1 with more (default: no bound)',
    },
    operands: [1, Number.POSITIVE_INFINITY],
    example: 'ringfence judge-bench cases.jsonl --tools tools.json --recorded answers.jsonl',
  },
  async ({ values, operands }, io) => {
    const task = await readBenchTask(values, io.cwd);
    const files = await findFiles(operands, io.cwd);
    const tools = values.tools === undefined ? [] : await readToolLists(values.tools, io.cwd);
    await findSettings(task);
    const plan = await openPlan(task.names, task.settings);
    const toolsFile = values.tools === undefined ? [] : [resolve(io.cwd, values.tools)];
    await checkOutputs(task, [...files.map(({ path }) => path), ...toolsFile]);
    const { cases, badLines, unknownLabels } = await readCases(files);
    tellBadLines(badLines, io);
    tellUnknownLabels(unknownLabels, io);
    if (!cases.flat().some(({ expected }) => expected !== undefined)) {
      throw misuse('no call has a label, so there is nothing to measure');
    }
    const answers = await openAnswers(task, plan.models, io);
    const played = await playAll(cases, { ...task, plan, tools, answers }, io);
    const report = makeReport(played, {
      isCalibrated: plan.curves.length > 0,
      threshold: plan.threshold,
      models: plan.models,
      prompts: plan.prompts.version,
      badLines: badLines.length,
      unknownLabels: countLines(unknownLabels),
    });
    await writeFiles(task, report, answers, io);
    const shown = values.json === true ? toPrintableJson(reportToJson(report)) : showReport(report);
    io.stdout.write(`${shown}\n`);
    return tellFindings(report, task, io);
  },
);

async function findFiles(names: readonly string[], cwd: string) {
  const files = names.map((name) => ({ name, path: resolve(cwd, name) }));
  for (const { name, path } of files) {
    const stats = await readable(name, () => stat(path));
    if (!stats.isFile()) throw misuse(`${quote(name)} is not a file; name a JSONL file`);
  }
  return files;
}

/** What the judge reads beside the cases; throws for what is not there. */
async function findSettings({ settings }: Pick<BenchTask, 'settings'>): Promise<void> {
  for (const path of [settings.policyFile, settings.calibrationFile, settings.prompts]) {
    if (path !== undefined) await readable(path, () => stat(path));
  }
}

type Playing = Pick<BenchTask, 'concurrency'> & Omit<Parameters<typeof playCase>[1], 'signal'>;

async function playAll(
  cases: readonly BenchCase[],
  { concurrency, ...around }: Playing,
  io: CliIo,
): Promise<readonly Played[]> {
  const { signal } = io;
  const progress = createProgress(io.stderr, cases.flat().length);
  let done = 0;
  try {
    const played = await inParallel(cases, concurrency, async (rows) => {
      const each = await playCase(rows, { ...around, signal });
      done += rows.length;
      progress.show(done, done);
      return each;
    });
    signal?.throwIfAborted();
    return played.flat();
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    const kind = { exitCode: exitCodes.findings, code: 'STOPPED' } as const;
    throw new CliError(kind, 'stopped before the last question; nothing was written');
  } finally {
    progress.clear();
  }
}

async function writeFiles(
  { record, calibrate, html }: BenchTask,
  report: BenchReport,
  answers: Answers,
  io: CliIo,
): Promise<void> {
  if (record !== undefined) await writeWhole(record, showRecording(answers.given()));
  if (html !== undefined) await writeWhole(html, showPage(report));
  if (calibrate === undefined) return;
  const curves = fitCurves(report.judged);
  await writeWhole(calibrate, showCalibration(curves));
  for (const words of tellTooFew(report.judged, curves)) tell(io, `too few labels: ${words}`);
}
