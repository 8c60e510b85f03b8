import { commonOptions, defineCommand } from './command.ts';
import { confirm } from './confirm.ts';
import { findDataFolder, folderHelp, folderOptions, type DataFolder } from './data-folder.ts';
import { CliError, exitCodes, misuse } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { ask } from './owner.ts';
import {
  parseState,
  reasonHelp,
  reasonOption,
  showDiff,
  tellState,
  toReason,
  type RulesState,
} from './rules-state.ts';
import { createStyle } from './style.ts';

export const rulesUnpin = defineCommand(
  {
    usage: 'rules unpin [--yes] [--reason TEXT] [--dir DIR] [--config FILE] [--json]',
    about: `Shows what the files on disk change, asks, ends the pin and puts them in force as one set.
What is put in force is what was shown: if the files change meanwhile, nothing happens. Files that are not valid
leave the pin as it is. Without a terminal, --yes is needed.`,
    options: {
      yes: { type: 'boolean', short: 'y' },
      ...reasonOption,
      ...folderOptions,
      ...commonOptions,
    },
    help: { yes: 'do not ask', ...reasonHelp, ...folderHelp },
    operands: [0, 0],
    example: 'ringfence rules unpin --reason "refunds mended"',
  },
  async ({ values }, io) => {
    const folder = await findDataFolder(values, io.cwd);
    return release('pin', { ...values, folder, io });
  },
);

/** Ends a pin or a hold: shows, asks, and puts in force what was shown. */
export async function release(
  kind: 'pin' | 'hold',
  given: {
    readonly folder: DataFolder;
    readonly io: CliIo;
    readonly yes?: boolean | undefined;
    readonly json?: boolean | undefined;
    readonly reason?: string | undefined;
  },
): Promise<number> {
  const { folder, io, yes = false, json = false, reason } = given;
  const state = parseState(await ask(folder, { verb: 'rules.reload' }, io));
  if (state.frozen?.kind === kind) await agree(state, kind, { io, yes });
  const version = state.disk?.version ?? state.rules;
  const request = { verb: 'rules.release', kind, version, ...toReason(reason) } as const;
  return tellState(await ask(folder, request, io), json, io);
}

async function agree(
  { disk }: RulesState,
  kind: 'pin' | 'hold',
  { io, yes }: { readonly io: CliIo; readonly yes: boolean },
): Promise<void> {
  if (disk === null) return;
  io.stderr.write(`${showDiff(disk, createStyle(io, 'stderr'))}\n`);
  if (yes) return;
  if (!io.isTty.stdin || !io.isTty.stderr)
    throw misuse('there is no terminal to ask on', 'pass `--yes`');
  if (await confirm('put this in force?', io)) return;
  throw new CliError(
    { exitCode: exitCodes.findings, code: 'NOT_CONFIRMED' },
    `not confirmed; the ${kind} stays`,
  );
}
