import { parseArgs, type ParseArgsOptionDescriptor } from 'node:util';
import { nearestWord } from '../core/model/nearest-word.ts';
import { misuse } from './exit-code.ts';
import type { CliIo } from './io.ts';

/** Options by their long names. */
export type Options = Readonly<Record<string, ParseArgsOptionDescriptor>>;
interface Config<O extends Options> {
  args: string[];
  options: O;
  strict: true;
  allowPositionals: true;
}
type Values<O extends Options> = ReturnType<typeof parseArgs<Config<O>>>['values'];

export interface CommandSpec<O extends Options> {
  /** After `ringfence `: its words, operands in capitals. */
  readonly usage: string;
  /** What it does, and what its exit codes mean where that is not plain. */
  readonly about: string;
  readonly options: O;
  /** One line an option, as help shows it; `--json` and `--help` are told already. */
  readonly help: Readonly<Partial<Record<keyof O, string>>>;
  /** How many operands: at least and at most. */
  readonly operands: readonly [least: number, most: number];
  /** A whole line that works. */
  readonly example: string;
}

/** A command reads its own arguments, writes to the streams and says how the program ends. */
export type Command = (args: readonly string[], io: CliIo) => Promise<number>;

/** Every command has these two. */
export const commonOptions = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies Options;

/** A command from its description: parses strictly, answers `--help`, and refuses the rest with its usage line. */
export function defineCommand<const O extends Options>(
  spec: CommandSpec<O>,
  run: (
    given: { readonly values: Values<O>; readonly operands: readonly string[] },
    io: CliIo,
  ) => Promise<number>,
): Command {
  return async (args, io) => {
    if (asksForHelp(args)) {
      io.stdout.write(showHelp(spec));
      return 0;
    }
    const { values, positionals } = parseStrictly(spec, args);
    const [least, most] = spec.operands;
    if (positionals.length < least) throw misuse('something is missing', usageLine(spec));
    if (positionals.length > most) {
      throw misuse(`\`${positionals[most] ?? ''}\` is one operand too many`, usageLine(spec));
    }
    return run({ values, operands: positionals }, io);
  };
}

/** `--help` or `-h`, before any `--`. */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end < 0 ? args : args.slice(0, end);
  return options.includes('--help') || options.includes('-h');
}

function parseStrictly<O extends Options>(spec: CommandSpec<O>, args: readonly string[]) {
  const { options } = spec;
  try {
    return parseArgs<Config<O>>({
      args: [...args],
      options,
      strict: true,
      allowPositionals: true,
    });
  } catch (error) {
    throw misuse(explain(error, Object.keys(options)), usageLine(spec));
  }
}

function explain(error: unknown, known: readonly string[]): string {
  if (!(error instanceof Error)) return 'the options cannot be read';
  const unknown = /^Unknown option '-{1,2}([^']*)'/u.exec(error.message)?.[1];
  if (unknown === undefined)
    return `${error.message.charAt(0).toLowerCase()}${error.message.slice(1).split('. ')[0] ?? ''}`;
  const near = nearestWord(unknown, known);
  const question = near === undefined ? '' : `; did you mean \`--${near}\`?`;
  return `there is no option \`${unknown.length === 1 ? '-' : '--'}${unknown}\`${question}`;
}

function usageLine({ usage }: Pick<CommandSpec<Options>, 'usage'>): string {
  return `usage: ringfence ${usage}`;
}

/** What `--help` prints. */
export function showHelp<O extends Options>(spec: CommandSpec<O>): string {
  const lines = Object.keys(spec.options)
    .map((name) => showOption(name, spec.options[name], spec.help[name]))
    .join('\n');
  return `${usageLine(spec)}\n\n${spec.about}\n\noptions:\n${lines}\n\nexample:\n  ${spec.example}\n`;
}

const commonHelp: Readonly<Record<string, string>> = {
  json: 'answer in JSON, for programs',
  help: 'show this',
};

function showOption(
  name: string,
  option: ParseArgsOptionDescriptor | undefined,
  help: string | undefined,
): string {
  const short = option?.short === undefined ? '    ' : `-${option.short}, `;
  const left = `  ${short}--${name}`;
  return `${left.padEnd(22)} ${help ?? commonHelp[name] ?? ''}`.trimEnd();
}
