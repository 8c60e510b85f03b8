import { resolve } from 'node:path';
import { lintRules } from '../core/rules/lint/lint.ts';
import type { RuleFile, RuleProblem } from '../core/rules/problem.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import { findUnreadFiles } from '../files/unread-files.ts';
import { builtInFilters } from '../filters/built-in.ts';
import { commonOptions, defineCommand } from './command.ts';
import { countOf } from './count-of.ts';
import { exitCodes } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { toPrintableJson } from './printable.ts';
import { problemToJson, readRules, showProblem } from './read-rules.ts';
import { createStyle } from './style.ts';
import { readTools, type DeclaredTools } from './tools-file.ts';

export const check = defineCommand(
  {
    usage: 'check DIR [--tools TOOLS.json] [--group NAME] [--filter NAME]... [--env NAME] [--json]',
    about: `Reads the rules in DIR (a folder, or one file) as the hypervisor would: every mistake of every file is
shown in its line with a remedy, and the tests that stand in rules are run. Changes nothing.
Exit code 1 if there are errors; warnings alone are fine.`,
    options: {
      tools: { type: 'string' },
      group: { type: 'string' },
      filter: { type: 'string', multiple: true },
      env: { type: 'string' },
      ...commonOptions,
    },
    help: {
      tools: 'warn of rules that speak of tools which this file lacks',
      group: 'of a tools file in groups, the one to take',
      filter:
        'a filter that your program registers beside the built-in ones; may stand several times',
      env: 'the environment of tests that name none (default production)',
    },
    operands: [1, 1],
    example: 'ringfence check rules --tools tools.json',
  },
  async ({ values, operands: [path = ''] }, io) => {
    const { files, loaded } = await readRules(path, {
      cwd: io.cwd,
      env: values.env,
      knownFilters: [...builtInFilters().map(({ name }) => name), ...(values.filter ?? [])],
    });
    const tools =
      values.tools === undefined
        ? undefined
        : await readTools(values.tools, { cwd: io.cwd, group: values.group });
    const found = loaded.ok ? [...loaded.warnings, ...findOdd(files, tools)] : loaded.problems;
    const problems = [...found, ...(await findUnreadFiles(resolve(io.cwd, path)))];
    const result = { files, problems, set: loaded.ok ? loaded.set : undefined };
    if (values.json === true) io.stdout.write(`${toPrintableJson(toJson(result))}\n`);
    else show(result, io);
    return loaded.ok ? exitCodes.fine : exitCodes.findings;
  },
);

interface Result {
  readonly files: readonly RuleFile[];
  readonly problems: readonly RuleProblem[];
  readonly set: RuleSet | undefined;
}

function toJson({ files, problems, set }: Result) {
  return {
    ok: set !== undefined,
    files: files.length,
    rules: set?.size ?? null,
    tests: set === undefined ? null : countTests(set),
    version: set?.version ?? null,
    problems: problems.map(problemToJson),
  };
}

function show({ files, problems, set }: Result, io: CliIo): void {
  const style = createStyle(io);
  for (const problem of problems) io.stdout.write(`${showProblem(problem, files, style)}\n\n`);
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const found = `${countOf(errors, 'error')}, ${countOf(problems.length - errors, 'warning')}`;
  if (set === undefined) {
    io.stdout.write(`${style.red(found)} in ${countOf(files.length, 'file')}\n`);
    return;
  }
  const sizes = `${countOf(set.size, 'rule')} in ${countOf(files.length, 'file')}, ${countOf(countTests(set), 'test')}`;
  const verdict = problems.length === 0 ? style.green('fine') : style.yellow(found);
  io.stdout.write(`${sizes}: ${verdict} ${style.dim(`(version ${set.version.slice(0, 12)})`)}\n`);
}

function countTests({ rules }: RuleSet): number {
  return rules.reduce((sum, { source }) => sum + (source.tests?.length ?? 0), 0);
}

/** What loading has said already. */
const saidBefore: ReadonlySet<string> = new Set(['deny-limit', 'idle-on-exceed']);

/** The warnings of `ringfence lint`; its notes, and what loading has said already, are left to that command. */
function findOdd(
  files: readonly RuleFile[],
  tools: DeclaredTools | undefined,
): readonly RuleProblem[] {
  const findings = lintRules(files, tools === undefined ? {} : { tools });
  return findings.flatMap(({ code, severity, ...finding }) =>
    severity === 'note' || saidBefore.has(code) ? [] : [{ ...finding, severity }],
  );
}
