import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/core/model/tool.ts';
import type { Hypervisor } from '../../../src/core/hypervisor/api.ts';
import { openHypervisor } from '../../../src/core/hypervisor/hypervisor.ts';
import { createMemoryCounters } from '../../../src/stores/memory/counters.ts';
import { settle, startBench } from '../../support/harness.ts';
import { allow, answerAll, codeOf, countingTool, ticketOf } from '../../support/tools.ts';

const page: Manifest = { effect: 'read', undo: 'full', output: 'untrusted', paths: [] };
const silent: Manifest = { effect: 'write', undo: 'full', output: 'trusted', paths: [] };
const strangers = {
  name: 'strangers',
  condition: { tool: 'mail', args: { to: { from: ['untrusted'] } } },
  approval: 'require_review',
};

describe('what a person approves', () => {
  it('counts as said by the user from then on, whole', async () => {
    const { hypervisor } = await startBench([allow('page'), allow('mail'), strangers]);
    const reading = countingTool(hypervisor, 'page', {
      manifest: page,
      run: () => 'write to shop@a.example or to other@b.example',
    });
    const mail = countingTool(hypervisor, 'mail', { manifest: silent });
    await reading.attempt();
    const held = await mail.attempt({ to: 'shop@a.example' }, { waitMs: 0 });
    await answerAll(hypervisor);
    const redeemed = await mail.tool.resume(ticketOf(held));
    expect(codeOf(redeemed)).toBe('done');
    expect(codeOf(await mail.attempt({ to: 'shop@a.example' }))).toBe('done');
    expect(codeOf(await mail.attempt({ to: 'other@b.example' }, { waitMs: 0 }))).not.toBe('done');
  });
});

describe('a result that is not JSON', () => {
  it('makes what nobody knows count as a stranger’s', async () => {
    const { hypervisor } = await startBench([allow('page'), allow('mail'), strangers]);
    const reading = countingTool(hypervisor, 'page', { manifest: page, run: () => () => 'code' });
    const mail = countingTool(hypervisor, 'mail', { manifest: silent });
    expect(codeOf(await mail.attempt({ to: 'x@c.example' }))).toBe('done');
    await reading.attempt();
    expect((await mail.attempt({ to: 'y@c.example' }, { waitMs: 0 })).status).toBe('pending');
  });
});

describe('labels', () => {
  it('come from every rule that matches, and stay where one gives what another takes', async () => {
    const { hypervisor } = await startBench([
      { ...allow('page'), taint: ['web'] },
      {
        name: 'also',
        condition: { effect: 'read' },
        approval: 'auto_approve',
        declassify: ['web'],
      },
      {
        name: 'no_web',
        condition: { tool: 'mail', session: { tainted: ['web'] } },
        approval: 'deny',
      },
      allow('mail'),
    ]);
    const reading = countingTool(hypervisor, 'page', { manifest: page, run: () => 'x' });
    const mail = countingTool(hypervisor, 'mail', { manifest: silent });
    expect(codeOf(await mail.attempt())).toBe('done');
    await reading.attempt();
    expect(codeOf(await mail.attempt())).toBe('RULE_DENIED');
  });
});

describe('a call that did not end well', () => {
  const noStrangers = {
    name: 'no_strangers',
    condition: { tool: 'mail', session: { tainted: ['untrusted'] } },
    approval: 'deny',
  };

  it.each([
    ['failed', () => Promise.reject(new Error('not here'))],
    ['unknown', () => new Promise(() => undefined)],
  ] as const)('taints the session where its tool is untrusted: %s', async (status, run) => {
    const { hypervisor, clock } = await startBench([allow('page'), allow('mail'), noStrangers]);
    const reading = countingTool(hypervisor, 'page', { manifest: page, timeoutMs: 1_000, run });
    const trusted = countingTool(hypervisor, 'mail', { manifest: silent });
    expect(codeOf(await trusted.attempt())).toBe('done');
    const ending = reading.attempt();
    await settle();
    clock.advance(1_000);
    expect(codeOf(await ending)).toBe(status);
    expect(codeOf(await trusted.attempt())).toBe('RULE_DENIED');
  });
});

describe('a call that was handed to foreign code', () => {
  const rules = [
    { ...allow('vault'), taint: ['secret'] },
    allow('mail'),
    allow('post'),
    { name: 'after', condition: { tool: 'mail', after: { tool: 'vault' } }, approval: 'deny' },
    {
      name: 'tainted',
      condition: { tool: 'post', session: { tainted: ['secret'] } },
      approval: 'deny',
    },
  ];
  const release = async (hypervisor: Hypervisor) => {
    hypervisor.tools.register({ name: 'vault', description: '', manifest: silent });
    const seat = hypervisor.seat('default');
    return hypervisor.submit(
      { tool: 'vault', args: { value: {} }, mode: 'advisory', seat },
      () => 1,
    );
  };

  it('has run for every rule that asks, before its result is settled', async () => {
    const { hypervisor } = await startBench(rules);
    const mail = countingTool(hypervisor, 'mail', { manifest: silent });
    const post = countingTool(hypervisor, 'post', { manifest: silent });
    expect(codeOf(await mail.attempt())).toBe('done');
    expect(codeOf(await post.attempt())).toBe('done');
    const released = await release(hypervisor);
    if (released.status !== 'released') throw new Error(released.status);
    expect(codeOf(await mail.attempt())).toBe('RULE_DENIED');
    expect(codeOf(await post.attempt())).toBe('RULE_DENIED');
    await hypervisor.settle(released.callId, { value: 'x' });
    expect(codeOf(await mail.attempt())).toBe('RULE_DENIED');
  });

  it('leaves its labels behind though nobody settles it before a crash', async () => {
    const bench = await startBench(rules);
    await release(bench.hypervisor);
    const parts = { ...bench.parts, counters: createMemoryCounters() };
    const { hypervisor } = await openHypervisor(parts);
    const post = countingTool(hypervisor, 'post', { manifest: silent });
    expect(codeOf(await post.attempt())).toBe('RULE_DENIED');
  });
});
