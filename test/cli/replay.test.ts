import { describe, expect, it } from 'vitest';
import { cli, folderWith } from './cli.ts';

const tool = 'pay\u202e\u009b2Jall';
const row = { suite: 's', case_id: 'c', session: 'one', step: 0, tool, args: {}, result: null };

describe('ringfence replay', () => {
  it('answers under the exit codes of the others, and shows no terminal what a recording holds', async () => {
    const cwd = await folderWith({
      'rules/a.json': { rules: [{ name: 'no', condition: {}, approval: 'deny' }] },
      'calls.jsonl': `${JSON.stringify(row)}\n`,
    });
    const argv = ['replay', 'calls.jsonl', '--rules', 'rules', '--json'];
    const { code, out } = await cli(argv, { cwd });
    expect(code).toBe(0);
    expect(out).toContain('pay\\u202e\\u009b2Jall');
    expect(JSON.parse(out)).toMatchObject({ session: 'one', tool, verdict: 'deny' });
    expect((await cli(['replay', 'calls.jsonl', '--rles', 'rules'], { cwd })).code).toBe(2);
  });
});
