import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ReplayIo } from '../../src/cli/replay-io.ts';
import { runReplay } from '../../src/cli/replay.ts';

/** A recorded call that reads an order, but for what the test gives. */
export function row(more: { readonly [key: string]: unknown } = {}): string {
  const call = { suite: 'shop', session: 's', step: 0, tool: 'find_order', args: { id: '1' } };
  return JSON.stringify({ ...call, user_task: 'Where is my order?', result: 'sent', ...more });
}

export const tools = {
  shop: {
    find_order: { effect: 'read', undo: 'full' },
    add_label: { effect: 'write', undo: 'full' },
    send_mail: { effect: 'write', undo: 'none', external: true, destinations: ['to'] },
    calculate_BMI: { effect: 'read', undo: 'full' },
    calculate_bmi: { effect: 'read', undo: 'full' },
  },
};

export const rules = [
  { name: 'reads', condition: { effect: 'read' }, approval: 'auto_approve' },
  { name: 'mail', condition: { tool: 'send_mail' }, approval: 'require_review' },
  {
    name: 'labels',
    condition: { tool: 'add_label', max_per_minute: 2 },
    approval: 'auto_approve',
  },
];

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Of `--json`. */
  readonly rows: readonly { readonly [key: string]: unknown }[];
}

/** A folder with `trace.jsonl`, `tools.json` and `rules/`, gone after the test. */
export async function folderWith(
  lines: readonly string[] | Uint8Array,
  given: readonly unknown[] = rules,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ringfence-replay-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const trace = lines instanceof Uint8Array ? lines : `${lines.join('\n')}\n`;
  await writeFile(join(folder, 'trace.jsonl'), trace);
  await writeFile(join(folder, 'tools.json'), JSON.stringify(tools));
  await writeFile(join(folder, 'rules.json'), JSON.stringify({ rules: given }), { mode: 0o600 });
  return folder;
}

/** Runs the command in the folder; `isTTY` makes its stderr a terminal. */
export async function run(
  folder: string,
  argv: readonly string[],
  { isTTY = false }: { readonly isTTY?: boolean } = {},
): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const io: ReplayIo = {
    cwd: folder,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text), isTTY },
  };
  const code = await runReplay(argv, io);
  const lines = argv.includes('--json') ? stdout.split('\n').filter((line) => line !== '') : [];
  return { code, stdout, stderr, rows: lines.map((line) => JSON.parse(line)) };
}

/** The usual command line over the folder's own files. */
export const usual = ['trace.jsonl', '--rules', 'rules.json', '--tools', 'tools.json'];
