import { describe, expect, it } from 'vitest';
import { cli, folderWith } from './cli.ts';

const rules = [
  {
    name: 'refund_small',
    condition: { tool: 'stripe', action: 'refund', args: { amount: { gt: 0, lte: 50 } } },
    approval: 'auto_approve',
  },
  {
    name: 'refund_large',
    condition: { tool: 'stripe', args: { amount: { gt: 10_000 } } },
    approval: 'require_review',
  },
  { name: 'no_admin', condition: { effect: 'admin' }, approval: 'deny' },
];

const refund = (amount: unknown) => ({ tool: 'Stripe', action: 'refund', args: { amount } });

async function explain(call: unknown, ...more: string[]) {
  const cwd = await folderWith({
    'rules/a.json': { rules },
    'call.json': call,
    'tools.json': { stripe: { effect: 'admin', undo: 'none', action: 'refund' } },
  });
  return cli(['explain', 'call.json', '--rules', 'rules', ...more], { cwd });
}

describe('ringfence explain', () => {
  it('says which rule decides', async () => {
    const { code, out } = await explain(refund(20));
    expect(code).toBe(0);
    expect(out).toMatch(/^allow {2}stripe\.refund {2}\(rule refund_small, RULE_ALLOWED\)\n/u);
    expect(out).toMatch(/review refund_large: does not match .*\n +false {2}args\.amount gt/u);
    expect(out).not.toContain('nearest');
  });

  it('names what could not be evaluated, and what that makes of the call', async () => {
    const { code, out } = await explain(refund('lots'));
    expect(code).toBe(0);
    expect(out).toMatch(/^review .*\(rule refund_large by error, /u);
    expect(out).toMatch(/refund_large: cannot be evaluated .*\n +error {2}args\.amount gt/u);
  });

  it('names the rule that would nearly have allowed it', async () => {
    const { out } = await explain(refund(80));
    expect(out).toMatch(/^deny .*no rule matches, NO_RULE/u);
    expect(out).toContain('misses only `args.amount lte` of rule refund_small');
  });

  it('takes from the tools file what the call does not say', async () => {
    const call = { tool: 'stripe', args: { amount: 20 } };
    const { out } = await explain(call, '--tools', 'tools.json', '--json');
    const { verdict, rule, candidates } = JSON.parse(out);
    expect([verdict, rule]).toEqual(['deny', 'no_admin']);
    expect(candidates.map((one: { rule: string }) => one.rule)).toEqual([
      'no_admin',
      'refund_large',
      'refund_small',
    ]);
    const unknown = await explain({ tool: 'shell' }, '--tools', 'tools.json');
    expect([unknown.code, unknown.out]).toEqual([1, '']);
    expect(unknown.err).toContain('declares no tool `shell`');
  });

  it('wants one declaration of the tool', async () => {
    const cwd = await folderWith({
      'rules/a.json': { rules },
      'call.json': { tool: 'stripe' },
      'tools.json': {
        one: { stripe: { effect: 'read', undo: 'full' } },
        two: { Stripe: { effect: 'admin', undo: 'none' } },
      },
    });
    const argv = ['explain', 'call.json', '--rules', 'rules', '--tools', 'tools.json'];
    const twice = await cli(argv, { cwd });
    expect([twice.code, twice.out]).toEqual([1, '']);
    expect(twice.err).toContain('declares `stripe` twice and differently; pick a group');
    expect((await cli([...argv, '--group', 'two'], { cwd })).out).toContain('rule no_admin');
  });

  it('answers in JSON', async () => {
    const { out } = await explain(refund(80), '--json');
    expect(JSON.parse(out)).toEqual({
      verdict: 'deny',
      by: 'rules',
      code: 'NO_RULE',
      reason: 'no rule allows this call',
      rule: null,
      rulesVersion: expect.stringMatching(/^[0-9a-f]{64}$/u),
      matched: 'default',
      file: null,
      nearest: { rule: 'refund_small', missed: 'args.amount lte' },
      limits: [],
      filters: [],
      origins: [],
      candidates: [
        {
          rule: 'refund_large',
          file: 'a.json',
          verdict: 'review',
          mode: 'enforce',
          expired: false,
          outcome: false,
          unmet: null,
          conditions: [{ label: 'args.amount gt', result: false }],
        },
        {
          rule: 'refund_small',
          file: 'a.json',
          verdict: 'allow',
          mode: 'enforce',
          expired: false,
          outcome: false,
          unmet: null,
          conditions: [
            { label: 'args.amount gt', result: true },
            { label: 'args.amount lte', result: false },
          ],
        },
      ],
    });
  });

  it('shows what is wrong with the call, and where', async () => {
    const { code, out, err } = await explain('{ "tool": "stripe",\n  "arguments": {} }');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('call.json:2:3: error: unknown key `arguments`');
    const twice = await explain('{ "tool": "stripe", "tool": "shell" }');
    expect(twice.err).toMatch(/call\.json:1:\d+: error: .*tool/u);
    expect((await explain({ tool: 'sh\u200bell' })).err).toContain('U+200B');
  });

  it('explains nothing under rules that are not valid', async () => {
    const cwd = await folderWith({ 'rules/a.json': { rules: [{}] }, 'call.json': refund(1) });
    const { code, out, err } = await cli(['explain', 'call.json', '--rules', 'rules'], { cwd });
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('the key `name` is missing');
  });
});
