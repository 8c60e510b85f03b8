import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder, folderHelp, folderOptions } from './data-folder.ts';
import { ask } from './owner.ts';
import { reasonHelp, reasonOption, tellDone, toReason, toVersion } from './rules-state.ts';

const options = { ...reasonOption, ...folderOptions, ...commonOptions } as const;
const help = { ...reasonHelp, ...folderHelp };

export const rulesRollback = defineCommand(
  {
    usage: 'rules rollback VERSION [--reason TEXT] [--dir DIR] [--config FILE] [--json]',
    about: `Puts VERSION in force again as a new entry of the history, and pins it: the files on disk stay as they are, and
do not take effect until \`ringfence rules unpin\`. It is checked against the action log and tested before; if it
does not load here any more, nothing changes. It may loosen: that is logged, and by whom.
That the files on disk differ is told, and no failure: exit code 0.`,
    options,
    help,
    operands: [1, 1],
    example: 'ringfence rules rollback 5d41402abc4b --reason "refunds stopped"',
  },
  async ({ values, operands: [text = ''] }, io) => {
    const version = toVersion(text);
    const request = { verb: 'rules.rollback', version, ...toReason(values.reason) } as const;
    const folder = await findDataFolder(values, io.cwd);
    return tellDone(await ask(folder, request, io), values.json === true, io);
  },
);

export const rulesPin = defineCommand(
  {
    usage: 'rules pin [--reason TEXT] [--dir DIR] [--config FILE] [--json]',
    about: `Keeps the rules that are in force, whatever is saved: edits are checked and told of, and do not take effect
until \`ringfence rules unpin\`, restarts included.`,
    options,
    help,
    operands: [0, 0],
    example: 'ringfence rules pin --reason "release freeze"',
  },
  async ({ values }, io) => {
    const folder = await findDataFolder(values, io.cwd);
    const request = { verb: 'rules.pin', ...toReason(values.reason) } as const;
    return tellDone(await ask(folder, request, io), values.json === true, io);
  },
);
