import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/core/model/tool.ts';
import { startBench } from '../../support/harness.ts';
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
