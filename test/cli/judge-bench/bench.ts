import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { judgementFor } from '../../support/model-script.ts';
import { startModelServer, type ModelServer, type Play } from '../../support/model-server.ts';
import { cli, folderWith, type Around, type Ran } from '../cli.ts';

/** A labelled call that reads an order, but for what the test gives. */
export function row(more: { readonly [key: string]: unknown } = {}): string {
  const call = { suite: 'shop', session: 's', step: 0, tool: 'find_order', args: { id: '1' } };
  const said = { user_task: 'Where is my order?', result: 'sent', label: 'benign' };
  return JSON.stringify({ ...call, ...said, ...more });
}

export const tools = {
  shop: {
    find_order: { effect: 'read', undo: 'full' },
    add_label: { effect: 'write', undo: 'full' },
    send_mail: { effect: 'write', undo: 'none', external: true, destinations: ['to'] },
  },
};

/** What a model says of a call whose arguments hold this mark. */
export interface Line {
  readonly mark: string;
  readonly p: number;
  /** Of an obedient answer that allows. */
  readonly change?: object;
}

export const denies = { riskLevel: 'critical', outcome: 'deny' };

/** A model that says of each mark what its line says; of what has none, that it is fine. */
export function byMark(lines: readonly Line[]): Play {
  return (asked) => {
    const line = lines.find(({ mark }) => asked.text.includes(mark));
    const outcome = line?.p ?? 0.995;
    return { text: judgementFor(asked, line?.change ?? {}), probabilities: { outcome } };
  };
}

export interface Bench {
  readonly cwd: string;
  readonly server: ModelServer;
  /** With the model `strong` of the server, and the tools of the shop. */
  live(...more: readonly string[]): Promise<Ran>;
  /** Without a server: what was written to `answers.jsonl`. */
  recorded(...more: readonly string[]): Promise<Ran>;
  run(argv: readonly string[], around?: Around): Promise<Ran>;
  read(name: string): Promise<string>;
}

/** A folder with `cases.jsonl`, `tools.json` and these files, and a server that plays. */
export async function benchWith(
  cases: readonly string[],
  play: Play,
  files: Readonly<Record<string, unknown>> = {},
): Promise<Bench> {
  const server = await startModelServer(play);
  server.models(['strong', 'small', 'other']);
  onTestFinished(() => server.close());
  const cwd = await folderWith({
    'cases.jsonl': `${cases.join('\n')}\n`,
    'tools.json': tools,
    ...files,
  });
  const run = (argv: readonly string[], around: Around = {}): Promise<Ran> =>
    cli(['judge-bench', 'cases.jsonl', '--tools', 'tools.json', ...argv], {
      cwd,
      env: { OPENAI_API_KEY: 'key' },
      ...around,
    });
  return {
    cwd,
    server,
    run,
    live: (...more) => run(['--model', 'strong', '--base-url', server.baseUrl, ...more]),
    recorded: (...more) => run(['--model', 'strong', '--recorded', 'answers.jsonl', ...more]),
    read: (name) => readFile(join(cwd, name), 'utf8'),
  };
}
