import type { KillScope } from '../core/model/call.ts';
import { commonOptions, defineCommand } from './command.ts';
import { findDataFolder, folderHelp, folderOptions } from './data-folder.ts';
import { exitCodes, misuse } from './exit-code.ts';
import { ask } from './owner.ts';
import { toPrintable, toPrintableJson } from './printable.ts';

const scopes = 'SCOPE is `all`, `tool:NAME` (or `tool:NAME.ACTION`), `agent:NAME` or `session:ID`.';
const maxReason = 2000;

export const kill = defineCommand(
  {
    usage: 'kill SCOPE --reason TEXT [--dir DIR] [--config FILE] [--json]',
    about: `Stops what SCOPE names, now: calls are denied, tools that run are aborted. It stays stopped, restarts
included, until it is revived. Works with broken rules, and while nobody runs.
${scopes}`,
    options: { reason: { type: 'string' }, ...folderOptions, ...commonOptions },
    help: { reason: 'why, for the log; required', ...folderHelp },
    operands: [1, 1],
    example: 'ringfence kill tool:shell --reason "incident 42"',
  },
  async ({ values, operands: [text = ''] }, io) => {
    const scope = parseScope(text);
    const reason = values.reason?.trim() ?? '';
    if (reason === '') throw misuse('`--reason TEXT` is missing', 'the log should say why');
    if (reason.length > maxReason)
      throw misuse(`the reason is longer than ${maxReason} characters`);
    const folder = await findDataFolder(values, io.cwd);
    const answer = await ask(folder, { verb: 'kill', scope, reason }, io);
    const line = values.json === true ? toPrintableJson(answer) : `stopped ${toPrintable(text)}`;
    io.stdout.write(`${line}\n`);
    return exitCodes.fine;
  },
);

export const revive = defineCommand(
  {
    usage: 'revive SCOPE [--dir DIR] [--config FILE] [--json]',
    about: `Takes back a kill of exactly SCOPE; fine if there was none. Other kills stay.
${scopes}`,
    options: { ...folderOptions, ...commonOptions },
    help: folderHelp,
    operands: [1, 1],
    example: 'ringfence revive tool:shell',
  },
  async ({ values, operands: [text = ''] }, io) => {
    const scope = parseScope(text);
    const folder = await findDataFolder(values, io.cwd);
    const answer = await ask(folder, { verb: 'revive', scope }, io);
    const line = values.json === true ? toPrintableJson(answer) : `revived ${toPrintable(text)}`;
    io.stdout.write(`${line}\n`);
    return exitCodes.fine;
  },
);

function parseScope(text: string): KillScope {
  if (text === 'all') return 'all';
  const [, kind, name] = /^(tool|agent|session):(.+)$/su.exec(text) ?? [];
  if (name !== undefined) {
    if (kind === 'tool') return { tool: name };
    if (kind === 'agent') return { agent: name };
    if (kind === 'session') return { session: name };
  }
  throw misuse(`\`${text}\` is no scope`, scopes);
}
