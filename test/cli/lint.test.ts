import { describe, expect, it } from 'vitest';
import { cli, folderWith } from './cli.ts';

const metadata = { owner: 'me' };
const deny = { name: 'all', condition: { tool: 'pay' }, approval: 'deny', metadata };
const allow = {
  name: 'some',
  condition: { tool: 'pay', action: 'send' },
  approval: 'auto_approve',
  metadata,
};
const impossible = {
  name: 'never',
  condition: { tool: 'pay', args: { amount: { gt: 5, lt: 1 } } },
  approval: 'deny',
  metadata,
};

describe('ringfence lint', () => {
  it('finds sound rules fine', async () => {
    const cwd = await folderWith({ 'rules/a.json': { rules: [deny] } });
    const { code, out } = await cli(['lint', 'rules'], { cwd });
    expect([code, out]).toEqual([0, '1 file: fine\n']);
  });

  it('shows what is odd in its line, with its code and a remedy; only with --strict it fails', async () => {
    const cwd = await folderWith({
      'rules/a.json': JSON.stringify({ rules: [deny, allow] }, undefined, 1),
    });
    const { code, out } = await cli(['lint', 'rules'], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(
      /^a\.json:15:17: warning: rule `some`: the rule `all` denies every call .* \(dead-rule\)\n {2}\| .*\n {2}\| +\^\n {2}remedy: /u,
    );
    expect(out).toMatch(/0 errors, 1 warning, 0 notes\n$/u);
    expect((await cli(['lint', 'rules', '--strict'], { cwd })).code).toBe(1);
    const { findings } = JSON.parse((await cli(['lint', 'rules', '--json'], { cwd })).out);
    expect(findings).toMatchObject([
      { code: 'dead-rule', severity: 'warning', line: 15, pointer: '/rules/1/condition' },
    ]);
  });

  it('fails for rules that are not valid, and tells an error of its own once', async () => {
    const cwd = await folderWith({
      'bad/a.json': { rules: [{ ...deny, approval: 'no' }] },
      'rules/a.json': { rules: [impossible] },
    });
    const bad = await cli(['lint', 'bad', '--json'], { cwd });
    expect([bad.code, JSON.parse(bad.out).problems.length]).toEqual([1, 1]);
    const { code, out } = await cli(['lint', 'rules', '--json'], { cwd });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      problems: [],
      findings: [{ code: 'contradictory-condition', severity: 'error' }],
    });
    const checked = await cli(['check', 'rules'], { cwd });
    expect([checked.code, checked.out.includes('no value satisfies')]).toEqual([1, true]);
  });

  it('compares with declared tools and with the rules before', async () => {
    const limited = { ...allow, condition: { tool: 'pay', max_per_hour: 5 } };
    const cwd = await folderWith({
      'before/a.json': { rules: [{ ...limited, name: 'old' }] },
      'rules/a.json': { rules: [limited] },
      'tools.json': { pay: { effect: 'write', undo: 'none' } },
    });
    const codes = async (...more: string[]) => {
      const { out } = await cli(['lint', 'rules', '--json', ...more], { cwd });
      return JSON.parse(out).findings.map(({ code }: { code: string }) => code);
    };
    expect(await codes()).toEqual([]);
    expect(await codes('--tools', 'tools.json')).toEqual(['unguarded-allow']);
    expect(await codes('--against', 'before')).toEqual(['renamed-rule']);
  });
});
