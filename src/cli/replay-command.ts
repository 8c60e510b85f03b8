import { asksForHelp, commonOptions, showHelp, type Command } from './command.ts';
import { runReplay } from './replay.ts';

const spec = {
  usage: 'replay TRACE.jsonl... --rules DIR [--tools TOOLS.json] [--ring N] [--step TIME] [--json]',
  about: `Feeds recorded calls (one JSON object a line: tool, args, session, step …) through the real pipeline under the
rules in DIR, with a clock of its own, and counts verdicts by tool and by rule; with labels it scores them.
A bad line is told with its number and the rest still runs. With --json each call is one line.
Exit code 1 if there were bad lines or the rules are not valid.`,
  options: {
    rules: { type: 'string' },
    tools: { type: 'string' },
    ring: { type: 'string' },
    step: { type: 'string' },
    ...commonOptions,
  },
  help: {
    rules: 'the folder of rules, or one file',
    tools: 'what is declared of the tools, by suite or by name',
    ring: 'of all agents, 0 to 3 (default 1, so that the rules decide)',
    step: 'how far the clock goes from call to call (default 1s)',
  },
  operands: [1, Number.POSITIVE_INFINITY],
  example: 'ringfence replay calls.jsonl --rules rules --tools tools.json',
} as const;

/** `ringfence replay`, which reads its own arguments; only help is answered here. */
export const replay: Command = async (args, io) => {
  if (!asksForHelp(args)) return runReplay(args, io);
  io.stdout.write(showHelp(spec));
  return 0;
};
