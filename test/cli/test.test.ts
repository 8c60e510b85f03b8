import { describe, expect, it } from 'vitest';
import { cli, folderWith } from './cli.ts';

const call = { tool: 'pay', args: { amount: 20 } };
const small = {
  name: 'small',
  condition: { tool: 'pay', args: { amount: { lte: 50 } }, max_per_hour: 5 },
  approval: 'auto_approve',
};

function rulesWith(...tests: readonly object[]) {
  return { rules: [{ ...small, tests }] };
}

describe('ringfence test', () => {
  it('counts limits: the sixth call of an hour is denied, and the next hour allows again', async () => {
    const time = '2026-11-23T10:00:00Z';
    const later = { time: '2026-11-23T11:00:00Z', expect: 'auto_approve' };
    const cwd = await folderWith({
      'rules/a.json': rulesWith(
        { call, time, times: 5, expect: 'auto_approve' },
        { call, time, times: 6, expect: 'deny', steps: [later] },
      ),
    });
    const { code, out } = await cli(['test', 'rules'], { cwd });
    expect([code, out]).toEqual([0, '2 tests: all pass\n']);
    expect((await cli(['check', 'rules'], { cwd })).code).toBe(0);
  });

  it('shows what a failure got, from which rule, and the nearest allow rule', async () => {
    const far = { tool: 'pay', args: { amount: 80 } };
    const cwd = await folderWith({
      'rules/a.json': rulesWith({ call, times: 6, expect: 'auto_approve' }),
      'rules/more.tests.json': {
        tests: [{ name: 'large ones', call: far, expect: 'auto_approve' }],
      },
    });
    const { code, out } = await cli(['test', 'rules'], { cwd });
    expect(code).toBe(1);
    expect(out).toContain('a.json small /tests/0\n  expected auto_approve\n');
    expect(out).toContain('but got  deny (rule `small`, LIMIT_EXCEEDED)');
    expect(out).toContain('more.tests.json large ones /tests/0\n');
    expect(out).toContain('but got  deny (no rule matches)\n  nearest  rule `small` misses by');
    expect(out).toMatch(/2 tests: 2 of them not as expected\n$/u);
    const json = JSON.parse((await cli(['test', 'rules', '--json'], { cwd })).out);
    expect(json).toMatchObject({
      ok: false,
      tests: 2,
      coverage: null,
      failures: [
        { of: 'small', rule: 'small', code: 'LIMIT_EXCEEDED', given: 'deny' },
        { of: 'large ones', rule: null, nearest: { rule: 'small', missed: 'args.amount lte' } },
      ],
    });
  });

  it('says what no test saw both ways, and fails below what is asked', async () => {
    const cwd = await folderWith({ 'rules/a.json': rulesWith({ call, expect: 'auto_approve' }) });
    const { code, out } = await cli(['test', 'rules', '--coverage'], { cwd });
    expect(code).toBe(0);
    expect(out).toContain('2/4  small  never seen false\n    args.amount lte: never seen false\n');
    expect(out).toContain('coverage: 50 % (2 of 4)\n');
    const least = async (percent: string) =>
      (await cli(['test', 'rules', '--min-coverage', percent], { cwd })).code;
    expect([await least('50'), await least('51'), await least('x')]).toEqual([0, 1, 2]);
    const both = await folderWith({
      'rules/a.json': rulesWith(
        { call, expect: 'auto_approve' },
        { call: { tool: 'pay', args: { amount: 51 } }, expect: 'deny' },
      ),
    });
    const full = JSON.parse(
      (await cli(['test', 'rules', '--coverage', '--json'], { cwd: both })).out,
    );
    expect(full.coverage).toMatchObject({
      percent: 100,
      rules: [{ rule: 'small', matched: true, missed: true, parts: [{ asTrue: true }] }],
    });
  });

  it('shows why rules are not valid', async () => {
    const cwd = await folderWith({ 'rules/a.json': { rules: [{ ...small, approval: 'no' }] } });
    const { code, err } = await cli(['test', 'rules'], { cwd });
    expect([code, err.includes('expected `auto_approve`')]).toEqual([1, true]);
  });
});
