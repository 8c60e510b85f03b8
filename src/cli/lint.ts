import { lintRules } from '../core/rules/lint/lint.ts';
import type { LintFinding } from '../core/rules/lint/lint-finding.ts';
import type { RuleFile, RuleProblem } from '../core/rules/problem.ts';
import { systemClock } from '../stores/system/clock.ts';
import { commonOptions, defineCommand } from './command.ts';
import { exitCodes, misuse } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { countOf } from './count-of.ts';
import { toPrintableJson } from './printable.ts';
import { findingToJson, problemToJson, readRules, showFinding, showProblem } from './read-rules.ts';
import { createStyle } from './style.ts';
import { readTools } from './tools-file.ts';

export const lint = defineCommand(
  {
    usage: 'lint RULES [--tools TOOLS.json] [--group NAME] [--against RULES] [--strict] [--json]',
    about: `Says what is odd about rules that load: rules that can never decide anything, that contradict each other,
that allow more than they seem to. docs/lint.md explains every code. RULES is a folder, or one file.
Exit code 1 if there are errors, with --strict also for warnings; notes alone are fine.`,
    options: {
      tools: { type: 'string' },
      group: { type: 'string' },
      against: { type: 'string' },
      strict: { type: 'boolean' },
      ...commonOptions,
    },
    help: {
      tools: 'compare with what this file declares of tools, actions and arguments',
      group: 'of a tools file in groups, the one to take',
      against: 'the rules before: finds renamed ones, whose limits start anew',
      strict: 'warnings count as errors',
    },
    operands: [1, 1],
    example: 'ringfence lint rules --tools tools.json --strict',
  },
  async ({ values, operands: [path = ''] }, io) => {
    const { files, loaded } = await readRules(path, { cwd: io.cwd });
    const { tools, group, against, strict = false } = values;
    const options = {
      nowMs: systemClock.nowMs(),
      ...(tools === undefined ? {} : { tools: await readTools(tools, { cwd: io.cwd, group }) }),
      ...(against === undefined ? {} : { before: await readBefore(against, io.cwd) }),
    };
    const refused = loaded.ok ? [] : loaded.problems.filter(isError);
    const findings = lintRules(files, options);
    // what makes a set invalid and is a finding too is told once, as the finding
    const problems = refused.filter(
      ({ file, pointer }) =>
        !findings.some((other) => other.file === file && other.pointer === pointer),
    );
    const result = { files, problems, findings };
    if (values.json === true) io.stdout.write(`${toPrintableJson(toJson(result))}\n`);
    else show(result, io);
    const isFound = findings.some(
      ({ severity }) => severity === 'error' || (strict && severity === 'warning'),
    );
    return problems.length > 0 || isFound ? exitCodes.findings : exitCodes.fine;
  },
);

function isError({ severity }: RuleProblem): boolean {
  return severity === 'error';
}

async function readBefore(path: string, cwd: string) {
  const { loaded } = await readRules(path, { cwd });
  if (loaded.ok) return loaded.set.rules;
  throw misuse(`the rules before, \`${path}\`, are not valid`, `see \`ringfence check ${path}\``);
}

interface Result {
  readonly files: readonly RuleFile[];
  readonly problems: readonly RuleProblem[];
  readonly findings: readonly LintFinding[];
}

function toJson({ files, problems, findings }: Result) {
  return {
    files: files.length,
    problems: problems.map(problemToJson),
    findings: findings.map(findingToJson),
  };
}

function show({ files, problems, findings }: Result, io: CliIo): void {
  const style = createStyle(io);
  for (const problem of problems) io.stdout.write(`${showProblem(problem, files, style)}\n\n`);
  for (const finding of findings) io.stdout.write(`${showFinding(finding, files, style)}\n\n`);
  const total = (severity: string) =>
    findings.filter((finding) => finding.severity === severity).length;
  const errors = total('error') + problems.length;
  const counts = [
    countOf(errors, 'error'),
    countOf(total('warning'), 'warning'),
    countOf(total('note'), 'note'),
  ];
  const said = findings.length + problems.length === 0 ? style.green('fine') : counts.join(', ');
  io.stdout.write(`${countOf(files.length, 'file')}: ${errors > 0 ? style.red(said) : said}\n`);
}
