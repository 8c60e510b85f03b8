import { z } from 'zod';
import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder, folderHelp, folderOptions } from './data-folder.ts';
import { exitCodes } from './exit-code.ts';
import { askRunning } from './owner.ts';
import { toPrintable, toPrintableJson, toPrintableLines } from './printable.ts';
import { createStyle } from './style.ts';

const healthSchema = z.object({
  ok: z.boolean(),
  problems: z.array(z.string()),
  rules: z.string(),
});

export const health = defineCommand(
  {
    usage: 'health [--dir DIR] [--config FILE] [--json]',
    about: `Says whether all is well with the hypervisor on the data folder, each problem in a line, and which rules are
in force. Exit code 1 if there are problems, 3 if nobody runs.`,
    options: { ...folderOptions, ...commonOptions },
    help: folderHelp,
    operands: [0, 0],
    example: 'ringfence health',
  },
  async ({ values }, io) => {
    const folder = await findDataFolder(values, io.cwd);
    const state = healthSchema.parse(await askRunning(folder, { verb: 'health' }));
    const { ok, problems, rules } = state;
    if (values.json === true) {
      io.stdout.write(`${toPrintableJson(state)}\n`);
    } else {
      const style = createStyle(io);
      for (const problem of problems)
        io.stdout.write(`${style.red('problem')}  ${toPrintableLines(problem)}\n`);
      io.stdout.write(
        `${ok ? style.green('healthy') : style.red('not healthy')}  rules ${toPrintable(rules)}\n`,
      );
    }
    return ok ? exitCodes.fine : exitCodes.findings;
  },
);
