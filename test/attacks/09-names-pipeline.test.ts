import { describe, expect, it } from 'vitest';
import { startBench } from '../support/harness.ts';
import { allow, codeOf, countingTool, deny } from '../support/tools.ts';

describe('class 9, names: one tool, agent and session each, however they are spelled', () => {
  it.each(['Pay', 'PAY', 'ｐａｙ', '𝐩𝐚𝐲'])('a deny rule holds for `%s`', async (tool) => {
    const { hypervisor } = await startBench([
      deny('pay'),
      { name: 'rest', condition: {}, approval: 'auto_approve' },
    ]);
    const { runs } = countingTool(hypervisor, 'pay');
    const seat = hypervisor.seat('default');
    const outcome = await hypervisor.submit({ tool, args: { value: {} }, seat }, () => 1);
    expect(codeOf(outcome)).toBe('RULE_DENIED');
    expect(runs).toEqual([]);
  });

  it.each(['pаy', 'pay\n', 'pay\u200b', ' pay', 'p\u0430y', 'pay\u0301\u0301'])(
    'what only looks like the tool is no tool: %j',
    async (tool) => {
      const { hypervisor } = await startBench([allow('pay')]);
      countingTool(hypervisor, 'pay');
      const seat = hypervisor.seat('default');
      const outcome = await hypervisor.submit({ tool, args: { value: {} }, seat }, () => 1);
      expect(codeOf(outcome)).toBe('UNKNOWN_TOOL');
    },
  );

  it.each(['Pay', 'PAY.Run', 'ｐａｙ'])(
    'a person is needed for what is named `%s`',
    async (name) => {
      const { hypervisor } = await startBench([allow('pay')], { highRisk: [name] });
      const { attempt, runs } = countingTool(hypervisor, 'pay');
      expect(await attempt({}, { waitMs: 0 })).toMatchObject({ status: 'pending' });
      expect(runs).toEqual([]);
      await expect(startBench([], { highRisk: ['p\u0430y'] })).rejects.toMatchObject({
        code: 'NAME_INVALID',
      });
    },
  );

  it('two tools of one canonical name, or one name defined twice, are an error', async () => {
    const { hypervisor } = await startBench([]);
    countingTool(hypervisor, 'pay');
    expect(() => countingTool(hypervisor, 'Pay')).toThrow(
      expect.objectContaining({ code: 'NAME_COLLISION' }),
    );
    const manifest = { effect: 'read', undo: 'full' } as const;
    expect(() => countingTool(hypervisor, 'pay', { manifest })).toThrow(
      expect.objectContaining({ code: 'TOOL_INVALID' }),
    );
  });

  it('a kill of `s1` is none of `s10`, and one of `a.b` is the action or the tool of that name', async () => {
    const { hypervisor } = await startBench([
      { name: 'all', condition: {}, approval: 'auto_approve' },
    ]);
    const { attempt } = countingTool(hypervisor, 'tool');
    await hypervisor.killSwitch.kill({ session: 's1' }, 'test');
    await hypervisor.killSwitch.kill({ agent: 'bot1' }, 'test');
    const codeIn = async (agent: string, session: string): Promise<string> => {
      await hypervisor.agents.register({ id: agent });
      return codeOf(await attempt({}, { seat: hypervisor.seat(agent, session) }));
    };
    expect(await codeIn('bot', 's1')).toBe('KILLED');
    expect(await codeIn('bot', 's10')).toBe('done');
    expect(await codeIn('bot1', 's')).toBe('KILLED');
    expect(await codeIn('bot10', 's')).toBe('done');
    await hypervisor.killSwitch.kill({ tool: 'tool.run' }, 'test');
    expect(await codeIn('bot', 's10')).toBe('KILLED');
  });

  it('limits by two names do not meet under one key', async () => {
    const limits = [{ count: true, max: 1, per: 'day', by: ['args.a', 'args.b'] }];
    const { hypervisor } = await startBench([allow('pay', { limits })]);
    const { attempt } = countingTool(hypervisor, 'pay');
    const pairs = [
      { a: 'x:y', b: 'z' },
      { a: 'x', b: 'y:z' },
      { a: '1', b: 'z' },
      { a: 1, b: 'z' },
      { a: 'x"', b: '"z' },
    ];
    for (const pair of pairs) expect(codeOf(await attempt(pair))).toBe('done');
    for (const pair of pairs) expect(codeOf(await attempt(pair))).toBe('LIMIT_EXCEEDED');
  });
});
