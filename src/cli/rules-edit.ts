import { spawn } from 'node:child_process';
import { toSpanMs } from '../core/rules/time-span.ts';
import { defaultHoldMs } from '../files/rule-freeze.ts';
import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder, folderHelp, folderOptions } from './data-folder.ts';
import { CliError, exitCodes, misuse } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { ask } from './owner.ts';
import { release } from './rules-release.ts';
import { findRules } from './rules-folder.ts';
import { reasonHelp, reasonOption, tellDone, toReason } from './rules-state.ts';

export const rulesEdit = defineCommand(
  {
    usage: `rules edit [--hold | --release] [--for TIME] [--yes] [--reason TEXT] [--dir DIR] [--config FILE] [--json]`,
    about: `Collects the saves of several files, so that no half of an edit takes effect (a rule that moves between files).
With --hold: from now on edits are checked and wait; edit as you like, then --release shows what changes, asks, and
puts it in force as one set with your name and reason. With neither: holds, opens $VISUAL or $EDITOR on the rules,
and releases when it ends.
A hold lasts 15 minutes unless --for says otherwise, restarts included. One that nobody releases ends with an error in
the log: what only tightens takes effect then, what loosens waits for \`ringfence rules accept\`.`,
    options: {
      hold: { type: 'boolean' },
      release: { type: 'boolean' },
      for: { type: 'string' },
      yes: { type: 'boolean', short: 'y' },
      ...reasonOption,
      ...folderOptions,
      ...commonOptions,
    },
    help: {
      hold: 'start collecting, or start the time anew',
      release: 'end it, and put the files in force',
      for: 'how long, such as 90s, 30m or 2h (default 15m, a day at most)',
      yes: 'with --release: do not ask',
      ...reasonHelp,
      ...folderHelp,
    },
    operands: [0, 0],
    example: 'ringfence rules edit --hold --for 30m --reason "split payments.json"',
  },
  async ({ values }, io) => {
    if (values.hold === true && values.release === true)
      throw misuse('--hold starts and --release ends; give one of them');
    const forMs = toHoldMs(values.for);
    const folder = await findDataFolder(values, io.cwd);
    if (values.release === true) return release('hold', { ...values, folder, io });
    const request = { verb: 'rules.hold', forMs, ...toReason(values.reason) } as const;
    if (values.hold === true) {
      const code = tellDone(await ask(folder, request, io), values.json === true, io);
      io.stderr.write('edit the files, then run `ringfence rules edit --release`\n');
      return code;
    }
    const editor = findEditor(io);
    const rules = await findRules(folder, io);
    await ask(folder, request, io);
    await openEditor(editor, rules, io);
    return release('hold', { ...values, folder, io });
  },
);

function toHoldMs(text: string | undefined): number {
  if (text === undefined) return defaultHoldMs;
  const ms = toSpanMs(text);
  if (Number.isNaN(ms)) throw misuse(`\`${text}\` is no time: write 90s, 30m or 2h`);
  return ms;
}

function findEditor({ env, isTty }: CliIo): string {
  const { VISUAL = '', EDITOR = '' } = env;
  const editor = VISUAL || EDITOR;
  if (editor === '' || !isTty.stdin)
    throw misuse('there is no editor to open', 'set EDITOR on a terminal, or use --hold');
  return editor;
}

/** As git does it: the shell reads the editor's own arguments, and the path is never part of its text. */
async function openEditor(editor: string, rules: string, io: CliIo): Promise<void> {
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', rules], { stdio: 'inherit' });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('exit', resolve);
  child.on('error', reject);
  const code = await promise;
  if (code === 0) return;
  io.stderr.write('the hold stays: `ringfence rules edit --release` ends it\n');
  throw new CliError(
    { exitCode: exitCodes.findings, code: 'EDITOR_FAILED' },
    `the editor ended with ${code ?? 'a signal'}`,
  );
}
