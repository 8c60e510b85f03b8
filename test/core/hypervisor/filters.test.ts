import { describe, expect, it } from 'vitest';
import type { Filter } from '../../../src/core/model/extension.ts';
import { isJsonObject } from '../../../src/core/model/json.ts';
import { startBench } from '../../support/harness.ts';
import { allow, answerAll, codeOf, countingTool, ticketOf } from '../../support/tools.ts';

/** Makes `{ amount }` twice as much; told how often it was asked. */
function doubling(name = 'double'): Filter & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    name,
    asked,
    async before(args) {
      asked.push(args);
      return isJsonObject(args) ? { ...args, amount: Number(args['amount']) * 2 } : args;
    },
  };
}

const rule = { ...allow('pay'), filters: ['double'] };

describe('a call that a filter rewrites', () => {
  it('runs, is logged and is listed for approval as it was rewritten, and filtered once', async () => {
    const double = doubling();
    const bench = await startBench([{ ...rule, approval: 'require_review' }], {
      filters: [double],
    });
    const { tool, runs, attempt } = countingTool(bench.hypervisor, 'pay');
    const ticket = ticketOf(await attempt({ amount: 10 }, { waitMs: 0 }));
    const [open] = await bench.hypervisor.approvals.list();
    expect(open?.call.args).toEqual({ amount: 20 });
    await answerAll(bench.hypervisor);
    expect(codeOf(await tool.resume(ticket))).toBe('done');
    expect(runs).toEqual([{ amount: 20 }]);
    expect(double.asked).toEqual([{ amount: 10 }]);
    expect(codeOf(await tool.resume(ticket))).toBe('APPROVAL_UNKNOWN');
  });

  it('is judged again by every rule: one that speaks of what it became denies it', async () => {
    const large = {
      name: 'large',
      condition: { tool: 'pay', args: { amount: { gt: 15 } } },
      approval: 'deny',
    };
    const bench = await startBench([rule, large], { filters: [doubling()] });
    const { runs, attempt } = countingTool(bench.hypervisor, 'pay');
    expect(codeOf(await attempt({ amount: 10 }))).toBe('RULE_DENIED');
    expect(codeOf(await attempt({ amount: 5 }))).toBe('done');
    expect(runs).toEqual([{ amount: 10 }]);
  });

  it('counts against limits with what it became, once', async () => {
    const limits = [
      { sum: 'args.amount', max: 50, per: 'day' },
      { count: true, max: 2, per: 'day' },
    ];
    const condition = { ...rule.condition, limits };
    const bench = await startBench([{ ...rule, condition }], { filters: [doubling()] });
    const { runs, attempt } = countingTool(bench.hypervisor, 'pay');
    expect(codeOf(await attempt({ amount: 20 }))).toBe('done');
    expect(codeOf(await attempt({ amount: 6 }))).toBe('LIMIT_EXCEEDED');
    expect(codeOf(await attempt({ amount: 5 }))).toBe('done');
    expect(codeOf(await attempt({ amount: 0 }))).toBe('LIMIT_EXCEEDED');
    expect(runs).toEqual([{ amount: 40 }, { amount: 10 }]);
  });

  it('costs one token of the bucket', async () => {
    const rates = { 2: { perSecond: 1, burst: 5 } };
    const bench = await startBench([rule], { filters: [doubling()], rates });
    const { attempt } = countingTool(bench.hypervisor, 'pay');
    const agent = await bench.hypervisor.agents.register({ id: 'payer' });
    const seat = bench.hypervisor.seat(agent);
    const codes: string[] = [];
    for (let call = 0; call < 6; call += 1)
      codes.push(codeOf(await attempt({ amount: 1 }, { seat })));
    expect(codes).toEqual([...Array<string>(5).fill('done'), 'RATE_LIMITED']);
  });

  it('gets filters that only what it became asks for, but is not rewritten twice', async () => {
    const more = {
      name: 'more',
      condition: { tool: 'pay', args: { amount: { gt: 15 } } },
      approval: 'auto_approve',
    };
    const look: Filter = { name: 'look', before: async (args) => args };
    const again = doubling('again');
    for (const [name, code] of [
      ['look', 'done'],
      ['again', 'FILTER_FAILED'],
    ] as const) {
      const bench = await startBench([rule, { ...more, filters: [name] }], {
        filters: [doubling(), look, again],
      });
      const { attempt } = countingTool(bench.hypervisor, 'pay');
      expect(codeOf(await attempt({ amount: 10 }))).toBe(code);
    }
    expect(again.asked).toEqual([{ amount: 20 }]);
  });

  it('is refused where foreign code would run it as it came', async () => {
    const bench = await startBench([rule], { filters: [doubling()] });
    countingTool(bench.hypervisor, 'pay');
    const agent = await bench.hypervisor.agents.register({ id: 'payer' });
    const seat = bench.hypervisor.seat(agent);
    const request = {
      tool: 'pay',
      args: { value: { amount: 10 } },
      seat,
      mode: 'advisory',
    } as const;
    expect(codeOf(await bench.hypervisor.submit(request, async () => 1))).toBe('ADVISORY_REFUSED');
  });
});
