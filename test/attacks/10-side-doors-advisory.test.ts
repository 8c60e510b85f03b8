import { describe, expect, it } from 'vitest';
import { openHypervisor } from '../../src/core/hypervisor/hypervisor.ts';
import type { Hypervisor } from '../../src/core/hypervisor/api.ts';
import type { Manifest } from '../../src/core/model/tool.ts';
import { createMemoryCounters } from '../../src/stores/memory/counters.ts';
import { createMemoryRecords } from '../../src/stores/memory/records.ts';
import type { Records } from '../../src/core/model/ports.ts';
import { settle, startBench } from '../support/harness.ts';
import { allow, codeOf, deny, writes } from '../support/tools.ts';

const trusted: Manifest = { effect: 'read', undo: 'full', output: 'trusted', paths: [] };
const vault = { ...allow('vault'), taint: ['secret'] };

async function open(hypervisor: Hypervisor) {
  hypervisor.tools.register({ name: 'vault', description: 'd', manifest: trusted });
  hypervisor.tools.register({ name: 'mail', description: 'd', manifest: writes });
  const seat = hypervisor.seat(await hypervisor.agents.register({ id: 'clerk' }), 'one');
  const submit = (tool: 'vault' | 'mail', mode: 'run' | 'advisory') =>
    hypervisor.submit({ tool, args: { value: {} }, seat, mode, waitMs: 0 }, () => 1);
  return { submit };
}

const afterVault = { ...deny('mail'), condition: { tool: 'mail', after: { tool: 'vault' } } };
const isTainted = {
  ...deny('mail'),
  condition: { tool: 'mail', session: { tainted: ['secret'] } },
};

describe('class 10, side doors: a call that foreign code runs', () => {
  it.each([
    ['has run, for a rule that asks what came before', afterVault],
    ['gives its labels', isTainted],
  ])('%s, as soon as it is released', async (_, rule) => {
    const { hypervisor } = await startBench([vault, allow('mail'), rule]);
    const { submit } = await open(hypervisor);
    const released = await submit('vault', 'advisory');
    expect(codeOf(released)).toBe('released');
    expect(codeOf(await submit('mail', 'run'))).toBe('RULE_DENIED');
    if (released.status === 'released') await hypervisor.settle(released.callId, { value: 'x' });
    expect(codeOf(await submit('mail', 'run'))).toBe('RULE_DENIED');
  });

  it('is one call of the history, released and then done', async () => {
    const seen: string[][] = [];
    const watch = {
      name: 'watch',
      decide: async (_: unknown, { history }: { history: readonly { status: string }[] }) => {
        seen.push(history.map(({ status }) => status));
        return { verdict: 'allow', by: 'watch', code: 'OK', reason: 'ok' } as const;
      },
    };
    const { hypervisor } = await startBench([vault, allow('mail')], { supervisors: [watch] });
    const { submit } = await open(hypervisor);
    const released = await submit('vault', 'advisory');
    await submit('mail', 'run');
    if (released.status === 'released') await hypervisor.settle(released.callId, { value: 'x' });
    await submit('mail', 'run');
    expect(seen).toEqual([[], ['released'], ['done', 'done']]);
  });
});

/** Records that take nothing of sessions while `away` says so. */
function recordsOf(away: () => 'rejects' | 'hangs' | undefined): Records {
  const records = createMemoryRecords();
  return {
    ...records,
    async compareAndSet(...asked) {
      const how = asked[0] === 'session' ? away() : undefined;
      if (how === 'rejects') throw new Error('disk full');
      if (how === 'hangs') return new Promise<never>(() => undefined);
      return records.compareAndSet(...asked);
    },
  };
}

describe('class 23, fresh start: a call that foreign code runs', () => {
  it.each(['rejects', 'hangs'] as const)(
    'is refused, again and again, while the store that keeps its labels %s',
    async (how) => {
      const bench = await startBench([vault, allow('mail'), isTainted], {
        records: recordsOf(() => how),
      });
      const { submit } = await open(bench.hypervisor);
      for (let turn = 0; turn < 2; turn += 1) {
        const asked = submit('vault', 'advisory');
        await settle();
        bench.clock.advance(10_000);
        expect(codeOf(await asked)).toBe('LOG_UNAVAILABLE');
      }
      const types = (await bench.entries()).map(({ type, status }) => [type, status]);
      expect(types.filter(([type]) => type === 'call.finished')).toEqual([
        ['call.finished', 'refused'],
        ['call.finished', 'refused'],
      ]);
    },
  );

  it('taints the session over a crash though its labels could not be kept the first time', async () => {
    let isAway = true;
    const records = recordsOf(() => (isAway ? 'rejects' : undefined));
    const bench = await startBench([vault, allow('mail'), isTainted], { records });
    const first = await open(bench.hypervisor);
    await first.submit('vault', 'advisory');
    isAway = false;
    expect(codeOf(await first.submit('vault', 'advisory'))).toBe('released');
    const counters = createMemoryCounters();
    const { hypervisor } = await openHypervisor({ ...bench.parts, counters });
    expect(codeOf(await (await open(hypervisor)).submit('mail', 'run'))).toBe('RULE_DENIED');
  });

  it('taints the session over a crash before anybody is told what came back', async () => {
    const bench = await startBench([vault, allow('mail'), isTainted]);
    await (await open(bench.hypervisor)).submit('vault', 'advisory');
    const { hypervisor } = await openHypervisor({
      ...bench.parts,
      counters: createMemoryCounters(),
    });
    const { submit } = await open(hypervisor);
    expect(codeOf(await submit('mail', 'run'))).toBe('RULE_DENIED');
  });
});
