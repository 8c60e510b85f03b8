import { z } from 'zod';
import { historyEntrySchema } from '../files/rule-history.ts';
import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder, folderHelp, folderOptions } from './data-folder.ts';
import { exitCodes, misuse } from './exit-code.ts';
import { ask } from './owner.ts';
import { toPrintable, toPrintableJson } from './printable.ts';
import { createStyle, type Style } from './style.ts';

const listSchema = z.array(historyEntrySchema.extend({ files: z.number() }));
type Listed = z.infer<typeof listSchema>[number];

const defaultLast = 20;

export const rulesHistory = defineCommand(
  {
    usage: 'rules history [--last N] [--dir DIR] [--config FILE] [--json]',
    about: `Lists the rules that were in force, the newest last: since when, which version, how it came (start, edit,
accept, release, rollback), by whom, its tests, how many rules were added, removed and changed, and why.
An edit that never took effect is in the action log (\`ringfence audit tail\`), not here.`,
    options: { last: { type: 'string' }, ...folderOptions, ...commonOptions },
    help: { last: `how many (default ${defaultLast})`, ...folderHelp },
    operands: [0, 0],
    example: 'ringfence rules history --last 5',
  },
  async ({ values }, io) => {
    const last = values.last === undefined ? defaultLast : Number(values.last);
    if (!Number.isSafeInteger(last) || last < 1) throw misuse('`--last` is a whole number from 1');
    const folder = await findDataFolder(values, io.cwd);
    const entries = listSchema.parse(await ask(folder, { verb: 'rules.history', last }, io));
    const style = createStyle(io);
    const lines =
      values.json === true
        ? [toPrintableJson(entries)]
        : entries.flatMap((entry) => showEntry(entry, style));
    for (const line of lines) io.stdout.write(`${line}\n`);
    return exitCodes.fine;
  },
);

function showEntry(entry: Listed, style: Style): readonly string[] {
  const { time, to, via, author, reason, tests, counts } = entry;
  const changes = `+${counts.added} -${counts.removed} ~${counts.changed}`;
  const passed = `tests ${tests.passed}/${tests.ran}`;
  const loosened = counts.loosened === 0 ? '' : style.red(` loosens ${counts.loosened}`);
  const head = `${new Date(time).toISOString()} ${style.bold(to.slice(0, 12))} ${via}`;
  const line = `${head} by ${toPrintable(author)}  ${changes}  ${passed}${loosened}`;
  return reason === null ? [line] : [line, style.dim(`  ${toPrintable(reason)}`)];
}
