import { describe, expect, it } from 'vitest';
import { startBench } from '../support/harness.ts';
import { allow, codeOf, countingTool } from '../support/tools.ts';

const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype'];

describe('class 13, prototype: names that every object has are names', () => {
  it.each(names)('`%s` as a tool nobody registered', async (tool) => {
    const { hypervisor } = await startBench([{ ...allow('x'), condition: {} }]);
    const request = { tool, args: { value: {} }, seat: hypervisor.seat('default') };
    expect(codeOf(await hypervisor.submit(request, () => 1))).toBe('UNKNOWN_TOOL');
  });

  it.each(names)('`%s` as tool, agent and session: judged like any other', async (name) => {
    const { hypervisor } = await startBench([allow(name.toLowerCase(), { max_per_hour: 1 })]);
    const { attempt, runs } = countingTool(hypervisor, name);
    const agent = await hypervisor.agents.register({ id: name });
    const seat = hypervisor.seat(agent, name);
    expect(codeOf(await attempt({}, { seat }))).toBe('done');
    expect(codeOf(await attempt({}, { seat }))).toBe('LIMIT_EXCEEDED');
    await hypervisor.killSwitch.kill({ agent: name }, 'test');
    expect(codeOf(await attempt({}, { seat }))).toBe('KILLED');
    expect(runs).toHaveLength(1);
  });

  it('`__proto__` among the arguments is refused, as text and as value', async () => {
    const { hypervisor } = await startBench([allow('mail')]);
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    const seat = hypervisor.seat('default');
    const value: unknown = JSON.parse('{"a":{"__proto__":{"approved":true}}}');
    expect(codeOf(await attempt(value))).toBe('ARGS_INVALID');
    const json = '{"__proto__":{"approved":true}}';
    const outcome = await hypervisor.submit({ tool: 'mail', args: { json }, seat }, () => 1);
    expect(codeOf(outcome)).toBe('ARGS_INVALID');
    expect(runs).toEqual([]);
    expect(Object.hasOwn(Object.prototype, 'approved')).toBe(false);
  });

  it('a predicate over `constructor` does not find what the object inherits', async () => {
    const { hypervisor } = await startBench([
      allow('mail', { args: { constructor: { exists: true } } }),
    ]);
    const { attempt } = countingTool(hypervisor, 'mail');
    expect(codeOf(await attempt({}))).toBe('NO_RULE');
    expect(codeOf(await attempt({ constructor: 1 }))).toBe('done');
  });

  it('inherited properties are no arguments', async () => {
    const { hypervisor } = await startBench([allow('mail')]);
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    expect(codeOf(await attempt(Object.create({ to: 'thief' })))).toBe('ARGS_INVALID');
    expect(codeOf(await attempt(Object.assign(Object.create(null), { to: 'ann' })))).toBe('done');
    expect(runs).toEqual([{ to: 'ann' }]);
  });
});
