import { isJsonObject, toText } from '../core/model/json.ts';
import { systemClock } from '../stores/system/clock.ts';
import { commonOptions, defineCommand, type Command } from './command.ts';
import { confirm } from './confirm.ts';
import { findDataFolder, folderHelp, folderOptions } from './data-folder.ts';
import { CliError, exitCodes, misuse, notThere } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { ask } from './owner.ts';
import { parsePending, showPending, type Pending } from './pending.ts';
import { toPrintable, toPrintableJson } from './printable.ts';
import { createStyle } from './style.ts';

export const approve = defineAnswer('approve', 'allow', 'lets it run');
export const deny = defineAnswer('deny', 'deny', 'refuses it');

function defineAnswer(name: string, verdict: 'allow' | 'deny', effect: string): Command {
  return defineCommand(
    {
      usage: `${name} ID [--yes | --fingerprint HEX] [--dir DIR] [--config FILE] [--json]`,
      about: `Shows the waiting call ID, asks, and ${effect}. ID may be its first six characters or more.
The answer is for the very call that was shown: if another took its place meanwhile, it is refused.
You are who the operating system says; who asked for a call cannot answer it.
Without a terminal, --yes or --fingerprint is needed. Exit code 3 if no such call waits, 1 if the answer is
not taken.`,
      options: {
        yes: { type: 'boolean', short: 'y' },
        fingerprint: { type: 'string' },
        ...folderOptions,
        ...commonOptions,
      },
      help: {
        yes: 'do not ask',
        fingerprint: 'of the call that you saw; do not ask, and refuse any other',
        ...folderHelp,
      },
      operands: [1, 1],
      example: `ringfence ${name} 3f9a1c`,
    },
    async ({ values, operands: [id = ''] }, io) => {
      const { yes = false, fingerprint } = values;
      if (!yes && fingerprint === undefined) requireTerminal(io);
      const folder = await findDataFolder(values, io.cwd);
      const pending = pick(parsePending(await ask(folder, { verb: 'inbox' }, io)), id);
      io.stderr.write(`${showPending(pending, systemClock.nowMs(), createStyle(io, 'stderr'))}\n`);
      checkFingerprint(pending, fingerprint);
      if (!yes && fingerprint === undefined && !(await confirm(`${name} this call?`, io))) {
        throw new CliError(
          { exitCode: exitCodes.findings, code: 'NOT_CONFIRMED' },
          'not confirmed; nothing was done',
        );
      }
      const { approvalId } = pending;
      const request = {
        verb: 'answer',
        approvalId,
        verdict,
        fingerprint: pending.fingerprint,
      } as const;
      const answer = await ask(folder, request, io);
      const person = isJsonObject(answer) ? toText(answer['person']) : '';
      const done = verdict === 'allow' ? 'approved' : 'denied';
      const line =
        values.json === true
          ? toPrintableJson(answer)
          : toPrintable(`${done} ${approvalId} as ${person}`);
      io.stdout.write(`${line}\n`);
      return exitCodes.fine;
    },
  );
}

function requireTerminal({ isTty }: CliIo): void {
  if (isTty.stdin && isTty.stderr) return;
  throw misuse(
    'there is no terminal to ask on',
    'pass `--fingerprint HEX` of the call that you saw (`ringfence inbox`), or `--yes`',
  );
}

function pick(waiting: readonly Pending[], given: string): Pending {
  const id = given.toLowerCase();
  if (!/^[0-9a-f]{6,64}$/u.test(id)) {
    throw misuse(`\`${given}\` is no id: expected six or more of its hexadecimal digits`);
  }
  const [first, ...others] = waiting.filter(({ approvalId }) => approvalId.startsWith(id));
  if (first === undefined) {
    throw notThere(
      `no call \`${id}\` waits for a person`,
      'it may be answered or expired; see `ringfence inbox`',
    );
  }
  if (others.length > 0)
    throw misuse(`\`${id}\` begins the ids of ${others.length + 1} waiting calls; give more of it`);
  return first;
}

function checkFingerprint({ fingerprint }: Pending, seen: string | undefined): void {
  if (seen === undefined || seen.toLowerCase() === fingerprint) return;
  throw new CliError(
    { exitCode: exitCodes.findings, code: 'APPROVAL_REFUSED' },
    'this is another call than the fingerprint is of; nothing was done',
  );
}
