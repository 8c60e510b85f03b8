import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder, folderHelp, folderOptions } from './data-folder.ts';
import { ask } from './owner.ts';
import { reasonHelp, reasonOption, tellState, toReason, toVersion } from './rules-state.ts';

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
    return tellState(await ask(folder, { verb: 'rules.reload' }, io), values.json === true, io);
  },
);

export const rulesAccept = defineCommand(
  {
    usage: 'rules accept VERSION [--reason TEXT] [--dir DIR] [--config FILE] [--json]',
    about: `Puts rules in force that loosen and therefore wait (\`activate: tightening\`). \`ringfence rules reload\` and
\`ringfence health\` name the VERSION that waits and what it loosens; six characters of it or more are enough.`,
    options: { ...reasonOption, ...folderOptions, ...commonOptions },
    help: { ...reasonHelp, ...folderHelp },
    operands: [1, 1],
    example: 'ringfence rules accept 5d41402abc4b',
  },
  async ({ values, operands: [text = ''] }, io) => {
    const version = toVersion(text);
    const request = { verb: 'rules.accept', version, ...toReason(values.reason) } as const;
    const folder = await findDataFolder(values, io.cwd);
    return tellState(await ask(folder, request, io), values.json === true, io);
  },
);
