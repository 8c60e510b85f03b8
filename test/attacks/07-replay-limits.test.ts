import { describe, expect, it } from 'vitest';
import { startBench } from '../support/harness.ts';
import { answerAll, codeOf, countingTool, ticketOf } from '../support/tools.ts';

describe('class 7, replay: an approval of one limit', () => {
  it('does not lift another limit of the same rule', async () => {
    const { hypervisor } = await startBench([
      {
        name: 'pay',
        condition: { tool: 'pay', max_per_hour: 1, max_per_day: 2 },
        approval: 'auto_approve',
        on_exceed: 'require_review',
      },
    ]);
    const { attempt, tool, runs } = countingTool(hypervisor, 'pay');
    await attempt({ n: 1 });
    const waiting = [];
    for (const n of [2, 3, 4]) waiting.push(await attempt({ n }, { waitMs: 0 }));
    // only the hour was full when they were asked for
    await answerAll(hypervisor);
    const resumed = [];
    for (const each of waiting) resumed.push(codeOf(await tool.resume(ticketOf(each))));
    expect(resumed).toEqual(['done', 'pending', 'pending']);
    expect(runs).toHaveLength(2);
    // the day is another question, which a person may answer too
    const [open] = await hypervisor.approvals.list();
    expect(open?.demands.map(({ code }) => code)).toEqual(['LIMIT_EXCEEDED']);
  });
});
