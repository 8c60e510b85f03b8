import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createHypervisor, supervise, type Hypervisor } from '../../src/index.ts';
import { simulationSchema } from '../../src/cli/simulation-json.ts';
import { nodeFileSystem } from '../../src/stores/embedded/file-system.ts';
import { openVault } from '../../src/stores/embedded/vault.ts';
import { systemClock } from '../../src/stores/system/clock.ts';
import { cli, folderWith } from './cli.ts';

const open: Hypervisor[] = [];
afterEach(closeAll);

async function closeAll(): Promise<void> {
  for (const hypervisor of open.splice(0)) await hypervisor.close();
}

const rule = (name: string, approval: string, condition: object) => ({ name, approval, condition });
const mailRule = {
  ...rule('mail', 'auto_approve', { tool: 'mail', args: { to: { domain: 'good.example' } } }),
  filters: ['pii'],
};
const inForce = [
  mailRule,
  rule('trial', 'auto_approve', { tool: 'trial' }),
  {
    ...rule('slow', 'deny', { tool: 'trial' }),
    rollout: { percent: 100, by: 'agent', back: { min_calls: 1, slower_than_ms: 1e-6 } },
  },
  rule('a', 'auto_approve', { tool: 'a' }),
  rule('b', 'require_review', { tool: 'b' }),
  rule('c', 'deny', { tool: 'c' }),
  rule('pay', 'auto_approve', {
    tool: 'pay',
    role: 'support',
    env: 'staging',
    effect: 'write',
    args: { n: { lte: 5 } },
  }),
  rule('capped', 'auto_approve', { tool: 'capped', max_per_hour: 2 }),
  rule('risky', 'auto_approve', { tool: 'risky' }),
];

/** A folder with two rule sets and a real hypervisor that runs on the first; its agent is `bot` in session `one`. */
async function project(candidate: readonly object[]) {
  const cwd = await folderWith({
    'rules/a.json': { rules: inForce },
    'new/a.json': { rules: candidate },
  });
  const hypervisor = await createHypervisor({
    dir: join(cwd, 'data'),
    rules: join(cwd, 'rules'),
    env: 'staging',
    logger: false,
    authenticate: async () => 'ann',
  });
  open.push(hypervisor);
  const agent = await hypervisor.agents.register({ id: 'bot', roles: ['support'] });
  const seat = hypervisor.seat(agent, 'one');
  const call = (name: string, args: { n?: number } = {}) => {
    const undo = name === 'risky' ? 'none' : 'full';
    const spec = { name, description: name, schema: z.strictObject({ n: z.number().optional() }) };
    const manifest = { effect: 'write', undo, paths: [] } as const;
    const tool = supervise({ ...spec, manifest, run: () => name }, hypervisor);
    return tool.attempt(args, { seat, waitMs: 0 });
  };
  return { cwd, hypervisor, call };
}

async function simulate(cwd: string, ...args: readonly string[]) {
  const ran = await cli(['simulate', ...args, '--json'], { cwd });
  const json = simulationSchema.parse(JSON.parse(ran.out));
  return { ...ran, json };
}

describe('ringfence simulate --log', () => {
  it('finds nothing for the rules that decided, beside the hypervisor that runs on them', async () => {
    const { cwd, call } = await project([]);
    for (const name of ['a', 'b', 'c', 'capped', 'capped', 'capped', 'risky']) await call(name);
    await call('pay', { n: 9 });
    await call('pay');
    // last, since nothing waits until a refusal is on the disk
    await call('pay', { n: 3 });
    const { code, err, json } = await simulate(cwd, 'rules', '--log', 'data');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(json).toMatchObject({
      ok: true,
      against: null,
      compared: 10,
      loosened: 0,
      totals: {
        allow: { allow: 5, review: 0, deny: 0 },
        review: { allow: 0, review: 1, deny: 0 },
        deny: { allow: 0, review: 0, deny: 4 },
      },
      byRule: [],
      examples: [],
      notCompared: { withoutArguments: 0, refusedBefore: 0, deniedElsewhere: 0, damagedLines: 0 },
      notes: { undeclared: 0, redeemed: 0 },
    });
  });

  it('tells every change by rule, with examples, and fails on a loosening', async () => {
    const { cwd, call } = await project(
      ['a', 'b', 'c'].flatMap((tool) => [
        rule(`${tool}_yes`, 'auto_approve', { tool, args: { n: { eq: 1 } } }),
        rule(`${tool}_ask`, 'require_review', { tool, args: { n: { eq: 2 } } }),
      ]),
    );
    for (const name of ['a', 'b', 'c']) for (const n of [1, 2, 3]) await call(name, { n });
    await closeAll();
    const { code, json } = await simulate(cwd, 'new', '--log', 'data');
    expect(code).toBe(1);
    const once = { allow: 1, review: 1, deny: 1 };
    expect(json).toMatchObject({
      ok: false,
      loosened: 3,
      totals: { allow: once, review: once, deny: once },
    });
    expect(json.byRule).toHaveLength(6);
    expect(json.byRule).toContainEqual({ kind: 'deny_to_allow', from: 'c', to: 'c_yes', calls: 1 });
    expect(json.byRule).toContainEqual({ kind: 'allow_to_deny', from: 'a', to: null, calls: 1 });
    expect(json.examples[0]).toMatchObject({
      kind: 'deny_to_allow',
      tool: 'c',
      action: 'run',
      agent: 'bot',
      session: 'one',
      args: ['n'],
      before: { verdict: 'deny', rule: 'c', code: 'RULE_DENIED' },
      after: { verdict: 'allow', rule: 'c_yes', code: 'RULE_ALLOWED' },
    });
    const allowed = await simulate(cwd, 'new', '--log', 'data', '--allow-loosening');
    expect([allowed.code, allowed.json.loosened]).toEqual([0, 3]);

    const shown = await cli(['simulate', 'new', '--log', 'data'], { cwd });
    expect(shown.code).toBe(1);
    expect(shown.out).toContain('LOOSENS 3 calls');
    expect(shown.out.indexOf('newly allowed, denied before')).toBeLessThan(
      shown.out.indexOf('newly denied'),
    );
    expect(shown.out).toMatch(/ {2}c -> c_yes +1\n/u);
    expect(shown.out).toMatch(
      /e\.g\. \S+ {2}c\.run {2}agent bot, session one, call [0-9a-f]{32}\n +\(n\)/u,
    );
    const values = await cli(['simulate', 'new', '--log', 'data', '--show-args'], { cwd });
    expect(values.out).toContain('(n: 1)');
  });

  it('compares with another set where one is named', async () => {
    const { cwd, call } = await project([rule('c', 'auto_approve', { tool: 'c' })]);
    await call('c');
    await call('a');
    const same = await simulate(cwd, 'new', '--log', 'data', '--against', 'new');
    expect([same.code, same.json.loosened, same.json.compared]).toEqual([0, 0, 2]);
    const { code, json } = await simulate(cwd, 'rules', '--log', 'data', '--against', 'new');
    expect(code).toBe(1);
    expect(json.changes).toMatchObject({ allow_to_deny: 1, deny_to_allow: 1 });
    expect(json.against).toMatch(/^[0-9a-f]{64}$/u);
  });

  it('takes a version that was in force for rules, on either side', async () => {
    const { cwd, hypervisor, call } = await project([rule('all', 'deny', { tool: '*' })]);
    const outcome = await call('a');
    const [{ rulesVersion = '' } = {}] = [await call('c')].flatMap((each) =>
      each.status === 'refused' ? [each.why] : [],
    );
    expect(outcome.status).toBe('done');
    await call('a');
    const against = rulesVersion.slice(0, 12);
    const { code, json } = await simulate(cwd, 'new', '--log', 'data', '--against', against);
    expect(code).toBe(0);
    expect(json).toMatchObject({ against: rulesVersion, changes: { allow_to_deny: 2 } });
    const back = await simulate(cwd, against, '--log', 'data', '--against', 'new');
    expect([back.code, back.json.loosened]).toEqual([1, 2]);
    const unknown = await cli(['simulate', 'new', '--log', 'data', '--against', 'abcdef012345'], {
      cwd,
    });
    expect([unknown.code, unknown.out]).toEqual([1, '']);
    expect(unknown.err).toContain('abcdef012345');
    expect((await hypervisor.health()).ok).toBe(true);
  });

  it('a review by a requirement was allowed by the rules; what a person let through counts once', async () => {
    const { cwd, hypervisor, call } = await project([rule('r', 'deny', { tool: ['risky', 'b'] })]);
    const ring2 = await call('risky');
    const asked = await call('b');
    expect([ring2.status, asked.status]).toEqual(['pending', 'pending']);
    const person = await hypervisor.authenticate('ann');
    for (const { approvalId, call: waiting } of await hypervisor.approvals.list()) {
      const { fingerprint } = waiting;
      await hypervisor.approvals.answer(approvalId, { verdict: 'allow', person, fingerprint });
    }
    for (const outcome of [ring2, asked]) {
      if (outcome.status !== 'pending') throw new Error('expected a pending call');
      expect(await hypervisor.resume(outcome.ticket, () => 1)).toMatchObject({ status: 'done' });
    }
    const { json } = await simulate(cwd, 'new', '--log', 'data');
    expect(json).toMatchObject({
      compared: 2,
      notes: { redeemed: 2 },
      changes: { allow_to_deny: 1, review_to_deny: 1 },
    });
  });

  it('says what has no arguments and what no rule was asked, and never passes with nothing to compare', async () => {
    const { cwd, hypervisor, call } = await project([]);
    await call('a');
    const person = await hypervisor.authenticate('ann');
    await hypervisor.killSwitch.kill({ tool: 'b' }, 'test');
    await call('b');
    await hypervisor.killSwitch.revive({ tool: 'b' }, person);
    await closeAll();
    const dir = join(cwd, 'data', 'vault');
    const vault = await openVault({ dir, clock: systemClock, files: nodeFileSystem });
    for (const id of await vaultIds(dir)) expect(await vault.erase(id)).toBe(true);
    await vault.close();
    const { code, json } = await simulate(cwd, 'new', '--log', 'data');
    expect(code).toBe(1);
    expect(json).toMatchObject({
      ok: false,
      compared: 0,
      notCompared: { withoutArguments: 1, refusedBefore: 1 },
    });
    const shown = await cli(['simulate', 'new', '--log', 'data'], { cwd });
    expect(shown.out).toContain('1  without arguments (erased, or never written): not compared');
    expect(shown.out).toContain('there was no call to compare');
  });

  it('reads again what sessions heard and got back, for rules that ask about sessions', async () => {
    const asks = rule('capped', 'auto_approve', {
      tool: 'a',
      limits: [{ count: true, max: 2, per: 'day', by: 'session' }],
    });
    const { cwd, hypervisor, call } = await project([asks]);
    hypervisor.seat('default', 'one').session.observe({ role: 'user', text: 'please "a" 3 times' });
    for (let turn = 0; turn < 3; turn += 1) await call('a');
    const { code, err, json } = await simulate(cwd, 'new', '--log', 'data');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(json).toMatchObject({
      compared: 3,
      changes: { allow_to_deny: 1 },
      examples: [{ after: { rule: 'capped', code: 'LIMIT_EXCEEDED' } }],
      notes: { forgotten: 0 },
    });
  });

  it('takes only the calls of the window', async () => {
    const { cwd, call } = await project([]);
    await call('a');
    expect((await simulate(cwd, 'rules', '--log', 'data', '--since', '1h')).json.compared).toBe(1);
    expect((await simulate(cwd, 'rules', '--log', 'data', '--until', '1h')).json.compared).toBe(0);
    const { json } = await simulate(cwd, 'rules', '--log', 'data', '--since', '2026-01-01');
    expect(json).toMatchObject({ since: '2026-01-01T00:00:00.000Z', until: null });
  });

  it('tells damaged lines with their place, passes over them, and fails', async () => {
    const { cwd, call } = await project([]);
    for (let turn = 0; turn < 3; turn += 1) await call('a');
    await closeAll();
    const path = await segmentOf(cwd);
    const lines = (await readFile(path, 'utf8')).split('\n');
    const at = lines.findIndex((line) => line.includes('"type":"call.decided"'));
    lines[at] = (lines[at] ?? '').replace('"verdict":"allow"', '"verdict":"review"');
    await writeFile(path, lines.join('\n'));
    const damaged = await simulate(cwd, 'rules', '--log', 'data');
    expect(damaged.code).toBe(1);
    expect(damaged.err).toContain(`.seg:${at + 1}: the line is not what was written`);
    expect(damaged.json).toMatchObject({ compared: 2, notCompared: { damagedLines: 1 } });

    await writeFile(path, lines.toSpliced(at, 1).join('\n'));
    const cut = await simulate(cwd, 'rules', '--log', 'data');
    expect(cut.code).toBe(1);
    expect(cut.err).toMatch(/entries (\d+) to \1 are missing/u);
  });

  it('a last line that is just being written is no damage', async () => {
    const { cwd, call } = await project([]);
    for (let turn = 0; turn < 3; turn += 1) await call('a');
    await closeAll();
    const path = await segmentOf(cwd);
    await truncate(path, (await readFile(path)).length - 9);
    const { code, err, json } = await simulate(cwd, 'rules', '--log', 'data');
    expect({ code, err, compared: json.compared }).toEqual({ code: 0, err: '', compared: 3 });
  });

  it('a tools file wins over what the log says of tools', async () => {
    const { cwd, call } = await project([rule('reads', 'auto_approve', { effect: 'read' })]);
    await call('a');
    await writeFile(join(cwd, 'tools.json'), '{ "a": { "effect": "read", "undo": "full" } }');
    const log = ['new', '--log', 'data'];
    expect((await simulate(cwd, ...log)).json.totals.allow.deny).toBe(1);
    const { json } = await simulate(cwd, ...log, '--tools', 'tools.json');
    expect(json.totals.allow.allow).toBe(1);
  });

  it('takes a rollout that was put back for put back', async () => {
    const { cwd, hypervisor, call } = await project([]);
    expect((await call('trial')).status).toBe('refused');
    await expect.poll(() => hypervisor.rollouts.report()[0]?.reverted).toBeDefined();
    expect((await call('trial')).status).toBe('done');
    await closeAll();
    const { json } = await simulate(cwd, 'rules', '--log', 'data');
    expect(json).toMatchObject({ compared: 2, changes: { allow_to_deny: 0, deny_to_allow: 0 } });
  });

  it('says of which calls only what filters left of them is known', async () => {
    const { cwd, hypervisor } = await project([]);
    hypervisor.tools.register({ name: 'mail', description: '' });
    const seat = hypervisor.seat('default');
    const mail = (to: string) =>
      hypervisor.submit({ tool: 'mail', args: { value: { to } }, seat }, () => 1);
    const outcomes = [await mail('ann@good.example'), await mail('ann')];
    // the filter takes away what the rule asks for
    expect(outcomes.map(({ status }) => status)).toEqual(['refused', 'refused']);
    await closeAll();
    const unfiltered = { ...mailRule, filters: [] };
    await writeFile(join(cwd, 'new', 'a.json'), JSON.stringify({ rules: [unfiltered] }));
    const { json } = await simulate(cwd, 'new', '--log', 'data');
    expect(json).toMatchObject({ compared: 2, loosened: 0, notes: { rewritten: 1 } });
    const { out } = await cli(['simulate', 'new', '--log', 'data'], { cwd });
    expect(out).toMatch(/1 {2}compared as filters left them: what the rules say of the arguments/u);
  });

  it('shows foreign text in a form that cannot move the cursor', async () => {
    const { cwd, hypervisor } = await project([]);
    hypervisor.tools.register({ name: 'free', description: '' });
    const args = { value: { '\u001b[2Jx': '\u202ey' } };
    const seat = hypervisor.seat('default');
    await hypervisor.submit({ tool: 'free', args, seat }, () => 1);
    await closeAll();
    await writeFile(
      join(cwd, 'new', 'a.json'),
      JSON.stringify({ rules: [rule('x', 'auto_approve', { tool: 'free' })] }),
    );
    const { out } = await cli(['simulate', 'new', '--log', 'data', '--show-args'], { cwd });
    expect(out).toContain('\\u001b[2Jx: "\\u202ey"');
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain('\u202e');
  });
});

describe('ringfence simulate', () => {
  it('tells what no call shows: filters that are not there, rules that have expired', async () => {
    const mail = rule('mail', 'auto_approve', { tool: 'mail' });
    const cwd = await folderWith({
      'old/a.json': { rules: [mail] },
      'new/a.json': { rules: [{ ...mail, filters: ['pyi'] }] },
      'late/a.json': { rules: [{ ...mail, metadata: { expires: '2026-01-31' } }] },
      'calls.jsonl': JSON.stringify({ session: 's', step: 0, tool: 'mail', args: {} }),
    });
    const given = ['--trace', 'calls.jsonl', '--against', 'old'];
    const unfiltered = await cli(['simulate', 'new', ...given], { cwd });
    expect(unfiltered.err).toMatch(/a\.json:1:\d+: warning: .*`pyi` is not registered/u);
    expect(await simulate(cwd, 'new', ...given, '--filter', 'pyi')).toMatchObject({ err: '' });
    const late = await cli(['simulate', 'late', ...given], { cwd });
    expect(late.err).toContain('the rule has expired and approves nothing any more');
    expect(late.out).toContain('nothing changes for these calls');
  });
});

describe('ringfence simulate --trace', () => {
  const row = (step: number, tool: string, args: object = {}, session = 's') =>
    JSON.stringify({ session, step, tool, args });

  it('asks both sets about the calls of a trace', async () => {
    const cwd = await folderWith({
      'old/a.json': { rules: [rule('mail', 'auto_approve', { tool: 'mail', max_per_hour: 1 })] },
      'new/a.json': {
        rules: [rule('mail', 'auto_approve', { tool: 'mail', args: { n: { lte: 1 } } })],
      },
      'calls.jsonl': [
        row(0, 'mail', { n: 1 }),
        row(1, 'mail', { n: 1 }),
        row(2, 'mail', { n: 2 }),
        row(3, 'rm'),
      ].join('\n'),
    });
    const given = ['new', '--trace', 'calls.jsonl', '--against', 'old'];
    const { code, json } = await simulate(cwd, ...given);
    expect(code).toBe(1);
    expect(json).toMatchObject({
      compared: 4,
      changes: { deny_to_allow: 1 },
      totals: { allow: { allow: 1 }, deny: { allow: 1, deny: 2 } },
      notes: { undeclared: 4 },
      since: null,
    });
    const tools = { mail: { effect: 'write', undo: 'none' } };
    await writeFile(join(cwd, 'tools.json'), JSON.stringify(tools));
    const declared = await simulate(cwd, ...given, '--tools', 'tools.json');
    expect(declared.json.notes.undeclared).toBe(1);
  });

  it('tells bad lines and goes on', async () => {
    const cwd = await folderWith({
      'new/a.json': { rules: [rule('mail', 'auto_approve', { tool: 'mail' })] },
      'calls.jsonl': `${row(0, 'mail')}\n{"tool":\n${row(1, 'a\u200bb')}\n`,
    });
    const ran = await simulate(cwd, 'new', '--trace', 'calls.jsonl', '--against', 'new');
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/calls\.jsonl:2: .*\n.*calls\.jsonl:3: /u);
    expect(ran.json).toMatchObject({ compared: 1, loosened: 0, notCompared: { damagedLines: 2 } });
  });
});

describe('what is wrong with the command line', () => {
  const files = {
    'new/a.json': { rules: [] },
    'bad/a.json': '{ "rules": [{ "nme": 1 }] }',
    'c.jsonl': '',
  };
  it.each([
    [['new'], 2, 'say which calls: `--log DIR` or `--trace FILE`'],
    [['new', '--log', 'x', '--trace', 'y'], 2, '`--log` or `--trace`, not both'],
    [['new', '--trace', 'c.jsonl'], 2, 'name rules to compare with, `--against RULES`'],
    [['new', '--log', 'x', '--since', 'yesterday'], 2, '`--since`: expected a time such as `7d`'],
    [['new', '--log', 'x', '--since', '2026-02-30'], 2, '`--since`: expected a time'],
    [
      ['new', '--log', 'x', '--since', '1h', '--until', '2h'],
      2,
      '`--since` is not before `--until`',
    ],
    [['new', '--trace', 'c.jsonl', '--against', 'new', '--since', '1d'], 2, 'are for logs'],
    [['new', '--log', 'x', '--examples', 'many'], 2, '`--examples`: expected a whole number'],
    [['new', '--log', 'nowhere'], 3, '`nowhere` does not exist'],
    [['new', '--log', 'new'], 3, '`new` holds no action log'],
    [['gone', '--log', 'x'], 3, 'there are no rules at `gone`'],
    [['new', '--log', 'x', '--against', '0123abcdef'], 3, 'there are no rules at `0123abcdef`'],
    [['new', '--trace', 'gone.jsonl', '--against', 'new'], 3, 'there is no file `gone.jsonl`'],
    [['bad', '--log', 'x'], 1, 'the rules in bad are not valid:\n\na.json:1:13: error: '],
    [['new', '--trace', 'c.jsonl', '--against', 'new', '--tools', 'gone'], 3, 'there is no file'],
  ])('%j: exit code %i, %s', async (args, code, message) => {
    const cwd = await folderWith(files);
    const ran = await cli(['simulate', ...args], { cwd });
    expect({ code: ran.code, out: ran.out }).toEqual({ code, out: '' });
    expect(ran.err).toContain(message);
  });

  it('rules that are not valid are told in JSON too', async () => {
    const ran = await cli(['simulate', 'bad', '--log', 'x', '--json'], {
      cwd: await folderWith(files),
    });
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.out).problems[0]).toMatchObject({ file: 'a.json', line: 1 });
  });
});

async function segmentOf(cwd: string): Promise<string> {
  const dir = join(cwd, 'data', 'log');
  const name = (await readdir(dir)).find((each) => each.endsWith('.seg')) ?? '';
  return join(dir, name);
}

async function vaultIds(dir: string): Promise<readonly string[]> {
  const name = (await readdir(dir)).find((each) => each.endsWith('.vlt')) ?? '';
  const text = await readFile(join(dir, name), 'utf8');
  return Array.from(text.matchAll(/"id":"([^"]+)"/gu), ([, id = '']) => id);
}
