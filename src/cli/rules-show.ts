import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder, folderHelp, folderOptions } from './data-folder.ts';
import { exitCodes, misuse } from './exit-code.ts';
import { toPrintable, toPrintableJson, toPrintableLines } from './printable.ts';
import { readVersion, type KeptVersion } from './rules-entry.ts';
import { toVersion } from './rules-state.ts';
import { createStyle, type Style } from './style.ts';

export const rulesShow = defineCommand(
  {
    usage: 'rules show [VERSION | --at TIME] [--dir DIR] [--config FILE] [--json]',
    about: `Prints the rule files of VERSION (the \`rulesVersion\` of a decision) as they were, or those that were in force
at TIME (ISO 8601 with a zone, such as 2026-11-23T10:00:00Z). What it prints was checked: the entry against the
action log, every file against its hash. Exit code 1 if something was changed by hand.`,
    options: { at: { type: 'string' }, ...folderOptions, ...commonOptions },
    help: { at: 'a time instead of a version', ...folderHelp },
    operands: [0, 1],
    example: 'ringfence rules show 5d41402abc4b',
  },
  async ({ values, operands: [version] }, io) => {
    const which = toWhich(version, values.at);
    const folder = await findDataFolder(values, io.cwd);
    const kept = await readVersion(folder, which, io);
    const text =
      values.json === true
        ? toPrintableJson({ ...kept.entry, files: kept.files.map((file) => ({ ...file })) })
        : showVersion(kept, createStyle(io));
    io.stdout.write(`${text}\n`);
    return exitCodes.fine;
  },
);

function toWhich(
  version: string | undefined,
  at: string | undefined,
): { version: string } | { timeMs: number } {
  if ((version === undefined) === (at === undefined))
    throw misuse('name a VERSION, or `--at TIME`');
  if (version !== undefined) return { version: toVersion(version) };
  const timeMs = /(?:Z|[+-]\d\d:\d\d)$/u.test(at ?? '') ? Date.parse(at ?? '') : Number.NaN;
  if (Number.isNaN(timeMs)) {
    throw misuse(`\`${at}\` is no time: write it with a zone, such as \`2026-11-23T10:00:00Z\``);
  }
  return { timeMs };
}

function showVersion({ entry, files }: KeptVersion, style: Style): string {
  const { to, time, via, author, reason, seq, tests } = entry;
  const why = reason === null ? '' : `: ${toPrintable(reason)}`;
  const when = new Date(time).toISOString();
  const head = [
    style.bold(`rules ${to}`),
    `in force since ${when}, ${via} by ${toPrintable(author)}${why}`,
    `tests ${tests.passed}/${tests.ran}; checked against entry ${seq} of the action log`,
  ];
  const shown = files.flatMap(({ name, text }) => [
    style.cyan(`--- ${toPrintable(name)}`),
    toPrintableLines(text.endsWith('\n') ? text.slice(0, -1) : text),
  ]);
  return [...head, ...shown].join('\n');
}
