import { systemClock } from '../stores/system/clock.ts';
import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder, folderHelp, folderOptions } from './data-folder.ts';
import { exitCodes } from './exit-code.ts';
import { ask } from './owner.ts';
import { parsePending, showPending } from './pending.ts';
import { toPrintableJson } from './printable.ts';
import { createStyle } from './style.ts';

export const inbox = defineCommand(
  {
    usage: 'inbox [--dir DIR] [--config FILE] [--json]',
    about: `Lists the calls that wait for a person, the oldest first, with all that an answer should rest on.
What is invisible or could deceive in names and arguments is shown as \\uXXXX. Exit code 0 if none waits.`,
    options: { ...folderOptions, ...commonOptions },
    help: folderHelp,
    operands: [0, 0],
    example: 'ringfence inbox',
  },
  async ({ values }, io) => {
    const folder = await findDataFolder(values, io.cwd);
    const pending = parsePending(await ask(folder, { verb: 'inbox' }, io)).toSorted(
      (one, other) => one.openedAtMs - other.openedAtMs,
    );
    if (values.json === true) {
      io.stdout.write(`${toPrintableJson(pending)}\n`);
      return exitCodes.fine;
    }
    const style = createStyle(io);
    const nowMs = systemClock.nowMs();
    for (const each of pending) io.stdout.write(`${showPending(each, nowMs, style)}\n\n`);
    const hint =
      pending.length === 0
        ? 'nothing waits for a person'
        : `${pending.length} waiting; \`ringfence approve ID\` or \`ringfence deny ID\``;
    io.stderr.write(`${hint}\n`);
    return exitCodes.fine;
  },
);
