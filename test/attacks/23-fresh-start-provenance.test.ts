import { describe, expect, it } from 'vitest';
import { openHypervisor } from '../../src/core/hypervisor/hypervisor.ts';
import type { Hypervisor } from '../../src/core/hypervisor/api.ts';
import type { Manifest } from '../../src/core/model/tool.ts';
import { createMemoryCounters } from '../../src/stores/memory/counters.ts';
import { startBench, type Bench } from '../support/harness.ts';
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
