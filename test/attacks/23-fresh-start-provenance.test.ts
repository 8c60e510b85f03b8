import { describe, expect, it } from 'vitest';
import { openHypervisor } from '../../src/core/hypervisor/hypervisor.ts';
import type { Hypervisor } from '../../src/core/hypervisor/api.ts';
import type { Manifest } from '../../src/core/model/tool.ts';
import { createMemoryRecords } from '../../src/stores/memory/records.ts';
import { createMemoryCounters } from '../../src/stores/memory/counters.ts';
import { settle, startBench, type Bench } from '../support/harness.ts';
import { allow, codeOf, countingTool } from '../support/tools.ts';

const page: Manifest = { effect: 'read', undo: 'full', output: 'untrusted', paths: [] };
const clean = { session: { not_tainted: ['untrusted', 'web'] } };
const rules = [
  { ...allow('page'), taint: ['web'] },
  allow('mail', clean),
  { ...allow('wash'), declassify: ['untrusted', 'web'] },
];

async function restart(bench: Bench): Promise<Hypervisor> {
  const counters = createMemoryCounters();
  return (await openHypervisor({ ...bench.parts, counters })).hypervisor;
}

describe('class 23, fresh start: what taints a session', () => {
  it('outlasts a crash, and ends with the session alone', async () => {
    const bench = await startBench(rules);
    const reading = countingTool(bench.hypervisor, 'page', { manifest: page, run: () => 'words' });
    const mail = countingTool(bench.hypervisor, 'mail', {
      manifest: { ...page, output: 'trusted' },
    });
    expect(codeOf(await mail.attempt())).toBe('done');
    await reading.attempt();
    expect(codeOf(await mail.attempt())).toBe('NO_RULE');
    const after = await restart(bench);
    const again = countingTool(after, 'mail');
    expect(codeOf(await again.attempt())).toBe('NO_RULE');
    expect(codeOf(await again.attempt({}, { seat: after.seat('default', 'other') }))).toBe('done');
  });

  it.each<[string, { readonly isLate: boolean }]>([
    ['of two calls at once, whose store is slow with the first', { isLate: true }],
    ['that the store did not take at the first call', { isLate: false }],
  ])('outlasts a crash with the labels %s', async (_what, { isLate }) => {
    const records = createMemoryRecords();
    const { promise: second, resolve } = Promise.withResolvers<void>();
    let writes = 0;
    const bench = await startBench(
      [
        { ...allow('one'), taint: ['one'] },
        { ...allow('two'), taint: ['two'] },
        allow('mail', { session: { not_tainted: ['one'] } }),
        allow('post', { session: { not_tainted: ['two'] } }),
      ],
      {
        records: {
          ...records,
          async compareAndSet(...asked) {
            if (asked[0] !== 'session') return records.compareAndSet(...asked);
            writes += 1;
            if (writes === 1 && !isLate) throw new Error('disk full');
            if (writes === 1) await second;
            const done = await records.compareAndSet(...asked);
            if (writes === 2) resolve();
            return done;
          },
        },
      },
    );
    const trusted: Manifest = { ...page, output: 'trusted' };
    const one = countingTool(bench.hypervisor, 'one', { manifest: trusted });
    const two = countingTool(bench.hypervisor, 'two', { manifest: trusted });
    const first = one.attempt();
    await settle();
    // the same one again gives no label that is new
    await (isLate ? two : one).attempt();
    await first;
    const after = await restart(bench);
    for (const name of isLate ? ['mail', 'post'] : ['mail']) {
      expect([name, codeOf(await countingTool(after, name).attempt())]).toEqual([name, 'NO_RULE']);
    }
  });

  it('what the earlier process had read counts as a stranger’s after it', async () => {
    const bench = await startBench(rules);
    const reading = countingTool(bench.hypervisor, 'page', { manifest: page, run: () => 'words' });
    await reading.attempt();
    const after = await restart(bench);
    bench.setRules([
      allow('mail', { args: { to: { not_from: ['untrusted'], allow_unknown: true } } }),
    ]);
    const mail = countingTool(after, 'mail');
    expect(codeOf(await mail.attempt({ to: 'words' }))).toBe('NO_RULE');
    after.seat('default').session.observe({ role: 'user', text: 'mail to ann' });
    expect(codeOf(await mail.attempt({ to: 'ann' }))).toBe('done');
  });

  it('goes where a rule takes it away, once the call has ended well', async () => {
    const bench = await startBench(rules);
    const reading = countingTool(bench.hypervisor, 'page', { manifest: page, run: () => 'words' });
    const mail = countingTool(bench.hypervisor, 'mail');
    let isBroken = true;
    const wash = countingTool(bench.hypervisor, 'wash', {
      manifest: page,
      run: () => {
        if (isBroken) throw new Error('not washed');
        return 'clean';
      },
    });
    await reading.attempt();
    await wash.attempt();
    expect(codeOf(await mail.attempt())).toBe('NO_RULE');
    isBroken = false;
    await wash.attempt();
    expect(codeOf(await mail.attempt())).toBe('done');
  });
});
