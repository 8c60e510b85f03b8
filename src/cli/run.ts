import { readFile } from 'node:fs/promises';
import { SupervisionError } from '../core/model/errors.ts';
import { nearestWord } from '../core/model/nearest-word.ts';
import type { Command } from './command.ts';
import { commands } from './commands.ts';
import { CliError, exitCodeOf, misuse } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { checkNodeVersion } from './node-version.ts';
import { findPackageFile } from '../files/package-file.ts';
import { toPrintable, toPrintableLines } from './printable.ts';
import { createStyle } from './style.ts';

/** Runs one command line (without `node` and the program's name); never throws, and says the exit code. */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    tell(error, argv, io);
    return exitCodeOf(error);
  }
}

async function dispatch(argv: readonly string[], io: CliIo): Promise<number> {
  const [first] = argv;
  if (first === '--version' || first === '-V') {
    io.stdout.write(`${await readVersion()}\n`);
    return 0;
  }
  if (first === '--help' || first === '-h' || first === 'help') {
    io.stdout.write(overview());
    return 0;
  }
  if (first === undefined) throw misuse('what shall it do?', 'run `ringfence --help` for a list');
  const { load, args } = findCommand(argv);
  checkNodeVersion(io.nodeVersion);
  return (await load())(args, io);
}

function findCommand(argv: readonly string[]): {
  load(): Promise<Command>;
  args: readonly string[];
} {
  for (const words of [2, 1]) {
    const entry = commands.get(argv.slice(0, words).join(' '));
    if (entry !== undefined && argv.length >= words)
      return { load: entry.load, args: argv.slice(words) };
  }
  throw unknownCommand(argv);
}

function unknownCommand([first = '', second]: readonly string[]): CliError {
  const names = [...commands.keys()];
  const family = names.filter((name) => name.startsWith(`${first} `));
  const hint = 'run `ringfence --help` for a list';
  if (family.length > 0) {
    const choices = family.map((name) => `\`ringfence ${name}\``).join(' or ');
    return misuse(`\`${first}\` needs another word: ${choices}`, hint);
  }
  if (first.startsWith('-'))
    return misuse(`options such as \`${first}\` come after a command`, hint);
  const near = nearestWord(first, names) ?? nearestWord(`${first} ${second ?? ''}`, names);
  const question = near === undefined ? '' : `; did you mean \`${near}\`?`;
  return misuse(`there is no command \`${first}\`${question}`, hint);
}

function overview(): string {
  const lines = [...commands].map(([name, { summary }]) => `  ${name.padEnd(14)} ${summary}`);
  return `usage: ringfence COMMAND [OPTIONS]

Supervision for the tool calls of AI agents.

commands:
${lines.join('\n')}

\`ringfence COMMAND --help\` tells more, with an example.
exit codes: 0 fine, 1 findings, 2 misuse, 3 nobody or nothing there
`;
}

async function readVersion(): Promise<string> {
  const text = await readFile(findPackageFile('package.json'), 'utf8');
  return /"version": "([^"]+)"/u.exec(text)?.[1] ?? 'unknown';
}

/** One line of what went wrong and one of what to do; with `--json` one JSON line. No stack, unless asked for. */
function tell(error: unknown, argv: readonly string[], io: CliIo): void {
  const { code, message, hint } = describe(error);
  if (argv.includes('--json')) {
    io.stderr.write(`${toPrintable(JSON.stringify({ error: { code, message } }))}\n`);
  } else {
    const style = createStyle(io, 'stderr');
    io.stderr.write(`${style.red('error:')} ${toPrintableLines(message)}\n`);
    if (hint !== undefined) io.stderr.write(`${toPrintableLines(hint)}\n`);
  }
  const wantsStack = (io.env['RINGFENCE_DEBUG'] ?? '') !== '';
  if (wantsStack && error instanceof Error) io.stderr.write(`${error.stack ?? ''}\n`);
}

function describe(error: unknown): { code: string; message: string; hint: string | undefined } {
  if (error instanceof CliError) return error;
  if (error instanceof SupervisionError) {
    return { code: error.code, message: error.message, hint: undefined };
  }
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  const hint = 'this was not foreseen; run it again with RINGFENCE_DEBUG=1 for the whole story';
  return { code: 'UNFORESEEN', message, hint };
}
