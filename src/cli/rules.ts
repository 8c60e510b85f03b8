import { isJsonObject, toText, type Json } from '../core/model/json.ts';
import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder, folderHelp, folderOptions } from './data-folder.ts';
import { exitCodes, misuse } from './exit-code.ts';
import { ask } from './owner.ts';
import { toPrintableJson } from './printable.ts';

export const rulesReload = defineCommand(
  {
    usage: 'rules reload [--dir DIR] [--config FILE] [--json]',
    about: `Reads the rules now instead of waiting for the watcher, and says which version is in force then.
What is wrong with the files, \`ringfence health\` and \`ringfence check\` tell.`,
    options: { ...folderOptions, ...commonOptions },
    help: folderHelp,
    operands: [0, 0],
    example: 'ringfence rules reload',
  },
  async ({ values }, io) => {
    const folder = await findDataFolder(values, io.cwd);
    const answer = await ask(folder, { verb: 'rules.reload' }, io);
    io.stdout.write(`${show(answer, values.json === true)}\n`);
    return exitCodes.fine;
  },
);

export const rulesAccept = defineCommand(
  {
    usage: 'rules accept VERSION [--dir DIR] [--config FILE] [--json]',
    about: `Puts rules in force that loosen and therefore wait (\`activate: tightening\`). \`ringfence health\` names the
VERSION that waits and what it loosens; six characters of it or more are enough.`,
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
    const answer = await ask(folder, { verb: 'rules.accept', version }, io);
    io.stdout.write(`${show(answer, values.json === true)}\n`);
    return exitCodes.fine;
  },
);

function show(answer: Json, isJson: boolean): string {
  if (isJson) return toPrintableJson(answer);
  const version = isJsonObject(answer) ? toText(answer['rules']) : '';
  return `rules ${version} are in force`;
}
