import { describe, expect, it } from 'vitest';
import { startBench } from '../support/harness.ts';
import { allow, codeOf, countingTool, review } from '../support/tools.ts';

describe('class 4, falsy defaults: 0 is what was asked for', () => {
  it('a limit of 0 lets nothing through', async () => {
    const { hypervisor } = await startBench([allow('pay', { max_per_hour: 0 })]);
    const { attempt, runs } = countingTool(hypervisor, 'pay');
    expect(codeOf(await attempt())).toBe('LIMIT_EXCEEDED');
    expect(runs).toEqual([]);
  });

  it('a sum of 0 lets only 0 through', async () => {
    const limits = [{ sum: 'args.amount', max: 0, per: 'day' }];
    const { hypervisor } = await startBench([allow('pay', { limits })]);
    const { attempt } = countingTool(hypervisor, 'pay');
    expect(codeOf(await attempt({ amount: 0.01 }))).toBe('LIMIT_EXCEEDED');
    expect(codeOf(await attempt({ amount: 0 }))).toBe('done');
  });

  it('a score of 0, given or as default, is ring 3', async () => {
    const { hypervisor } = await startBench([], { settings: { defaultScore: 0 } });
    const given = await hypervisor.agents.register({ id: 'given', startScore: 0 });
    const byDefault = await hypervisor.agents.register({ id: 'by_default' });
    expect([given, byDefault].map(hypervisor.agents.ring)).toEqual([3, 3]);
  });

  it('a wait of 0 waits for nobody', async () => {
    const { hypervisor } = await startBench([review('pay')], { settings: { waitMs: 0 } });
    const { attempt } = countingTool(hypervisor, 'pay');
    expect(codeOf(await attempt())).toBe('pending');
  });

  it('0 open approvals means none', async () => {
    const { hypervisor } = await startBench([review('pay')], { settings: { maxOpenApprovals: 0 } });
    const { attempt } = countingTool(hypervisor, 'pay');
    expect(codeOf(await attempt({}, { waitMs: 0 }))).toBe('APPROVALS_FULL');
  });

  it('ring 0 as the fixed ring is ring 0, and `ring: 0` in a rule is not `any ring`', async () => {
    const rule = allow('admin', { ring: 0 });
    const admin = { manifest: { effect: 'admin', undo: 'full', paths: [] } } as const;
    const root = await startBench([rule], { fixedRing: 0 });
    expect(codeOf(await countingTool(root.hypervisor, 'admin', admin).attempt())).toBe('done');
    const plain = await startBench([rule], { fixedRing: 1 });
    expect(codeOf(await countingTool(plain.hypervisor, 'admin', admin).attempt())).toBe(
      'RING_TOO_LOW',
    );
  });

  it.each([0, -1, 1001, 1.5, Number.NaN])(
    '%s participants are refused, not replaced',
    async (max) => {
      const { hypervisor } = await startBench([]);
      await expect(hypervisor.sessions.open({ maxParticipants: max })).rejects.toMatchObject({
        code: 'SESSION_INVALID',
      });
      await expect(
        hypervisor.sessions.open({ durationSeconds: max * 604_800 }),
      ).rejects.toMatchObject({ code: 'SESSION_INVALID' });
    },
  );

  it('a tool with a time-out of 0 is refused when it is registered', async () => {
    const { hypervisor } = await startBench([]);
    expect(() => countingTool(hypervisor, 'pay', { timeoutMs: 0 })).toThrow('`timeoutMs`');
  });

  it('arguments that are falsy are arguments', async () => {
    const { hypervisor } = await startBench([allow('pay')]);
    const { attempt, runs } = countingTool(hypervisor, 'pay');
    for (const args of [0, '', false, null]) expect(codeOf(await attempt(args))).toBe('done');
    expect(runs).toEqual([0, '', false, null]);
  });
});
