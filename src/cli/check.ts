import { isJsonArray, isJsonObject } from '../core/model/json.ts';
import { parseJson } from '../core/model/parse-json.ts';
import { matchTool } from '../core/rules/name-pattern.ts';
import {
  toProblems,
  type Finding,
  type RuleFile,
  type RuleProblem,
} from '../core/rules/problem.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import { builtInFilters } from '../filters/built-in.ts';
import { commonOptions, defineCommand } from './command.ts';
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
    const problems = loaded.ok
      ? [...loaded.warnings, ...(tools === undefined ? [] : findUnknownTools(loaded.set, tools))]
      : loaded.problems;
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
  const found = `${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}`;
  if (set === undefined) {
    io.stdout.write(`${style.red(found)} in ${count(files.length, 'file')}\n`);
    return;
  }
  const sizes = `${count(set.size, 'rule')} in ${count(files.length, 'file')}, ${count(countTests(set), 'test')}`;
  const verdict = problems.length === 0 ? style.green('fine') : style.yellow(found);
  io.stdout.write(`${sizes}: ${verdict} ${style.dim(`(version ${set.version.slice(0, 12)})`)}\n`);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function countTests({ rules }: RuleSet): number {
  return rules.reduce((sum, { source }) => sum + (source.tests?.length ?? 0), 0);
}

/** A rule whose `tool` no declared tool meets may be misspelt, and then protects nothing. */
function findUnknownTools(set: RuleSet, tools: DeclaredTools): readonly RuleProblem[] {
  const names = [...tools.keys()];
  const unknown = set.rules.filter(
    ({ tools: pattern }) =>
      pattern !== undefined &&
      ![...pattern.exact].some((name) => names.some((tool) => name.startsWith(`${tool}.`))) &&
      names.every((tool) => matchTool(pattern, tool, 'run').truth === false),
  );
  const places = new Map(set.files.map((file) => [file.name, indexRules(file)]));
  return unknown.flatMap(({ name, file }) => {
    const place = places.get(file);
    const index = place?.indexOf.get(name);
    if (place === undefined || index === undefined) return [];
    return toProblems(place.file, [noSuchTool(name, ['rules', index, 'condition', 'tool'])]);
  });
}

function indexRules(file: RuleFile) {
  const parsed = parseJson(file.text, { maxBytes: 64 * 1_048_576, maxDepth: 64 });
  const listed = parsed.ok && isJsonObject(parsed.value) ? parsed.value['rules'] : undefined;
  const names = isJsonArray(listed) ? listed.map((one) => isJsonObject(one) && one['name']) : [];
  return { file, indexOf: new Map(names.map((name, index) => [name, index])) };
}

function noSuchTool(rule: string, path: Finding['path']): Finding {
  return {
    severity: 'warning',
    path,
    rule,
    message: 'no tool of the tools file has this name, so the rule meets no call',
    remedy: 'correct the name, or declare the tool',
  };
}
