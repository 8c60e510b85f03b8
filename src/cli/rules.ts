import { z } from 'zod';
import type { Json } from '../core/model/json.ts';
import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder, folderHelp, folderOptions } from './data-folder.ts';
import { exitCodes, misuse } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { ask } from './owner.ts';
import { toPrintable, toPrintableJson, toPrintableLines } from './printable.ts';
import { createStyle } from './style.ts';

export const rulesReload = defineCommand(
  {
    usage: 'rules reload [--dir DIR] [--config FILE] [--json]',
    about: `Reads the rules now instead of waiting for the watcher, and says which version is in force then.
Exit code 1 if that is not what the files say: since they are not valid, or since they loosen and wait.`,
    options: { ...folderOptions, ...commonOptions },
    help: folderHelp,
    operands: [0, 0],
    example: 'ringfence rules reload',
  },
  async ({ values }, io) => {
    const folder = await findDataFolder(values, io.cwd);
    return tell(await ask(folder, { verb: 'rules.reload' }, io), values.json === true, io);
  },
);

export const rulesAccept = defineCommand(
  {
    usage: 'rules accept VERSION [--dir DIR] [--config FILE] [--json]',
    about: `Puts rules in force that loosen and therefore wait (\`activate: tightening\`). \`ringfence rules reload\` and
\`ringfence health\` name the VERSION that waits and what it loosens; six characters of it or more are enough.`,
    options: { ...folderOptions, ...commonOptions },
    help: folderHelp,
    operands: [1, 1],
    example: 'ringfence rules accept 5d41402abc4b',
  },
  async ({ values, operands: [text = ''] }, io) => {
    const version = text.toLowerCase();
    if (!/^[0-9a-f]{6,64}$/u.test(version)) {
      throw misuse(`\`${text}\` is no version: expected six or more of its hexadecimal digits`);
    }
    const folder = await findDataFolder(values, io.cwd);
    return tell(await ask(folder, { verb: 'rules.accept', version }, io), values.json === true, io);
  },
);

const stateSchema = z.object({
  rules: z.string(),
  problems: z.array(z.string()),
  waiting: z.string().nullable(),
});

function tell(answer: Json, isJson: boolean, io: CliIo): number {
  const state = stateSchema.parse(answer);
  if (isJson) {
    io.stdout.write(`${toPrintableJson(state)}\n`);
  } else {
    const style = createStyle(io);
    for (const problem of state.problems) {
      io.stdout.write(`${style.red('problem')}  ${toPrintableLines(problem)}\n`);
    }
    io.stdout.write(`rules ${toPrintable(state.rules)} are in force\n`);
  }
  return state.problems.length === 0 ? exitCodes.fine : exitCodes.findings;
}
