import { join } from 'node:path';
import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createHypervisor } from '../../src/index.ts';
import { cli, folderWith } from './cli.ts';
import { project, start } from './hypervisor.ts';

const rolled = {
  name: 'watched',
  condition: { tool: 'note', args: { text: { eq: 'bad' } } },
  approval: 'deny',
  rollout: {
    percent: 100,
    by: 'agent',
    back: { min_calls: 2, at_most_each: 9, slower_than_ms: 0.000_001 },
  },
};
const note = { name: 'note', condition: { tool: 'note' }, approval: 'auto_approve' };

describe('ringfence rules stats and rules lift', () => {
  it('show what is known by side, and lift a way back that was taken', async () => {
    const cwd = await project({ 'rules/a.json': { rules: [note, rolled] } });
    const running = await start(cwd);
    const none = await cli(['rules', 'stats'], { cwd });
    expect([none.code, none.out]).toEqual([0, '']);
    expect(none.err).toContain('no rule is on trial');
    const early = await cli(['rules', 'lift', 'watched'], { cwd });
    expect([early.code, early.out]).toEqual([1, '']);
    expect(early.err).toContain('no rollout of a rule `watched` was put back');

    const reverted = new Promise((resolve) =>
      running.hypervisor.events.on('rollout.reverted', resolve),
    );
    expect((await running.note.attempt({ text: 'bad' })).status).toBe('refused');
    expect((await running.note.attempt({ text: 'good' })).status).toBe('done');
    await reverted;
    const shown = await cli(['rules', 'stats', 'watched'], { cwd });
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/^watched {2}[0-9a-f]{8} {2}100 %\n {2}put back .*took longer than/u);
    expect(shown.out).toContain('candidate  2 calls; decided 1 allow, 0 review, 1 deny');
    const json = JSON.parse((await cli(['rules', 'stats', '--json'], { cwd })).out);
    expect(json).toMatchObject([
      { rule: 'watched', percent: 100, sides: { candidate: { calls: 2 } } },
    ]);
    expect((await cli(['health'], { cwd })).out).toContain('rule `watched` was put back');
    expect((await cli(['rules', 'stats', 'other'], { cwd })).code).toBe(3);

    const lifted = await cli(['rules', 'lift', 'watched', '--json'], { cwd });
    expect(JSON.parse(lifted.out)).toEqual({
      lifted: 'watched',
      person: `os:${userInfo().username}`,
    });
    expect((await cli(['health'], { cwd })).code).toBe(0);
    expect((await running.note.attempt({ text: 'bad' })).status).toBe('refused');
  });

  it('work while nobody runs, and on the disk', async () => {
    const cwd = await folderWith({
      'rules/a.json': { rules: [note, rolled] },
      'ringfence.yaml': 'rules_file: ./rules\naudit_log: ./data\n',
    });
    const running = await start(cwd);
    const reverted = new Promise((resolve) =>
      running.hypervisor.events.on('rollout.reverted', resolve),
    );
    for (const text of ['good', 'good', 'good']) await running.note.attempt({ text });
    await reverted;
    await running.hypervisor.close();
    expect((await cli(['rules', 'stats'], { cwd })).out).toContain('put back');
    const options = { dir: join(cwd, 'data'), rules: join(cwd, 'rules'), logger: false } as const;
    const again = await createHypervisor(options);
    expect((await again.health()).problems).toEqual([expect.stringContaining('`watched`')]);
    await again.close();
    expect((await cli(['rules', 'lift', 'watched'], { cwd })).out).toBe('lifted watched\n');
    const last = await createHypervisor(options);
    expect((await last.health()).ok).toBe(true);
    await last.close();
  });
});
