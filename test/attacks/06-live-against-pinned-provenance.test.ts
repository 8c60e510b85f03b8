import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/core/model/tool.ts';
import { startBench } from '../support/harness.ts';
import { allow, answerAll, codeOf, countingTool, review, ticketOf } from '../support/tools.ts';

const page: Manifest = { effect: 'read', undo: 'full', output: 'untrusted', paths: [] };

describe('class 6, live against pinned: what the session learnt while a call was held', () => {
  it('counts when the ticket is redeemed: a deny of that moment stands', async () => {
    const tainted = {
      name: 'tainted',
      condition: { tool: 'mail', session: { tainted: ['untrusted'] } },
      approval: 'deny',
    };
    const { hypervisor } = await startBench([allow('page'), review('mail'), tainted]);
    const reading = countingTool(hypervisor, 'page', { manifest: page, run: () => 'words' });
    const mail = countingTool(hypervisor, 'mail');
    const held = await mail.attempt({ to: 'ann' }, { waitMs: 0 });
    await reading.attempt();
    await answerAll(hypervisor);
    expect(codeOf(await mail.tool.resume(ticketOf(held)))).toBe('RULE_DENIED');
    expect(mail.runs).toEqual([]);
  });
});
