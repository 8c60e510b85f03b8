import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SupervisionError } from '../../src/core/model/errors.ts';
import {
  createHypervisor,
  supervise,
  type Hypervisor,
  type JudgeSettings,
  type Model,
} from '../../src/index.ts';
import {
  agreeable,
  said,
  scripted,
  trustIn,
  write,
  type Script,
} from '../core/supervisors/judge-world.ts';

let root = '';
let open: Hypervisor[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ringfence-judge-'));
  await chmod(root, 0o700);
  const calibration = { version: 1, curves: trustIn('strong') };
  await put('calibration.json', JSON.stringify(calibration));
  const open = { llm: { may: ['allow', 'review', 'deny'] } };
  const rule = { name: 'mail', condition: { tool: 'mail' }, approval: 'require_review', ...open };
  await put('rules.json', JSON.stringify({ rules: [rule] }));
});
afterEach(async () => {
  await Promise.all(open.map((each) => each.close()));
  open = [];
  await rm(root, { recursive: true, force: true });
});
const at = (name: string) => join(root, name);
const put = (name: string, text: string) => writeFile(at(name), text, { mode: 0o600 });

async function start(model: Model, judge: Partial<JudgeSettings> = {}) {
  const hypervisor = await createHypervisor({
    dir: at('data'),
    rules: at('rules.json'),
    logger: false,
    waitMs: 0,
    judge: { model, calibrationFile: at('calibration.json'), ...judge },
  });
  open.push(hypervisor);
  const sent: unknown[] = [];
  const tool = supervise(
    {
      name: 'mail',
      description: 'Sends a mail',
      schema: z.object({ to: z.string(), text: z.string().default('') }),
      manifest: { effect: 'write', undo: 'full' },
      run: (args) => sent.push(args),
    },
    hypervisor,
  );
  return { hypervisor, tool, sent };
}
/** Every file below a folder, one after the other. */
async function readTree(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const texts = files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}
const strong = (script: Script) => scripted('strong', script);

describe('a hypervisor with a judging model', () => {
  it('runs what the model allows inside a span, and logs what it was asked and said', async () => {
    const script: Script = async (request) =>
      said(write(request, { rationale: 'the secret words of the model' }));
    const { hypervisor, tool, sent } = await start(strong(script), {
      policy: 'Only to colleagues.',
    });
    await tool.invoke({ to: 'bob@example.com' });
    expect(sent).toHaveLength(1);
    await hypervisor.close();
    const log = await readTree(at('data/log'));
    expect(log).toMatch(/"judge":\{[^}]*"model":"strong"/u);
    expect(log).toMatch(/"risk":"low"/u);
    expect(log).not.toContain('secret words');
  });

  it('asks a person where the model fails, and says why', async () => {
    const { tool, sent } = await start(strong(() => Promise.reject(new Error('down'))));
    expect(await tool.attempt({ to: 'bob@example.com' })).toMatchObject({
      status: 'pending',
      why: { code: 'RULE_REVIEW', explanation: { judge: { fault: 'unavailable' } } },
    });
    expect(sent).toEqual([]);
  });

  it('gives the agent no word of the model', async () => {
    const script: Script = async (request) =>
      said(
        write(request, { policyAlignment: 'violates', outcome: 'deny', rationale: 'limit is 50' }),
      );
    const { tool } = await start(strong(script));
    await expect(tool.invoke({ to: 'bob@example.com' })).rejects.toSatisfy(
      (error) => error instanceof SupervisionError && !error.message.includes('limit is 50'),
    );
  });

  it('says at once, by its health, that a model is not there', async () => {
    const model: Model = {
      ...strong(agreeable),
      check: () =>
        Promise.reject(new SupervisionError('MODEL_MISCONFIGURED', 'there is no model `strong`')),
    };
    const { hypervisor } = await start(model);
    await expect
      .poll(async () => (await hypervisor.health()).problems)
      .toEqual(['the model `strong` cannot judge: there is no model `strong`']);
  });

  it('keeps prompts, policy and calibration out of reach of every tool', async () => {
    await mkdir(at('prompts'), { mode: 0o700 });
    await put('policy.md', 'Be kind.');
    const { tool } = await start(strong(agreeable), {
      prompts: at('prompts'),
      policyFile: at('policy.md'),
    });
    for (const path of ['prompts/judge-stage-1.md', 'policy.md', 'calibration.json']) {
      expect(await tool.attempt({ to: at(path) })).toMatchObject({
        status: 'refused',
        why: { code: 'OUT_OF_BOUNDS' },
      });
    }
  });

  it('spends no more than its budget, over a restart as well', async () => {
    const budget = { calls: { perDay: 2 } };
    const first = await start(strong(agreeable), { budget, cacheMs: 0 });
    await first.tool.invoke({ to: 'a@example.com' });
    await first.tool.invoke({ to: 'b@example.com' });
    expect(await first.tool.attempt({ to: 'c@example.com' })).toMatchObject({
      status: 'pending',
      why: { explanation: { judge: { fault: 'budget' } } },
    });
    await first.hypervisor.close();
    const second = await start(strong(agreeable), { budget, cacheMs: 0 });
    expect(await second.tool.attempt({ to: 'd@example.com' })).toMatchObject({
      why: { explanation: { judge: { fault: 'budget' } } },
    });
  });

  it('takes a new prompt, policy and calibration while it runs', async () => {
    await put('policy.md', 'Be kind.');
    const model = strong(agreeable);
    const { tool } = await start(model, { policyFile: at('policy.md') });
    await tool.invoke({ to: 'a@example.com' });
    await put('policy.md', 'Be very kind.');
    await expect
      .poll(
        async () => {
          await tool.attempt({ to: 'a@example.com' });
          return model.requests.at(-1)?.messages.at(-1)?.text;
        },
        { timeout: 10_000, interval: 200 },
      )
      .toContain('Be very kind.');
  });

  it.each<[string, Partial<JudgeSettings>, RegExp]>([
    ['a threshold of 80', { confidenceThreshold: 80 }, /`judge.confidenceThreshold`: expected/],
    ['stages beyond the time to decide', { stage2Ms: 10_000 }, /up to 10000 ms/],
    ['a bound on money and no price', { budget: { micros: { perDay: 1 } } }, /no `judge.prices`/],
    ['two policies', { policy: 'a', policyFile: 'b' }, /keep one of them/],
    ['a calibration that is not there', { calibrationFile: '/nowhere.json' }, /does not exist/],
  ])('does not start with %s', async (_what, judge, message) => {
    await expect(start(strong(agreeable), judge)).rejects.toThrow(message);
  });

  it('does not start with a calibration that was written by something else', async () => {
    await put('calibration.json', '{"version":1,"curves":[{"model":1}]}');
    await expect(start(strong(agreeable))).rejects.toThrow(/judge-bench --calibrate/u);
  });
});
