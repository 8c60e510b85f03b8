import { z } from 'zod';
import { toTrial, type Trial } from '../core/rules/embedded-tests.ts';
import { givenSchema, writtenCallSchema, writtenTimeSchema } from '../core/rules/test-source.ts';
import { resolvePaths } from '../core/supervisors/resolve-paths.ts';
import { createRealPaths } from '../files/real-paths.ts';
import type { RuleTrace } from '../core/rules/trace.ts';
import { systemClock } from '../stores/system/clock.ts';
import { commonOptions, defineCommand } from './command.ts';
import { exitCodes, misuse } from './exit-code.ts';
import { showTrace, traceToJson } from './explain-show.ts';
import type { CliIo } from './io.ts';
import { readJsonFile } from './json-file.ts';
import { toPrintableJson } from './printable.ts';
import { problemToJson, readRules, showProblem, type ReadRules } from './read-rules.ts';
import { createStyle } from './style.ts';
import { pickTool, readTools } from './tools-file.ts';

const callSchema = writtenCallSchema.extend({
  time: writtenTimeSchema.optional(),
  given: z.array(givenSchema).optional(),
});
type WrittenCall = z.output<typeof callSchema>;

export const explain = defineCommand(
  {
    usage: 'explain CALL.json --rules DIR [--tools TOOLS.json] [--group NAME] [--json]',
    about: `Says how the rules decide the call in CALL.json, and why: every rule that speaks of its tool, each part of
its condition (true, false, error), and the nearest rule that would have allowed it.
CALL.json is { "tool": …, "action"?, "args"?, "role"?, "permission"?, "agent"?, "session"?, "env"?, "ring"?,
"manifest"?, "schema"?, "time"?, "given"? }, as in the tests of rules; "given" is what happened in its session before.
Only the rules are asked: no ring, rate, limit or kill switch.
Exit code 0 whatever the verdict; 1 if the rules are not valid.`,
    options: {
      rules: { type: 'string' },
      tools: { type: 'string' },
      group: { type: 'string' },
      ...commonOptions,
    },
    help: {
      rules: 'the folder of rules, or one file',
      tools: 'what is declared of the tools (manifest, action, schema)',
      group: 'of a tools file in groups, the one to take',
    },
    operands: [1, 1],
    example: 'ringfence explain refund.json --rules rules --tools tools.json',
  },
  async ({ values, operands: [path = ''] }, io) => {
    if (values.rules === undefined) throw misuse('`--rules DIR` is missing');
    const { cwd } = io;
    const written = await readJsonFile(callSchema, { cwd, path, code: 'ARGS_INVALID' });
    const call = await declare(written, { cwd, path: values.tools, group: values.group });
    const rules = await readRules(values.rules, { cwd });
    if (!rules.loaded.ok) return tellProblems(rules, values.json === true, io);
    const { set } = rules.loaded;
    const { time, given } = written;
    const trial = toTrial({ call, time, given }, { nowMs: systemClock.nowMs() });
    const wanted = set.pathsOf(trial.call, trial.facts.tool);
    const realPath = await resolvePaths(createRealPaths(), wanted);
    const trace = set.explain(trial.call, { ...trial.facts, realPath });
    show({ trace, trial, version: set.version }, values.json === true, io);
    return exitCodes.fine;
  },
);

/** What the call does not say of its tool, the tools file does. */
async function declare(
  call: WrittenCall,
  { path, ...options }: { cwd: string; path: string | undefined; group: string | undefined },
): Promise<z.output<typeof writtenCallSchema>> {
  if (path === undefined) return call;
  const tool = pickTool(await readTools(path, options), call.tool, path);
  return {
    ...call,
    action: call.action ?? (typeof tool.action === 'string' ? tool.action : undefined),
    manifest: call.manifest ?? toWritten(tool.manifest),
    schema: call.schema ?? z.json().optional().parse(tool.schema),
  };
}

/** Only what rules can ask of a manifest. */
function toWritten(manifest: Trial['facts']['tool']['manifest']): WrittenCall['manifest'] {
  if (manifest === undefined) return undefined;
  const { effect, undo, output, external, destinations } = manifest;
  return {
    effect,
    undo,
    ...(output === undefined ? {} : { output }),
    ...(external === undefined ? {} : { external }),
    ...(destinations === undefined ? {} : { destinations: [...destinations] }),
  };
}

function tellProblems({ files, loaded }: ReadRules, isJson: boolean, io: CliIo): number {
  const problems = loaded.ok ? loaded.warnings : loaded.problems;
  if (isJson) {
    io.stdout.write(`${toPrintableJson({ problems: problems.map(problemToJson) })}\n`);
  } else {
    const style = createStyle(io, 'stderr');
    const shown = problems.map((problem) => showProblem(problem, files, style));
    io.stderr.write(`${shown.join('\n\n')}\n`);
  }
  return exitCodes.findings;
}

function show(
  explained: { readonly trace: RuleTrace; readonly trial: Trial; readonly version: string },
  isJson: boolean,
  io: CliIo,
): void {
  if (isJson)
    io.stdout.write(`${toPrintableJson(traceToJson(explained.trace, explained.version))}\n`);
  else io.stdout.write(showTrace(explained, createStyle(io)));
}
