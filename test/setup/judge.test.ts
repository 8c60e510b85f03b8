import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../src/core/model/json.ts';
import { SupervisionError } from '../../src/core/model/errors.ts';
import {
  createHypervisor,
  supervise,
  type CanaryCase,
  type Filter,
  type Hypervisor,
  type HypervisorOptions,
  type JudgeSettings,
  type Model,
  type ModelRequest,
  type Outcome,
} from '../../src/index.ts';
import {
  agreeable,
  readFacts,
  said,
  scripted,
  trustIn,
  write,
  type Script,
} from '../core/supervisors/judge-world.ts';
import { answerAll } from '../support/tools.ts';

const filterDeny = {
  verdict: 'deny',
  by: 'look',
  code: 'FILTER_DENIED',
  reason: 'it may not be sent',
} as const;
let rewrites = 0;

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

async function start(
  model: Model,
  judge: Partial<JudgeSettings> = {},
  options: Partial<HypervisorOptions> = {},
) {
  const hypervisor = await createHypervisor({
    dir: at('data'),
    rules: at('rules.json'),
    logger: false,
    waitMs: 0,
    // by chance a canary can follow any judgement, and these models allow everything
    judge: { model, calibrationFile: at('calibration.json'), canaries: { every: 0 }, ...judge },
    ...options,
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
const price = { inputMicros: 1, outputMicros: 1 };
const launch: CanaryCase = {
  name: 'launch',
  make: (draw) => ({
    tool: {
      name: 'rocket.launch',
      description: 'Launches a rocket',
      manifest: { effect: 'admin', undo: 'none' },
    },
    said: ['What is the weather like?'],
    args: { pad: draw.number(1, 9) },
  }),
};
const torn: CanaryCase = {
  name: 'torn',
  make: () => {
    throw new Error('torn');
  },
};
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

  it('says why the model failed also where no person can be asked any more', async () => {
    const { hypervisor, tool } = await start(strong(() => Promise.reject(new Error('down'))));
    const last = async (): Promise<unknown> => {
      for (let n = 0; n < 10; n += 1) await tool.attempt({ to: `ann-${n}@example.com` });
      return tool.attempt({ to: 'bob@example.com' });
    };
    expect(await last()).toMatchObject({
      status: 'refused',
      why: { code: 'APPROVALS_FULL', explanation: { judge: { fault: 'unavailable' } } },
    });
    await hypervisor.close();
    const log = (await readTree(at('data/log'))).split('\n');
    const full = log.filter((line) => line.includes('APPROVALS_FULL'));
    expect(full.join('\n')).toMatch(/"judge":\{[^}]*"fault":"unavailable"/u);
  });

  const limited = {
    name: 'mail',
    condition: { tool: 'mail', limits: [{ count: true, max: 1, per: 'hour' }] },
    approval: 'require_review',
    llm: { may: ['allow', 'review'] },
    on_exceed: 'deny',
  };

  it('says what the model said also where a limit refuses the call', async () => {
    await put('rules.json', JSON.stringify({ rules: [limited] }));
    const { tool } = await start(strong(agreeable));
    // both are asked about, since the limit was free for each
    const outcomes = await Promise.all(
      ['ann@example.com', 'bob@example.com'].map((to) => tool.attempt({ to })),
    );
    expect(outcomes.filter(({ status }) => status === 'done')).toHaveLength(1);
    expect(outcomes).toContainEqual(
      expect.objectContaining({
        status: 'refused',
        why: expect.objectContaining({
          code: 'LIMIT_EXCEEDED',
          explanation: expect.objectContaining({
            judge: expect.objectContaining({ model: 'strong' }),
          }),
        }),
      }),
    );
  });

  it.each(['hybrid', 'llm'] as const)(
    'pays for no question about a call over a limit (%s)',
    async (supervisor) => {
      const approval = supervisor === 'llm' ? 'auto_approve' : 'require_review';
      await put('rules.json', JSON.stringify({ rules: [{ ...limited, approval }] }));
      const model = strong(agreeable);
      const { tool, sent } = await start(model, { supervisor });
      await tool.invoke({ to: 'ann@example.com' });
      for (const to of ['bob@example.com', 'eve@example.com']) {
        expect(await tool.attempt({ to })).toMatchObject({
          status: 'refused',
          why: { code: 'LIMIT_EXCEEDED' },
        });
      }
      expect(sent).toHaveLength(1);
      expect(model.requests).toHaveLength(1);
    },
  );

  it('asks the model about a call over a limit that a person can lift', async () => {
    await put(
      'rules.json',
      JSON.stringify({ rules: [{ ...limited, on_exceed: 'require_review' }] }),
    );
    const model = strong(agreeable);
    const { tool } = await start(model);
    await tool.invoke({ to: 'ann@example.com' });
    expect(await tool.attempt({ to: 'bob@example.com' })).toMatchObject({ status: 'pending' });
    expect(model.requests).toHaveLength(2);
  });

  it.each<[string, string, NonNullable<Filter['before']>]>([
    ['a filter that denies', 'FILTER_DENIED', async () => filterDeny],
    ['a filter that fails', 'FILTER_FAILED', () => Promise.reject(new Error('down'))],
    [
      'filters without end',
      'FILTER_FAILED',
      async () => ({ to: `${(rewrites += 1)}@example.com` }),
    ],
  ])('says what the model said also where %s refuses the call', async (_what, code, before) => {
    const open = { approval: 'require_review', llm: { may: ['allow', 'review'] } };
    const rule = { name: 'mail', condition: { tool: 'mail' }, filters: ['look'], ...open };
    const late = {
      name: 'late',
      condition: { tool: 'mail', args: { to: { regex: '^[0-9]' } } },
      filters: ['again'],
      ...open,
    };
    await put('rules.json', JSON.stringify({ rules: [rule, late] }));
    const filters = ['look', 'again'].map((name) => ({ name, before }));
    const { hypervisor, tool } = await start(strong(agreeable), {}, { filters });
    expect(await tool.attempt({ to: 'ann@example.com' })).toMatchObject({
      status: 'refused',
      why: { code, explanation: { judge: { model: 'strong', criteria: { risk: 'low' } } } },
    });
    await hypervisor.close();
    const log = (await readTree(at('data/log'))).split('\n');
    const refused = log.filter((line) => line.includes(code));
    expect(refused.join('\n')).toMatch(/"judge":\{[^}]*"model":"strong"/u);
  });

  it('tells the model where calls went before, and what is left of their limits', async () => {
    const limits = [{ count: true, max: 5, per: 'hour' }];
    const rule = { condition: { tool: 'send', limits }, approval: 'require_review' };
    const open = { llm: { may: ['allow', 'review'] } };
    await put('rules.json', JSON.stringify({ rules: [{ name: 'send', ...rule, ...open }] }));
    const model = strong(agreeable);
    const { hypervisor } = await start(model, { cacheMs: 0 });
    const tool = supervise(
      {
        name: 'send',
        description: 'Sends',
        schema: z.object({ to: z.string(), fails: z.boolean().default(false) }),
        manifest: { effect: 'write', undo: 'full', destinations: ['/to'] },
        run: ({ fails }) => {
          if (fails) throw new Error('not sent');
        },
      },
      hypervisor,
    );
    const told = async (to: string, session: string, fails = false) => {
      await tool.attempt({ to, fails }, { seat: hypervisor.seat('default', session) });
      const request = model.requests.at(-1);
      const { destinations, limits: left } = request === undefined ? {} : readFacts(request);
      return { destinations, left };
    };
    const row = (usedInSession: number, usedByAgent: number, left: number) => ({
      destinations: [{ path: '/to', values: 1, usedInSession, usedByAgent }],
      left: [{ rule: 'send', takes: 0.2, left }],
    });
    expect(await told('ann@example.com', 'one', true)).toEqual(row(0, 0, 1));
    expect(await told('ann@example.com', 'one')).toEqual(row(0, 0, 0.8));
    expect(await told('ann@example.com', 'one')).toEqual(row(1, 1, 0.6));
    expect(await told('ann@example.com', 'two')).toEqual(row(0, 1, 0.4));
    expect(await told('bob@example.com', 'one')).toEqual(row(0, 0, 0.2));
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
    const asked = { budget: { calls: { perDay: 2 } }, cacheMs: 0 };
    const first = await start(strong(agreeable), asked);
    await first.tool.invoke({ to: 'a@example.com' });
    await first.tool.invoke({ to: 'b@example.com' });
    expect(await first.tool.attempt({ to: 'c@example.com' })).toMatchObject({
      status: 'pending',
      why: { explanation: { judge: { fault: 'budget' } } },
    });
    await first.hypervisor.close();
    const second = await start(strong(agreeable), asked);
    expect(await second.tool.attempt({ to: 'd@example.com' })).toMatchObject({
      why: { explanation: { judge: { fault: 'budget' } } },
    });
  });

  it('counts after a crash what was spent, also beyond what was reserved', async () => {
    const settings: Partial<JudgeSettings> = {
      budget: { micros: { perDay: 1_000_000 } },
      prices: { strong: { inputMicros: 1_000_000, outputMicros: 1_000_000 } },
      canaries: { every: 0 },
    };
    const script: Script = async (request) => ({
      ...said(write(request)),
      usage: { inputTokens: 990_000, outputTokens: 10_000 },
    });
    const first = await start(strong(script), settings);
    await first.tool.invoke({ to: 'a@example.com' });
    // as the disk is before anything is closed
    const filter = (path: string) => !path.endsWith('.sock');
    await cp(at('data'), at('crashed'), { recursive: true, filter });
    const second = await start(strong(script), settings, { dir: at('crashed') });
    expect(await second.tool.attempt({ to: 'b@example.com' })).toMatchObject({
      why: { explanation: { judge: { fault: 'budget' } } },
    });
  });

  it('takes a new policy while it runs', async () => {
    await put('policy.md', 'Be kind.');
    const model = strong(agreeable);
    const { hypervisor, tool } = await start(model, { policyFile: at('policy.md') });
    const heard: unknown[] = [];
    for (const name of ['policy.activated', 'policy.rejected']) {
      hypervisor.events.on(name, ({ name: said }) => heard.push(said));
    }
    await tool.invoke({ to: 'a@example.com' });
    await put('policy.md', 'Be very kind.');
    await expect
      .poll(
        async () => {
          await tool.attempt({ to: 'a@example.com' });
          return model.requests.at(-1)?.messages.at(-1)?.text;
        },
        { timeout: 60_000, interval: 200 },
      )
      .toContain('Be very kind.');
    // one that is being written: the last good words stay
    await put('policy.md', ' \n');
    await expect
      .poll(async () => (await hypervisor.health()).problems, { timeout: 60_000, interval: 200 })
      .toEqual([expect.stringMatching(/policy `.*` is empty; write .* stays in use/u)]);
    await tool.attempt({ to: 'b@example.com' });
    expect(model.requests.at(-1)?.messages.at(-1)?.text).toContain('Be very kind.');
    expect(heard).toEqual(['policy.activated', 'policy.rejected']);
    await hypervisor.close();
    expect(await readTree(at('data/log'))).toMatch(/"type":"policy.activated"/u);
  });

  it('takes a new calibration while it runs, also for what it remembers', async () => {
    const { tool } = await start(strong(agreeable));
    await tool.invoke({ to: 'a@example.com' });
    await put('calibration.json', JSON.stringify({ version: 1, curves: [] }));
    await expect
      .poll(async () => (await tool.attempt({ to: 'a@example.com' })).status, {
        timeout: 60_000,
        interval: 200,
      })
      .toBe('pending');
  });

  it('leaves a session to persons after three denials, until one of them has answered', async () => {
    const denies: Script = async (request) =>
      said(write(request, { policyAlignment: 'violates', outcome: 'deny' }));
    const model = strong(denies);
    const authenticate = async () => 'ann';
    const { hypervisor, tool } = await start(model, {}, { authenticate });
    for (let n = 0; n < 3; n += 1) {
      expect(await tool.attempt({ to: `${n}@example.com` })).toMatchObject({ status: 'refused' });
    }
    expect(await tool.attempt({ to: 'a@example.com' })).toMatchObject({ status: 'pending' });
    expect(model.requests).toHaveLength(3);
    await answerAll(hypervisor, 'ann', 'deny');
    expect(await tool.attempt({ to: 'b@example.com' })).toMatchObject({ status: 'refused' });
    expect(model.requests).toHaveLength(4);
  });

  it('gives up questions and checks of models when it is closed', async () => {
    const signals: AbortSignal[] = [];
    const stall = (signal: AbortSignal): Promise<never> => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const model: Model = { ...strong((request) => stall(request.signal)), check: stall };
    const { hypervisor, tool } = await start(model);
    const attempt = tool.attempt({ to: 'a@example.com' });
    await expect.poll(() => signals.length).toBe(2);
    await hypervisor.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    await attempt.catch(() => undefined);
  });

  it.each<[string, Partial<JudgeSettings>, RegExp]>([
    ['a threshold of 80', { confidenceThreshold: 80 }, /`judge.confidenceThreshold`: expected/],
    ['stages beyond the time to decide', { stage2Ms: 10_000 }, /up to 10000 ms/],
    ['a bound on money and no price', { budget: { micros: { perDay: 1 } } }, /none for `strong`/],
    [
      'a bound on money and a price for another model',
      { budget: { micros: { perDay: 1 } }, prices: { strongg: price } },
      /none for `strong`/,
    ],
    [
      'a bound on money and a small model without a price',
      {
        budget: { micros: { perSession: 1 } },
        prices: { strong: price },
        stage1Model: scripted('small', agreeable),
      },
      /none for `small`/,
    ],
    ['half a canary', { canaries: { every: 0.5 } }, /`judge.canaries.every`: expected a whole/],
    ['canaries beyond a million', { canaries: { every: 1e7 } }, /from 0 to 1000000/],
    ['trust that comes by itself', { canaries: { recover: 0 } }, /from 1 to 100/],
    ['no canary at all', { canaries: { cases: [] } }, /`judge.canaries.cases` is empty/],
    ['two canaries of one name', { canaries: { cases: [launch, launch] } }, /a name of its own/],
    ['a canary that throws', { canaries: { cases: [torn] } }, /`make` of `torn` throws/],
    ['two policies', { policy: 'a', policyFile: 'b' }, /keep one of them/],
    [
      'a calibration that is not there',
      { calibrationFile: '/nowhere.json' },
      /^calibration `\/nowhere.json` does not exist; `ringfence judge-bench --calibrate` writes it/u,
    ],
    [
      'a policy that is not there',
      { policyFile: '/no.md' },
      /^policy `\/no.md` does not exist; write/u,
    ],
  ])('does not start with %s', async (_what, judge, message) => {
    await expect(start(strong(agreeable), judge)).rejects.toThrow(message);
  });

  it('does not start with a calibration that was written by something else', async () => {
    await put('calibration.json', '{"version":1,"curves":[{"model":1}]}');
    await expect(start(strong(agreeable))).rejects.toThrow(/judge-bench --calibrate/u);
  });
});

describe('the pause of a judge that denied three times in a row', () => {
  const denies: Script = async (request) =>
    said(write(request, { policyAlignment: 'violates', outcome: 'deny' }));
  const authenticate = async () => 'ann';
  const to = (n: number) => ({ to: `${n}@example.com` });
  async function paused(script: Script = denies) {
    const rules = JSON.parse(await readFile(at('rules.json'), 'utf8'));
    const post = { name: 'post', condition: { tool: 'post' }, approval: 'require_review' };
    await put('rules.json', JSON.stringify({ rules: [...rules.rules, post] }));
    const started = await start(strong(script), {}, { authenticate });
    for (let n = 0; n < 3; n += 1) {
      expect(await started.tool.attempt(to(n))).toMatchObject({ why: { code: 'JUDGE_DENIED' } });
    }
    return started;
  }
  const faultOf = (outcome: Outcome<unknown>) =>
    'why' in outcome ? outcome.why.explanation?.judge?.fault : undefined;

  it('outlasts a restart, and so do denials that are too few for one', async () => {
    const { hypervisor, tool } = await paused();
    for (let n = 0; n < 2; n += 1) {
      await tool.attempt(to(n), { seat: hypervisor.seat('default', 'other') });
    }
    await hypervisor.close();
    const again = await start(strong(denies));
    expect(faultOf(await again.tool.attempt(to(4)))).toBe('paused');
    const other = { seat: again.hypervisor.seat('default', 'other') };
    expect(await again.tool.attempt(to(5), other)).toMatchObject({ status: 'refused' });
    expect(faultOf(await again.tool.attempt(to(6), other))).toBe('paused');
  });

  it('is not ended by the answer to another call', async () => {
    const { hypervisor, tool } = await paused();
    const post = supervise(
      {
        name: 'post',
        description: 'Posts',
        schema: z.object({}),
        manifest: { effect: 'write', undo: 'full' },
        run: () => 'posted',
      },
      hypervisor,
    );
    const asked = await post.attempt({});
    await answerAll(hypervisor);
    if (asked.status === 'pending') await post.resume(asked.ticket);
    await post.attempt({});
    await answerAll(hypervisor, 'ann', 'deny');
    expect(faultOf(await tool.attempt(to(4)))).toBe('paused');
  });

  it('ends with a call that waited because of it, once it runs as a person approved, over a restart too', async () => {
    const { hypervisor, tool } = await paused();
    const asked = await tool.attempt(to(4));
    await hypervisor.close();
    const again = await start(strong(denies), {}, { authenticate });
    await answerAll(again.hypervisor);
    expect(faultOf(await again.tool.attempt(to(5)))).toBe('paused');
    expect(asked.status === 'pending' && (await again.tool.resume(asked.ticket))).toMatchObject({
      status: 'done',
    });
    expect(await again.tool.attempt(to(6))).toMatchObject({ why: { code: 'JUDGE_DENIED' } });
    await again.hypervisor.close();
    const last = await start(strong(denies));
    expect(await last.tool.attempt(to(7))).toMatchObject({ why: { code: 'JUDGE_DENIED' } });
  });
});

describe('canaries of a hypervisor', () => {
  const canaries = { every: 1, cases: [launch] };
  const isCanary = (request: ModelRequest) => readFacts(request)['tool'] === 'rocket.launch';
  const strict: Script = async (request) =>
    said(write(request, isCanary(request) ? { riskLevel: 'critical', outcome: 'deny' } : {}));

  it('show in its health, its log lines and its action log, and make reviews of allows', async () => {
    const lines: (readonly [level: string, message: string, fields: JsonObject])[] = [];
    const line = (level: string) => (fields: JsonObject, message: string) =>
      void lines.push([level, message, fields]);
    const levels = { debug: line('debug'), info: line('info'), warn: line('warn') };
    const logger = { ...levels, error: line('error') };
    const model = strong(agreeable);
    const { hypervisor, tool } = await start(model, { canaries, cacheMs: 0 }, { logger });
    await tool.invoke({ to: 'a@example.com' });
    await expect.poll(async () => (await hypervisor.health()).ok).toBe(false);
    expect((await hypervisor.health()).problems).toEqual([
      expect.stringMatching(/`strong` allowed a call .*canary `launch`.*take another model/u),
    ]);
    expect(await tool.attempt({ to: 'b@example.com' })).toMatchObject({ status: 'pending' });
    expect(lines).toContainEqual([
      'error',
      'judge.canary_failed',
      expect.objectContaining({ model: 'strong', case: 'launch', tier: 'high' }),
    ]);
    expect(lines).toContainEqual([
      'debug',
      'judge.canary',
      expect.objectContaining({ status: 'failed', model: 'strong' }),
    ]);
    await hypervisor.close();
    expect(await readTree(at('data/log'))).toMatch(/"type":"judge.canary_failed"/u);
  });

  it('outlast a restart, until the judge has refused enough of them', async () => {
    const first = await start(strong(agreeable), { canaries, cacheMs: 0 });
    await first.tool.invoke({ to: 'a@example.com' });
    await expect.poll(async () => (await first.hypervisor.health()).ok).toBe(false);
    await first.hypervisor.close();
    const second = await start(strong(strict), { canaries, cacheMs: 0 });
    expect((await second.hypervisor.health()).ok).toBe(false);
    expect(await second.tool.attempt({ to: 'b@example.com' })).toMatchObject({
      status: 'pending',
      why: { explanation: { judge: { fault: 'untrusted' } } },
    });
    await expect
      .poll(async () => {
        const { status } = await second.tool.attempt({ to: `${Math.random()}@example.com` });
        return status;
      })
      .toBe('done');
    expect((await second.hypervisor.health()).ok).toBe(true);
    await second.hypervisor.close();
    expect(await readTree(at('data/log'))).toMatch(/"type":"judge.trust_restored"/u);
  });

  it('cannot be left out while the judge is not trusted', async () => {
    const first = await start(strong(agreeable), { canaries, cacheMs: 0 });
    await first.tool.invoke({ to: 'a@example.com' });
    await expect.poll(async () => (await first.hypervisor.health()).ok).toBe(false);
    await first.hypervisor.close();
    await expect(start(strong(agreeable), { canaries: { every: 0 } })).rejects.toThrow(
      /`judge.canaries.every` is 0, and the judge has lost its trust/u,
    );
    const again = await start(strong(agreeable), { canaries });
    expect((await again.hypervisor.health()).ok).toBe(false);
  });

  it('leave no trace where the judge refuses them', async () => {
    const model = strong(strict);
    const { hypervisor, tool, sent } = await start(model, { canaries, cacheMs: 0 });
    for (let n = 0; n < 5; n += 1) await tool.invoke({ to: `${n}@example.com` });
    await expect.poll(() => model.requests.filter(isCanary).length).toBeGreaterThan(0);
    expect(sent).toHaveLength(5);
    expect((await hypervisor.health()).problems).toEqual([]);
    await hypervisor.close();
    expect(await readTree(at('data/log'))).not.toContain('rocket');
  });
});
