import { isWanted, mayHoldWanted, parseBenchArguments, type BenchOptions } from './arguments.ts';
import type { Figure, Suite } from './figure.ts';
import { toJsonLine, toTextLine } from './format.ts';
import { describeMachine } from './machine.ts';
import { suites } from './suites.ts';

const usage = 'usage: npm run bench -- [--json] [--short] [--only PATTERN]';

process.exitCode = await main(process.argv.slice(2));

/** 0 when everything asked for was measured, met or not; 1 when something failed; 2 for a misuse. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(help());
    return 0;
  }
  const options = readOptions(args);
  if (options === undefined) return 2;
  const wanted = suites.filter(
    (suite) =>
      (suite.isShort || !options.short) &&
      suite.figures.some((name) => mayHoldWanted(name, options.only)),
  );
  if (wanted.length === 0) {
    const known = suites.flatMap(({ figures }) => figures).join(', ');
    console.error(`bench: nothing is called \`${options.only ?? ''}\`; there are ${known}`);
    return 2;
  }
  console.error(
    `bench: ${describeMachine()}${options.short ? '; a short run, for signs of life and not for quoting' : ''}`,
  );
  let failures = 0;
  for (const suite of wanted) failures += (await run(suite, options)) ? 0 : 1;
  return failures === 0 ? 0 : 1;
}

function readOptions(args: readonly string[]): BenchOptions | undefined {
  try {
    return parseBenchArguments(args);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`bench: ${reason}\n${usage}`);
    return undefined;
  }
}

function help(): string {
  const known = suites.flatMap(({ figures }) => figures).map((name) => `  ${name}`);
  return `${usage}

  --json          one line of JSON a figure, and nothing else, on stdout
  --short         under a minute: signs of life, not for quoting
  --only PATTERN  figures whose name holds PATTERN; \`*\` stands for any text

figures, by the beginning of their names:
${known.join('\n')}`;
}

async function run(suite: Suite, { short, json, only }: BenchOptions): Promise<boolean> {
  const note = (text: string): void => console.error(`bench: ${suite.figures[0] ?? ''}: ${text}`);
  try {
    const figures = await suite.measure({ short, note });
    for (const figure of figures) if (isWanted(figure.name, only)) print(figure, json);
    return true;
  } catch (error) {
    note(`failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return false;
  }
}

function print(figure: Figure, json: boolean): void {
  console.log(json ? toJsonLine(figure) : toTextLine(figure));
}
