import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../src/core/model/call.ts';
import type { Outcome } from '../../../src/core/model/decision.ts';
import type { HypervisorParts } from '../../../src/core/hypervisor/assembly.ts';
import { createMemoryLog } from '../../../src/stores/memory/log.ts';
import { createMemoryRecords } from '../../../src/stores/memory/records.ts';
import { createMemoryVault } from '../../../src/stores/memory/vault.ts';
import { startBench, type Bench } from '../../support/harness.ts';

const rule = (approval: string) => ({ name: 'mail', condition: { tool: 'mail' }, approval });
const claim: Claim = { adapter: 'test', thread: 't', task: 'tools:1', id: 'call_0', turnMs: 1000 };

/** The stores outlive the bench, as a data folder outlives its process. */
function disk(): Pick<HypervisorParts, 'log' | 'records' | 'vault'> {
  return { log: createMemoryLog(), records: createMemoryRecords(), vault: createMemoryVault() };
}

function mailer(bench: Bench) {
  const ran: unknown[] = [];
  const { hypervisor } = bench;
  hypervisor.tools.register({
    name: 'mail',
    description: 'Sends',
    manifest: { effect: 'write', undo: 'full', paths: [] },
  });
  const send = (
    to: string,
    given: Partial<Claim> = {},
    answer: () => unknown = () => ({ sent: ran.length }),
    agent = 'default',
  ): Promise<Outcome<unknown>> =>
    hypervisor.submit(
      {
        tool: 'mail',
        args: { value: { to } },
        seat: hypervisor.seat(agent),
        claim: { ...claim, ...given },
        waitMs: 0,
      },
      (args) => {
        ran.push(args);
        return answer();
      },
    );
  const answer = async (verdict: 'allow' | 'deny'): Promise<void> => {
    const person = await hypervisor.authenticate('ann');
    for (const { approvalId, call } of await hypervisor.approvals.list()) {
      const { fingerprint } = call;
      await hypervisor.approvals.answer(approvalId, { verdict, person, fingerprint });
    }
  };
  return { ran, send, answer };
}

async function openMailer(approval: string, parts: Partial<HypervisorParts> = {}) {
  const bench = await startBench([rule(approval)], parts);
  return { bench, ...mailer(bench) };
}

const refusedAsDone = { status: 'refused', why: { code: 'ALREADY_DONE' } };

describe('a claim', () => {
  it('runs its call once and gives the recorded value again', async () => {
    const { send, ran, bench } = await openMailer('auto_approve');
    const first = await send('a');
    expect(first).toMatchObject({ status: 'done', value: { sent: 1 } });
    expect(await send('a')).toEqual(first);
    expect(ran).toHaveLength(1);
    const types = (await bench.entries()).map(({ type }) => type);
    expect(types.filter((type) => type === 'call.decided')).toHaveLength(1);
  });

  it('gives values that are no JSON again, the very same ones', async () => {
    const { send, ran } = await openMailer('auto_approve');
    const value = new Map([['a', 1]]);
    await send('a', {}, () => value);
    const again = await send('a');
    expect(again.status === 'done' && again.value).toBe(value);
    await send('b', { id: 'call_1' }, () => undefined);
    expect(await send('b', { id: 'call_1' })).toMatchObject({ status: 'done', value: undefined });
    expect(ran).toHaveLength(2);
  });

  it('is another one for another thread, turn, id, adapter and seat, and never a joined name', async () => {
    const { send, ran, bench } = await openMailer('auto_approve');
    await bench.hypervisor.agents.register({ id: 'somebody' });
    await send('a', { thread: 'a:b', task: 'c' });
    await send('a', { thread: 'a', task: 'b:c' });
    await send('a', { task: 'tools:2' });
    await send('a', { id: 'call_1' });
    await send('a', { adapter: 'other' });
    await send('a', {}, undefined, 'somebody');
    await send('a');
    expect(ran).toHaveLength(7);
  });

  it('refuses another call under a used id', async () => {
    const { send, ran } = await openMailer('auto_approve');
    await send('a');
    expect(await send('b')).toMatchObject(refusedAsDone);
    expect(ran).toEqual([{ to: 'a' }]);
  });

  it('lets one of many racing attempts run', async () => {
    const { send, ran } = await openMailer('auto_approve');
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => send('a')));
    expect(ran).toHaveLength(1);
    const statuses = outcomes.map(({ status }) => status);
    expect(statuses.filter((status) => status === 'done')).toHaveLength(1);
    expect(statuses.filter((status) => status === 'refused')).toHaveLength(19);
  });

  it('evaluates again what was refused or what failed', async () => {
    const { send, ran, bench } = await openMailer('deny');
    expect(await send('a')).toMatchObject({ status: 'refused', why: { code: 'RULE_DENIED' } });
    bench.setRules([rule('auto_approve')]);
    const broken = (): never => {
      throw new Error('down');
    };
    expect(await send('a', {}, broken)).toMatchObject({ status: 'failed' });
    expect(await send('b')).toMatchObject({ status: 'done' });
    expect(ran).toHaveLength(2);
  });

  it('refuses what was cut off while it ran', async () => {
    const { send, bench } = await openMailer('auto_approve');
    const { promise, resolve } = Promise.withResolvers<void>();
    const running = send('a', {}, async () => {
      resolve();
      await new Promise(() => {});
    });
    await promise;
    expect(await send('a')).toMatchObject(refusedAsDone);
    await bench.hypervisor.killSwitch.kill({ tool: 'mail' }, 'test');
    expect(await running).toMatchObject({ status: 'unknown' });
    await bench.hypervisor.killSwitch.revive(
      { tool: 'mail' },
      await bench.hypervisor.authenticate('a'),
    );
    expect(await send('a')).toMatchObject(refusedAsDone);
  });

  it('keeps its ticket until it is answered, and is then redeemed', async () => {
    const { send, ran, answer } = await openMailer('require_review');
    const first = await send('a');
    const again = await send('a');
    if (first.status !== 'pending' || again.status !== 'pending') throw new Error(first.status);
    expect(again.ticket).toEqual(first.ticket);
    await answer('allow');
    expect(await send('a')).toMatchObject({ status: 'done', value: { sent: 1 } });
    expect(await send('a')).toMatchObject({ status: 'done', value: { sent: 1 } });
    expect(ran).toHaveLength(1);
  });

  it('hears of a denial, and does not ask again by itself', async () => {
    const { send, ran, answer, bench } = await openMailer('require_review');
    await send('a');
    await answer('deny');
    expect(await send('a')).toMatchObject({ status: 'refused', why: { code: 'DENIED' } });
    expect(await bench.hypervisor.approvals.list()).toEqual([]);
    expect(ran).toEqual([]);
  });

  it('is done as well when its ticket comes back another way', async () => {
    const { send, ran, answer, bench } = await openMailer('require_review');
    const first = await send('a');
    if (first.status !== 'pending') throw new Error(first.status);
    await answer('allow');
    const forged = { ...first.ticket, callId: 'another' };
    await bench.hypervisor.resume(forged, () => 'forged');
    const done = await bench.hypervisor.resume(first.ticket, () => 'elsewhere');
    expect(done).toMatchObject({ status: 'done', value: 'elsewhere' });
    expect(await send('a')).toEqual(done);
    expect(ran).toEqual([]);
  });

  it('withholds again what a filter withheld', async () => {
    const after = async () =>
      ({ verdict: 'deny', by: 'pii', code: 'FILTER_DENIED', reason: '-' }) as const;
    const ask = { ...rule('auto_approve'), filters: ['pii'] };
    const bench = await startBench([ask], { filters: [{ name: 'pii', after }] });
    const { send, ran } = mailer(bench);
    expect(await send('a')).toMatchObject({ status: 'failed', error: { code: 'FILTER_DENIED' } });
    expect(await send('a')).toMatchObject(refusedAsDone);
    expect(ran).toHaveLength(1);
  });
});

describe('claims over a restart', () => {
  it('give the recorded value, or refuse where it was no JSON', async () => {
    const kept = disk();
    const first = await openMailer('auto_approve', kept);
    await first.send('a');
    await first.send('b', { id: 'call_1' }, () => new Map());
    await first.bench.hypervisor.close();
    const second = await openMailer('auto_approve', kept);
    expect(await second.send('a')).toMatchObject({ status: 'done', value: { sent: 1 } });
    expect(await second.send('b', { id: 'call_1' })).toMatchObject(refusedAsDone);
    expect(second.ran).toEqual([]);
  });

  it('keep tickets, and redeem what was answered meanwhile', async () => {
    const kept = disk();
    const first = await openMailer('require_review', kept);
    await first.send('a');
    await first.answer('allow');
    await first.bench.hypervisor.close();
    const second = await openMailer('require_review', kept);
    expect(await second.send('a')).toMatchObject({ status: 'done' });
    expect(second.ran).toEqual([{ to: 'a' }]);
  });

  it('are durable before the tool starts: no store, no effect', async () => {
    const kept = disk();
    const { send, ran } = await openMailer('auto_approve', {
      ...kept,
      records: {
        ...kept.records,
        compareAndSet: async (kind, ...rest) => {
          if (kind === 'claim') throw new Error('disk full');
          return kept.records.compareAndSet(kind, ...rest);
        },
      },
    });
    expect(await send('a')).toMatchObject({ status: 'refused', why: { code: 'LOG_UNAVAILABLE' } });
    expect(ran).toEqual([]);
  });

  it('refuse when what was done cannot be read', async () => {
    const kept = disk();
    const { send, ran } = await openMailer('auto_approve', {
      ...kept,
      records: {
        ...kept.records,
        get: async (kind, key) => {
          if (kind === 'claim') throw new Error('disk gone');
          return kept.records.get(kind, key);
        },
      },
    });
    expect(await send('a')).toMatchObject({ status: 'refused', why: { code: 'LOG_UNAVAILABLE' } });
    expect(ran).toEqual([]);
  });
});

describe('claims that were forgotten', () => {
  it('refuse a late resume of their turn, also after a restart, and let new turns pass', async () => {
    const kept = disk();
    const settings = { maxClaims: 10 };
    const { send, ran, bench } = await openMailer('auto_approve', { ...kept, settings });
    for (let turn = 1; turn <= 12; turn += 1) {
      await send('a', { task: `tools:${turn}`, turnMs: turn * 1000 });
      bench.clock.advance(1000);
    }
    expect(ran).toHaveLength(12);
    expect((await kept.records.list('claim')).length).toBeLessThanOrEqual(11);
    expect(await send('a', { task: 'tools:1', turnMs: 1000 })).toMatchObject(refusedAsDone);
    await bench.hypervisor.close();
    const later = await openMailer('auto_approve', { ...kept, settings });
    expect(await later.send('a', { task: 'tools:1', turnMs: 1000 })).toMatchObject(refusedAsDone);
    expect(await later.send('a', { task: 'tools:12', turnMs: 12_000 })).toMatchObject({
      status: 'done',
    });
    expect(later.ran).toEqual([]);
    expect(await later.send('a', { task: 'tools:13', turnMs: 13_000 })).toMatchObject({
      status: 'done',
    });
    expect(later.ran).toHaveLength(1);
  });

  it('are those of more than a day ago, but for calls that wait for a person', async () => {
    const { send, ran, bench } = await openMailer('auto_approve', {
      settings: { claimMs: 60_000 },
    });
    await send('a');
    bench.setRules([rule('require_review')]);
    await send('b', { id: 'call_1' });
    bench.clock.advance(120_000);
    bench.setRules([rule('auto_approve')]);
    await send('c', { task: 'tools:2', turnMs: 2000 });
    expect(await send('a')).toMatchObject(refusedAsDone);
    expect(await send('b', { id: 'call_1' })).toMatchObject({ status: 'pending' });
    expect(ran).toEqual([{ to: 'a' }, { to: 'c' }]);
  });
});
