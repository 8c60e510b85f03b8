import { measureCoverage, type Coverage } from '../core/rules/coverage.ts';
import { commonOptions, defineCommand } from './command.ts';
import { countOf } from './count-of.ts';
import { coverageToJson, shareOf, showCoverage } from './coverage-table.ts';
import { exitCodes, misuse } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { toPrintable, toPrintableJson } from './printable.ts';
import { problemToJson, readRules, showProblem, type ReadRules } from './read-rules.ts';
import { runAllTests, type Failure, type TestRun } from './run-tests.ts';
import { createStyle, type Style } from './style.ts';
import { readTestFiles } from './test-files.ts';

export const test = defineCommand(
  {
    usage: 'test RULES [--coverage] [--min-coverage PERCENT] [--env NAME] [--json]',
    about: `Runs the tests that stand in rules, and those of the files *.tests.json in the folder, on a clock of their own
and with their limits counted. Shows what each failure got, from which rule and why.
--coverage says which rules and which parts of their conditions no test saw true, or none saw false.
Exit code 1 if a test fails, if the rules are not valid, or if less is covered than --min-coverage asks.`,
    options: {
      coverage: { type: 'boolean' },
      'min-coverage': { type: 'string' },
      env: { type: 'string' },
      ...commonOptions,
    },
    help: {
      coverage: 'show what no test exercises',
      'min-coverage': 'percent, 0 to 100; below it the command fails',
      env: 'the environment of tests that name none (default production)',
    },
    operands: [1, 1],
    example: 'ringfence test rules --coverage --min-coverage 80',
  },
  async ({ values, operands: [path = ''] }, io) => {
    const least = readPercent(values['min-coverage']);
    const { env } = values;
    const read = await readRules(path, { cwd: io.cwd, env, skipTests: true });
    if (!read.loaded.ok) return tellProblems(read, values.json === true, io);
    const { set } = read.loaded;
    const files = await readTestFiles(path, io.cwd);
    const run = runAllTests(set, files, env === undefined ? {} : { env });
    const coverage = measureCoverage(set, run.trials);
    const wanted = values.coverage === true || least !== undefined ? coverage : undefined;
    if (values.json === true) io.stdout.write(`${toPrintableJson(toJson(run, wanted))}\n`);
    else show(run, wanted, io);
    const isEnough = least === undefined || shareOf(coverage) >= least;
    return run.failures.length === 0 && isEnough ? exitCodes.fine : exitCodes.findings;
  },
);

function readPercent(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const percent = /^\d{1,3}(?:\.\d+)?$/u.test(text) ? Number(text) : Number.NaN;
  if (percent >= 0 && percent <= 100) return percent;
  throw misuse('`--min-coverage` is a number from 0 to 100');
}

function tellProblems({ files, loaded }: ReadRules, isJson: boolean, io: CliIo): number {
  const problems = loaded.ok ? [] : loaded.problems;
  if (isJson) {
    io.stdout.write(`${toPrintableJson({ ok: false, problems: problems.map(problemToJson) })}\n`);
  } else {
    const style = createStyle(io, 'stderr');
    for (const problem of problems) io.stderr.write(`${showProblem(problem, files, style)}\n\n`);
  }
  return exitCodes.findings;
}

function toJson({ tests, failures }: TestRun, coverage: Coverage | undefined) {
  return {
    ok: failures.length === 0,
    tests,
    failures: failures.map((failure) => ({ ...failure })),
    coverage: coverage === undefined ? null : coverageToJson(coverage),
  };
}

function show({ tests, failures }: TestRun, coverage: Coverage | undefined, io: CliIo): void {
  const style = createStyle(io);
  for (const failure of failures) io.stdout.write(`${showFailure(failure, style)}\n\n`);
  if (coverage !== undefined) io.stdout.write(`${showCoverage(coverage, style)}\n`);
  const verdict =
    failures.length === 0
      ? style.green('all pass')
      : style.red(`${failures.length} of them not as expected`);
  io.stdout.write(`${countOf(tests, 'test')}: ${verdict}\n`);
}

function showFailure(failure: Failure, style: Style): string {
  const { expected, code, nearest } = failure;
  const [file, of, at, given] = [failure.file, failure.of, failure.at, failure.given].map(
    toPrintable,
  );
  const rule = failure.rule;
  const by = rule === null ? 'no rule matches' : `rule \`${rule}\`, ${code}`;
  const lines = [
    style.red([file, of, at].filter((word) => word !== '').join(' ')),
    `  expected ${expected}`,
    `  but got  ${given}${code === '' ? '' : ` (${by})`}`,
    ...(nearest === null
      ? []
      : [`  nearest  rule \`${nearest.rule}\` misses by ${nearest.missed}`]),
  ];
  return lines.join('\n');
}
