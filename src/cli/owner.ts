import { setTimeout as wait } from 'node:timers/promises';
import { SupervisionError } from '../core/model/errors.ts';
import type { Json } from '../core/model/json.ts';
import { askOwner } from '../files/control-client.ts';
import type { ControlRequest } from '../files/control-protocol.ts';
import type { DataFolder } from './data-folder.ts';
import { CliError, exitCodes, misuse, notThere } from './exit-code.ts';
import type { CliIo } from './io.ts';
import { toPrintable } from './printable.ts';

/** Asks the hypervisor that runs on the folder; throws where none does. */
export async function askRunning({ dir }: DataFolder, request: ControlRequest): Promise<Json> {
  const answer = await askOwner(dir, request).catch(explainSocket);
  if (answer !== undefined) return answer;
  throw notThere(
    `nobody runs on \`${dir}\`, or does not listen on its socket`,
    'start your program; `ringfence audit verify` looks at its log meanwhile',
  );
}

const attempts = 20;
const waitMs = 100;

/**
 * Asks the hypervisor that owns the folder; where nobody runs, owns the folder for that long and does it itself.
 * Throws what is refused, and DIR_OWNED where somebody owns the folder but does not listen.
 */
export async function ask(folder: DataFolder, request: ControlRequest, io: CliIo): Promise<Json> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await askOwner(folder.dir, request).catch(explainSocket);
    if (answer !== undefined) return answer;
    try {
      return await doItself(folder, request, io);
    } catch (error) {
      const isOwned = error instanceof SupervisionError && error.code === 'DIR_OWNED';
      if (!isOwned || attempt >= attempts) throw error;
    }
    // an owner that starts or ends has the lock and does not listen, for a moment
    await wait(waitMs);
  }
}

async function doItself(folder: DataFolder, request: ControlRequest, io: CliIo): Promise<Json> {
  const { openControl, openWithoutRules } = await import('../setup.ts');
  const { runVerb } = await import('../files/control-verbs.ts');
  const { dir, rules, settings } = folder;
  const options = { ...settings, dir, logger: false } as const;
  const control = await (needsRules(request, folder) && rules !== undefined
    ? openControl({ ...options, rules })
    : openWithoutRules(options));
  try {
    io.stderr.write(`nobody runs on ${toPrintable(dir)}; opened it for this\n`);
    return await runVerb(control, request, control.person);
  } finally {
    await control.hypervisor.close();
  }
}

/** What reads no rule files and puts none in force. */
const unruled: ReadonlySet<ControlRequest['verb']> = new Set([
  'health',
  'inbox',
  'answer',
  'kill',
  'revive',
  'rules.history',
  'rules.entry',
  'rules.entry-at',
  'trials.report',
  'trials.lift',
]);

/** A kill or an answer must not fail over a mistake in the rules, nor put an edit of them in force. */
function needsRules({ verb }: ControlRequest, { rules }: DataFolder): boolean {
  if (unruled.has(verb)) return false;
  if (rules !== undefined) return true;
  throw misuse(
    'nobody runs on this data folder, and its rules are not known',
    'name them in a configuration (`rules_file`), and it with `--config`',
  );
}

function explainSocket(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EACCES' && code !== 'EPERM') throw error;
  throw new CliError(
    { exitCode: exitCodes.nobodyThere, code: 'NOT_THERE' },
    'the data folder belongs to another user; run this as that user',
  );
}
