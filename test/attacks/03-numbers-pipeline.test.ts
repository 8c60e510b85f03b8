import { describe, expect, it } from 'vitest';
import { startBench } from '../support/harness.ts';
import { allow, codeOf, countingTool } from '../support/tools.ts';

const spending = allow('pay', { limits: [{ sum: 'args.amount', max: 100, per: 'hour' }] });

describe('class 3, numbers', () => {
  it.each([Number.NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 1n, new Number(5)])(
    'an argument that is %s is refused before anybody judges it',
    async (amount) => {
      const { hypervisor } = await startBench([allow('pay')]);
      const { attempt, runs } = countingTool(hypervisor, 'pay');
      expect(codeOf(await attempt({ amount }))).toBe('ARGS_INVALID');
      expect(runs).toEqual([]);
    },
  );

  it.each(['{"amount":9007199254740993}', '{"amount":1e400}', '{"amount":NaN}', '{"amount":01}'])(
    'so is the text %s',
    async (json) => {
      const { hypervisor } = await startBench([allow('pay')]);
      const { runs } = countingTool(hypervisor, 'pay');
      const request = { tool: 'pay', args: { json }, seat: hypervisor.seat('default') };
      expect(codeOf(await hypervisor.submit(request, () => 1))).toBe('ARGS_INVALID');
      expect(runs).toEqual([]);
    },
  );

  it.each([-1, -0.000_001, '5', null, [5], undefined, true, 1e300])(
    'a sum over %j cannot be counted, and does not refill the limit',
    async (amount) => {
      const { hypervisor } = await startBench([spending]);
      const { attempt, runs } = countingTool(hypervisor, 'pay');
      expect(codeOf(await attempt({ amount: 100 }))).toBe('done');
      expect(codeOf(await attempt({ amount }))).not.toBe('done');
      expect(codeOf(await attempt({ amount: 0.01 }))).toBe('LIMIT_EXCEEDED');
      expect(runs).toHaveLength(1);
    },
  );

  it('-0 is 0, and cents do not drift', async () => {
    const { hypervisor } = await startBench([spending]);
    const { attempt, runs } = countingTool(hypervisor, 'pay');
    expect(codeOf(await attempt({ amount: -0 }))).toBe('done');
    expect(Object.is((runs[0] as { amount: number }).amount, 0)).toBe(true);
    const outcomes = [];
    for (let i = 0; i < 10; i += 1) outcomes.push(codeOf(await attempt({ amount: 10.1 })));
    expect(outcomes.filter((code) => code === 'done')).toHaveLength(9);
    expect(codeOf(await attempt({ amount: 9.1 }))).toBe('done');
    expect(codeOf(await attempt({ amount: 0.000_001 }))).toBe('LIMIT_EXCEEDED');
  });

  it.each([Number.NaN, Infinity, -1, 1.01, '1' as never])(
    'an agent registered with the score %s is in ring 3',
    async (startScore) => {
      const { hypervisor } = await startBench([]);
      const agent = await hypervisor.agents.register({ id: 'odd', startScore });
      expect(hypervisor.agents.ring(agent)).toBe(3);
    },
  );

  it.each([0.6, 0.600_000_1, 0.96, 1])(
    'a start score of %s reaches ring 2 at most',
    async (score) => {
      const { hypervisor } = await startBench([]);
      const agent = await hypervisor.agents.register({ id: 'a', startScore: score });
      expect(hypervisor.agents.ring(agent)).toBe(score > 0.6 ? 2 : 3);
    },
  );

  it.each([
    { perSecond: 0, burst: 1 },
    { perSecond: Number.NaN, burst: 1 },
    { perSecond: -1, burst: 1 },
    { perSecond: 1, burst: 0 },
    { perSecond: Infinity, burst: 1 },
    { perSecond: 1, burst: Infinity },
  ])('a rate of %j is refused at start', async (rate) => {
    await expect(startBench([], { rates: { 2: rate } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it.each([Number.NaN, -1])('a quarantine of %s seconds holds until it is released', async (s) => {
    const { hypervisor, clock } = await startBench([allow('pay')]);
    const { attempt } = countingTool(hypervisor, 'pay');
    await hypervisor.quarantine.enter('default', 'manual', s);
    clock.advance(365 * 86_400_000);
    expect(codeOf(await attempt())).toBe('QUARANTINED');
  });

  it('a wait that is no number waits for nobody', async () => {
    const { hypervisor } = await startBench([
      { name: 'r', condition: { tool: 'pay' }, approval: 'require_review' },
    ]);
    const { attempt } = countingTool(hypervisor, 'pay');
    expect(codeOf(await attempt({}, { waitMs: Number.NaN }))).toBe('pending');
    expect(codeOf(await attempt({}, { waitMs: -5 }))).toBe('pending');
  });
});
