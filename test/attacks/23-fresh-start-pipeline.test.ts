import { describe, expect, it } from 'vitest';
import { openHypervisor } from '../../src/core/hypervisor/hypervisor.ts';
import type { Hypervisor } from '../../src/core/hypervisor/api.ts';
import { createMemoryCounters } from '../../src/stores/memory/counters.ts';
import { settle, startBench, type Bench } from '../support/harness.ts';
import { allow, codeOf, countingTool, review } from '../support/tools.ts';

/** A new process on the same log, vault and records; `close` of the old one or a crash before. */
async function restart(bench: Bench, how: 'closed' | 'crashed'): Promise<Hypervisor> {
  if (how === 'closed') await bench.hypervisor.close();
  const counters = createMemoryCounters();
  return (await openHypervisor({ ...bench.parts, counters })).hypervisor;
}

describe.each(['closed', 'crashed'] as const)('class 23, fresh start: after it was %s', (how) => {
  it('limits go on counting', async () => {
    const limits = [{ sum: 'args.amount', max: 100, per: 'day' }];
    const bench = await startBench([allow('pay', { max_per_hour: 3, limits })]);
    const { attempt } = countingTool(bench.hypervisor, 'pay');
    await attempt({ amount: 90 });
    await attempt({ amount: 1 });
    const again = countingTool(await restart(bench, how), 'pay');
    expect(codeOf(await again.attempt({ amount: 10 }))).toBe('LIMIT_EXCEEDED');
    expect(codeOf(await again.attempt({ amount: 9 }))).toBe('done');
    expect(codeOf(await again.attempt({ amount: 0 }))).toBe('LIMIT_EXCEEDED');
  });

  it('a limit counts by whom it says, under the same key', async () => {
    const limits = [{ count: true, max: 1, per: 'day', by: ['agent', 'args.to'] }];
    const bench = await startBench([allow('pay', { limits })]);
    const { attempt } = countingTool(bench.hypervisor, 'pay');
    await attempt({ to: 'ann' });
    const again = countingTool(await restart(bench, how), 'pay');
    expect(codeOf(await again.attempt({ to: 'bob' }))).toBe('done');
    expect(codeOf(await again.attempt({ to: 'ann' }))).toBe('LIMIT_EXCEEDED');
  });

  it('kills, quarantines and ended sessions hold', async () => {
    const bench = await startBench([allow('pay'), allow('mail')]);
    const { hypervisor } = bench;
    await hypervisor.killSwitch.kill({ tool: 'pay' }, 'test');
    await hypervisor.quarantine.enter('bad', 'manual', Infinity);
    await hypervisor.quarantine.enter('bad', 'manual', 1);
    const session = await hypervisor.sessions.open({ id: 'explicit' });
    await session.end();
    await hypervisor.seat('default', 'implicit').session.end();
    const after = await restart(bench, how);
    await after.agents.register({ id: 'bad' });
    const pay = countingTool(after, 'pay');
    const mail = countingTool(after, 'mail');
    bench.clock.advance(30 * 86_400_000);
    expect(codeOf(await pay.attempt())).toBe('KILLED');
    expect(codeOf(await mail.attempt({}, { seat: after.seat('BAD') }))).toBe('QUARANTINED');
    for (const id of ['explicit', 'implicit']) {
      expect(codeOf(await mail.attempt({}, { seat: after.seat('default', id) }))).toBe(
        'SESSION_ENDED',
      );
      await expect(after.sessions.open({ id })).rejects.toMatchObject({ code: 'SESSION_INVALID' });
    }
    expect(codeOf(await mail.attempt())).toBe('done');
  });

  it('scores stay: registering under the next process does not launder them', async () => {
    const bench = await startBench([]);
    await bench.hypervisor.agents.register({ id: 'low', startScore: 0.2 });
    const after = await restart(bench, how);
    const low = await after.agents.register({ id: 'Low', startScore: 1 });
    expect(after.agents.ring(low)).toBe(3);
  });

  it('open approvals are still open, and still count', async () => {
    const bench = await startBench([review('mail')]);
    const { attempt } = countingTool(bench.hypervisor, 'mail');
    for (let n = 0; n < 10; n += 1) await attempt({ n }, { waitMs: 0 });
    const after = await restart(bench, how);
    const again = countingTool(after, 'mail');
    expect(await after.approvals.list()).toHaveLength(10);
    expect(codeOf(await again.attempt({ n: 10 }, { waitMs: 0 }))).toBe('APPROVALS_FULL');
    expect(codeOf(await again.attempt({ n: 3 }, { waitMs: 0 }))).toBe('pending');
    expect(await after.approvals.list()).toHaveLength(10);
  });

  it('a call that was running is unknown, once, and counts against its limit', async () => {
    const bench = await startBench([allow('pay', { max_per_day: 1 })]);
    const { attempt } = countingTool(bench.hypervisor, 'pay', {
      run: () => new Promise(() => undefined),
    });
    const running = attempt();
    await settle();
    const after = await restart(bench, how);
    await restart({ ...bench, hypervisor: after }, how);
    const finished = (await bench.entries()).filter(({ type }) => type === 'call.finished');
    expect(finished).toMatchObject([{ status: 'unknown' }]);
    expect(codeOf(await countingTool(after, 'pay').attempt())).toBe(
      how === 'closed' ? 'CLOSED' : 'LIMIT_EXCEEDED',
    );
    // after a crash nobody is left to hear of it
    const heard = how === 'closed' ? (await running).status : 'unknown';
    expect(heard).toBe('unknown');
  });
});

describe('class 23, fresh start: in the same process', () => {
  it('a new session does not refill the bucket of the agent', async () => {
    const { hypervisor } = await startBench([allow('mail')], {
      rates: { 2: { perSecond: 1, burst: 5 } },
    });
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    for (let i = 0; i < 20; i += 1) {
      await attempt({}, { seat: hypervisor.seat('default', `session ${i}`) });
    }
    expect(runs).toHaveLength(5);
  });

  it('another spelling of the agent is the same agent', async () => {
    const { hypervisor } = await startBench([allow('mail', { max_per_day: 1 })]);
    await hypervisor.agents.register({ id: 'bot' });
    const { attempt } = countingTool(hypervisor, 'mail');
    expect(codeOf(await attempt({}, { seat: hypervisor.seat('bot') }))).toBe('done');
    expect(codeOf(await attempt({}, { seat: hypervisor.seat('BOT') }))).toBe('LIMIT_EXCEEDED');
    await hypervisor.quarantine.enter('Bot', 'manual');
    expect(codeOf(await attempt({}, { seat: hypervisor.seat('ｂｏｔ') }))).toBe('QUARANTINED');
  });

  it('an edit that puts another bound beside a limit does not reset it', async () => {
    const old = { limits: [{ count: true, max: 2, per: 'hour' }] };
    const bench = await startBench([allow('pay', old)]);
    const { attempt } = countingTool(bench.hypervisor, 'pay');
    await attempt({ n: 1 });
    await attempt({ n: 2 });
    for (const max of [10, 1]) {
      bench.setRules([allow('pay', { ...old, max_per_hour: max })]);
      expect(codeOf(await attempt({ n: 3 }))).toBe('LIMIT_EXCEEDED');
    }
    bench.setRules([allow('pay', { max_per_hour: 3 })]);
    expect(codeOf(await attempt({ n: 3 }))).toBe('done');
    expect(codeOf(await attempt({ n: 4 }))).toBe('LIMIT_EXCEEDED');
  });

  it('a reload of the rules does not reset a limit, nor does another maximum', async () => {
    const bench = await startBench([allow('mail', { max_per_day: 2 })]);
    const { attempt } = countingTool(bench.hypervisor, 'mail');
    await attempt();
    await attempt();
    bench.setRules([allow('mail', { max_per_day: 2 })]);
    expect(codeOf(await attempt())).toBe('LIMIT_EXCEEDED');
    bench.setRules([allow('mail', { max_per_day: 3 })]);
    expect(codeOf(await attempt())).toBe('done');
    expect(codeOf(await attempt())).toBe('LIMIT_EXCEEDED');
  });

  it('the children of a killed or quarantined agent are held with it', async () => {
    const { hypervisor } = await startBench([allow('mail')]);
    const parent = await hypervisor.agents.register({ id: 'parent' });
    const child = await hypervisor.agents.register({ id: 'child', parent });
    const grandchild = await hypervisor.agents.register({ id: 'grandchild', parent: child });
    const { attempt } = countingTool(hypervisor, 'mail');
    const seat = hypervisor.seat(grandchild);
    await hypervisor.quarantine.enter('parent', 'manual', 10);
    expect(codeOf(await attempt({}, { seat }))).toBe('QUARANTINED');
    await hypervisor.quarantine.release('parent', await hypervisor.authenticate('ann'));
    await hypervisor.killSwitch.kill({ agent: 'parent' }, 'test');
    expect(codeOf(await attempt({}, { seat }))).toBe('KILLED');
    expect(codeOf(await attempt())).toBe('done');
  });
});
