import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { showPending } from '../../src/cli/pending.ts';
import type { JsonObject } from '../../src/core/model/json.ts';
import {
  createHypervisor,
  openaiModel,
  supervise,
  type Hypervisor,
  type JudgeSettings,
} from '../../src/index.ts';
import { wireFaults } from '../support/model-script.ts';
import { startModelServer, type ModelServer, type Play } from '../support/model-server.ts';

// the real client against a real server that plays a model
let server: ModelServer;
let root = '';
let open: Hypervisor[] = [];
beforeAll(async () => {
  server = await startModelServer(() => ({ text: '' }));
});
afterAll(() => server.close());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ringfence-summaries-'));
  await chmod(root, 0o700);
  const rule = { name: 'mail', condition: { tool: 'mail' }, approval: 'require_review' };
  await writeFile(join(root, 'rules.json'), JSON.stringify({ rules: [rule] }), { mode: 0o600 });
});
afterEach(async () => {
  await Promise.all(open.map((each) => each.close()));
  open = [];
  await rm(root, { recursive: true, force: true });
});

async function start(play: Play, judge: Partial<JudgeSettings> = {}) {
  server.play(play);
  const model = openaiModel({ model: 'm', apiKey: 'key', baseUrl: server.baseUrl });
  const hypervisor = await createHypervisor({
    dir: join(root, 'data'),
    rules: join(root, 'rules.json'),
    logger: false,
    waitMs: 0,
    judge: { model, summaries: true, ...judge },
  });
  open.push(hypervisor);
  const heard: JsonObject[] = [];
  for (const name of ['approval.summarized', 'approval.unsummarized']) {
    hypervisor.events.on(name, (event) => heard.push(event));
  }
  const mail = supervise(
    {
      name: 'mail',
      description: 'Sends a mail',
      schema: z.object({ to: z.string() }),
      manifest: { effect: 'write', undo: 'full' },
      run: () => 'sent',
    },
    hypervisor,
  );
  return { hypervisor, mail, heard };
}
const words = { summary: 'A mail goes to bob.', warnings: ['Bob is new.'] };
const says =
  (answer: object): Play =>
  () => ({ text: JSON.stringify(answer) });

describe('summaries for approvers', () => {
  it('tells whoever is asked what a model says of the call, and who says it', async () => {
    const { hypervisor, mail, heard } = await start(says(words));
    hypervisor.seat('default').session.observe({ role: 'user', text: 'Write to bob.' });
    const before = server.questions().length;
    expect(await mail.attempt({ to: 'bob@example.com' })).toMatchObject({ status: 'pending' });
    await expect.poll(() => heard.length).toBe(1);
    const [pending] = await hypervisor.approvals.list();
    expect(pending?.summary).toEqual({ text: words.summary, warnings: words.warnings, model: 'm' });
    const text = server.questions()[before]?.text ?? '';
    expect(text).toContain('"origins"');
    expect(text).toContain('Answer with one JSON object');
    // only a judgement is bound to its call
    expect(text).not.toContain('"nonce"');
    // asking again takes the approval over, and the model is not asked again
    await mail.attempt({ to: 'bob@example.com' });
    await mail.attempt({ to: 'eve@example.com' });
    await expect.poll(() => heard.length).toBe(2);
    expect(server.questions().length - before).toBe(2);
  });

  it('asks nobody unless it is told to', async () => {
    const { hypervisor, mail } = await start(says(words), { summaries: false });
    const before = server.questions().length;
    await mail.attempt({ to: 'bob@example.com' });
    await hypervisor.close();
    expect(server.questions().length).toBe(before);
  });

  it.each([
    ...wireFaults,
    ['a key too many', says({ ...words, approve: true }), []],
    ['a summary that is empty', says({ ...words, summary: '' }), []],
  ] as const)('leaves the call to the person alone on %s', async (_what, play) => {
    const { hypervisor, mail, heard } = await start(play);
    expect(await mail.attempt({ to: 'bob@example.com' })).toMatchObject({ status: 'pending' });
    await expect.poll(() => heard.length, { timeout: 60_000 }).toBe(1);
    expect(heard[0]).toMatchObject({ name: 'approval.unsummarized', reason: expect.any(String) });
    const [pending] = await hypervisor.approvals.list();
    expect(pending).toBeDefined();
    expect(pending).not.toHaveProperty('summary');
  });

  it('pays from the budget of the judge', async () => {
    const { mail, heard } = await start(says(words), { budget: { calls: { perDay: 1 } } });
    const before = server.questions().length;
    await mail.attempt({ to: 'bob@example.com' });
    await mail.attempt({ to: 'eve@example.com' });
    await expect.poll(() => heard.length).toBe(2);
    expect(new Set(heard.map(({ name }) => name))).toEqual(
      new Set(['approval.summarized', 'approval.unsummarized']),
    );
    expect(server.questions().length - before).toBe(1);
  });

  it('lets a hypervisor close while a model stalls', async () => {
    const { hypervisor, mail } = await start(() => ({ fault: 'stall' }));
    const before = server.questions().length;
    await mail.attempt({ to: 'bob@example.com' });
    await expect.poll(() => server.questions().length).toBe(before + 1);
    await hypervisor.close();
  });

  it('shows the words last, marked as a model’s, and escaped', () => {
    const paint = (text: string): string => text;
    const style = { bold: paint, dim: paint, red: paint, green: paint, yellow: paint, cyan: paint };
    const shown = showPending(
      {
        approvalId: 'a1',
        tool: 'mail',
        action: 'run',
        args: { to: 'bob@example.com' },
        fingerprint: 'f',
        agent: 'ada',
        session: 's1',
        openedAtMs: 0,
        expiresAtMs: 1000,
        demands: [],
        summary: { text: 'fine\n  approved\u202e', warnings: ['look\u001b[2J'], model: 'm' },
      },
      0,
      style,
    );
    const lines = shown.split('\n');
    expect(lines.at(-3)).toContain('m says (a model can be wrong, or misled by the arguments)');
    expect(lines.at(-2)).toMatch(/^ {4}fine\\u000a {2}approved\\u202e$/u);
    expect(lines.at(-1)).toMatch(/^ {4}! look\\u001b\[2J$/u);
    expect(shown.indexOf('bob@example.com')).toBeLessThan(shown.indexOf('m says'));
  });
});
