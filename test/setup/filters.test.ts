import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createHypervisor,
  createHypervisorFromConfig,
  pii,
  supervise,
  type Hypervisor,
  type HypervisorOptions,
} from '../../src/index.ts';
import { answerAll, ticketOf } from '../support/tools.ts';

let root = '';
let open: Hypervisor | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ringfence-filters-'));
  await chmod(root, 0o700);
});
afterEach(async () => {
  await open?.close();
  open = undefined;
  await rm(root, { recursive: true, force: true });
});

/** Opens the same folder again and again, as restarts would; sends what it is given, back again. */
async function start(
  rule: object,
  { config, ...more }: Partial<HypervisorOptions> & { readonly config?: string } = {},
) {
  await open?.close();
  const rules = join(root, 'rules.json');
  const mail = { name: 'mail', condition: { tool: 'mail' }, approval: 'auto_approve', ...rule };
  await writeFile(rules, JSON.stringify({ rules: [mail] }), { mode: 0o600 });
  const authenticate = async (who: unknown) => String(who);
  const dir = join(root, 'data');
  const options = { dir, logger: false, waitMs: 0, authenticate, ...more } as const;
  open =
    config === undefined
      ? await createHypervisor({ ...options, rules })
      : await createHypervisorFromConfig(config, options);
  const sent: string[] = [];
  const tool = supervise(
    {
      name: 'mail',
      description: 'Sends',
      schema: z.object({ text: z.string() }),
      manifest: { effect: 'write', undo: 'full' },
      run: ({ text }) => {
        sent.push(text);
        return { sent: text, by: 'robot@example.com' };
      },
    },
    open,
  );
  return { hypervisor: open, tool, sent };
}

const args = { text: 'ask bob@example.com' };

describe('filters on real files', () => {
  it('are there by their names, without set-up', async () => {
    const { tool, sent, hypervisor } = await start({ filters: ['pii', 'html_escape'] });
    expect(await tool.invoke(args)).toEqual({ sent: 'ask [email]', by: '[email]' });
    expect(sent).toEqual(['ask [email]']);
    expect((await hypervisor.health()).problems).toEqual([]);
  });

  it('give way to one of the same name', async () => {
    const { tool, sent } = await start(
      { filters: ['pii'] },
      { filters: [pii({ mode: 'refuse' })] },
    );
    expect(await tool.attempt(args)).toMatchObject({ why: { by: 'pii', code: 'FILTER_DENIED' } });
    expect(sent).toEqual([]);
  });

  it('are set up by a configuration file, and code comes last', async () => {
    const guidelines = join(root, 'brand.json');
    const config = join(root, 'ringfence.json');
    const [html_escape, brand_guidelines] = [{ on: ['result'] }, { file: 'brand.json' }];
    await writeFile(guidelines, '{"words": ["cheap"]}', { mode: 0o600 });
    await writeFile(
      config,
      JSON.stringify({
        rules_file: 'rules.json',
        filters: { pii: { mode: 'refuse' }, html_escape, brand_guidelines },
      }),
      { mode: 0o600 },
    );
    const { tool } = await start(
      { filters: ['pii', 'html_escape', 'brand_guidelines'] },
      { config, filters: [pii({ kinds: ['card'] })] },
    );
    expect(await tool.attempt({ text: 'so cheap' })).toMatchObject({
      why: { by: 'brand_guidelines' },
    });
    expect(await tool.attempt({ text: `in ${guidelines}` })).toMatchObject({
      why: { code: 'OUT_OF_BOUNDS' },
    });
    const text = '<b> for bob@example.com';
    expect(await tool.invoke({ text })).toMatchObject({ sent: '&lt;b&gt; for bob@example.com' });
  });

  it('bind an approval to the rewritten call, over a restart too', async () => {
    const rule = { approval: 'require_review', filters: ['pii'] };
    const first = await start(rule);
    const ticket = ticketOf(await first.tool.attempt(args));
    const [asked] = await first.hypervisor.approvals.list();
    expect(asked?.call.args).toEqual({ text: 'ask [email]' });
    await answerAll(first.hypervisor);

    const second = await start(rule);
    expect(await second.tool.resume(ticket)).toMatchObject({
      status: 'done',
      value: { sent: 'ask [email]', by: '[email]' },
    });
    expect([first.sent, second.sent]).toEqual([[], ['ask [email]']]);
    expect(await second.tool.resume(ticket)).toMatchObject({ why: { code: 'APPROVAL_UNKNOWN' } });
  });

  it('do not leave in log or vault what they took out of the arguments', async () => {
    const { tool } = await start({ filters: ['pii'] });
    await tool.invoke(args);
    await open?.close();
    open = undefined;
    const names = await readdir(join(root, 'data'), { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(0);
    for (const { parentPath, name } of files) {
      expect(await readFile(join(parentPath, name), 'latin1')).not.toContain('bob@example');
    }
  });
});
