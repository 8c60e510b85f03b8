import { describe, expect, it } from 'vitest';
import { openHypervisor } from '../../src/core/hypervisor/hypervisor.ts';
import type { Hypervisor } from '../../src/core/hypervisor/api.ts';
import { createMemoryCounters } from '../../src/stores/memory/counters.ts';
import { putRecord } from '../../src/core/model/ports.ts';
import { settle, startBench, type Bench } from '../support/harness.ts';
import { allow, codeOf, countingTool } from '../support/tools.ts';

const rate = { perSecond: 100_000, burst: 100_000 };
const rates = { 0: rate, 1: rate, 2: rate, 3: rate };
const back = { min_calls: 20, failed_over: 0.3, at_most_each: 5 };
/** Lets half of the sessions pay, which fails. */
const loose = {
  name: 'loose',
  condition: { tool: 'pay' },
  approval: 'auto_approve',
  allow_loosening: true,
  rollout: { percent: 50, by: 'session', back, instead_of: 'some' },
};
const some = { ...allow('pay', { args: { amount: { lte: 10 } } }), name: 'some' };

function payIn(hypervisor: Hypervisor) {
  const { attempt } = countingTool(hypervisor, 'pay', {
    run: (args) => {
      if (JSON.stringify(args) === '{"amount":50}') throw new Error('no');
    },
  });
  return async (session: string, amount: number) =>
    codeOf(await attempt({ amount }, { seat: hypervisor.seat('default', session) }));
}

async function restart(bench: Bench, how: 'closed' | 'crashed'): Promise<Hypervisor> {
  if (how === 'closed') await bench.hypervisor.close();
  const counters = createMemoryCounters();
  return (await openHypervisor({ ...bench.parts, counters })).hypervisor;
}

async function traffic(pay: ReturnType<typeof payIn>, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 1) {
    await pay(`s${n}`, 5);
    await pay(`s${n}`, 50);
  }
  await settle();
}

describe.each(['closed', 'crashed'] as const)('class 23, fresh start: after it was %s', (how) => {
  it('a rollout that was put back stays back', async () => {
    const bench = await startBench([some, loose], { rates });
    await traffic(payIn(bench.hypervisor), 0, 60);
    expect(bench.hypervisor.rollouts.report()[0]?.reverted).toBeDefined();
    const again = await restart(bench, how);
    const pay = payIn(again);
    for (let n = 0; n < 30; n += 1) expect(await pay(`s${n}`, 50)).toBe('NO_RULE');
    expect((await again.health()).problems).toEqual([expect.stringContaining('`loose`')]);
    const twice = await restart({ ...bench, hypervisor: again }, how);
    expect(await payIn(twice)('s1', 50)).toBe('NO_RULE');
  });

  it('what a person lifted stays lifted', async () => {
    const bench = await startBench([some, loose], { rates });
    await traffic(payIn(bench.hypervisor), 0, 60);
    await bench.hypervisor.rollouts.lift('loose', await bench.hypervisor.authenticate('ann'));
    const again = await restart(bench, how);
    const codes = [];
    for (let n = 0; n < 10; n += 1) codes.push(await payIn(again)(`s${n}`, 50));
    expect(codes).toContain('failed');
  });

  it('what was counted goes on, so that restarts do not keep the way back from being taken', async () => {
    const bench = await startBench([some, loose], { rates });
    await traffic(payIn(bench.hypervisor), 0, 12);
    const before = bench.hypervisor.rollouts.report();
    expect(before[0]?.reverted).toBeUndefined();
    const again = await restart(bench, how);
    expect(again.rollouts.report()).toEqual(before);
    await traffic(payIn(again), 12, 60);
    expect(again.rollouts.report()[0]?.reverted).toBeDefined();
  });
});

describe('class 23, fresh start: a snapshot that cannot be read', () => {
  it('does not forget a rollout that was put back: the log still knows', async () => {
    const bench = await startBench([some, loose], { rates });
    await traffic(payIn(bench.hypervisor), 0, 60);
    const [before] = bench.hypervisor.rollouts.report();
    await bench.hypervisor.close();
    const { records } = bench.parts;
    const stored = (await records.get('snapshot', 'counters'))?.value ?? {};
    expect(stored['rollouts']).toBeDefined();
    for (const rollouts of [{}, null, { stats: {}, reverted: {} }]) {
      await putRecord(records, 'snapshot', 'counters', { ...stored, rollouts });
      const parts = { ...bench.parts, counters: createMemoryCounters() };
      const { hypervisor } = await openHypervisor(parts);
      const [now] = hypervisor.rollouts.report();
      expect(now?.reverted).toEqual(before?.reverted);
      expect(now?.sides.candidate).toEqual(before?.sides.candidate);
      expect(await payIn(hypervisor)('s1', 50)).toBe('NO_RULE');
    }
  });
});
