import { describe, expect, it } from 'vitest';
import { startBench } from '../support/harness.ts';
import { allow, codeOf, countingTool } from '../support/tools.ts';

describe('class 11, identity from the caller', () => {
  it('agent, score, ring and role among the arguments are arguments', async () => {
    const { hypervisor } = await startBench([
      { ...allow('mail', { agent: 'boss' }), name: 'boss' },
      { ...allow('mail', { role: 'admin' }), name: 'admin' },
      { ...allow('mail', { ring: 1 }), name: 'ring' },
      { ...allow('mail', { permission: 'mail:send' }), name: 'permission' },
    ]);
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    const claims = {
      agent: 'boss',
      agentId: 'boss',
      role: 'admin',
      roles: ['admin'],
      permissions: ['mail:send'],
      permission: 'mail:send',
      ring: 0,
      score: 1,
      seat: { agent: { id: 'boss' } },
    };
    expect(codeOf(await attempt(claims))).toBe('NO_RULE');
    expect(codeOf(await attempt({}, claims as never).catch(({ code }) => code))).toBe(
      undefined as never,
    );
    expect(runs).toEqual([]);
  });

  it('a seat, an agent or a session that this hypervisor did not make is refused', async () => {
    const { hypervisor } = await startBench([{ ...allow('mail'), condition: {} }]);
    const other = await startBench([]);
    const real = hypervisor.seat('default');
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    const seats = [
      { ...real },
      { agent: real.agent, session: real.session },
      new Proxy(real, {}),
      Object.create(real),
      JSON.parse(JSON.stringify(real)),
      other.hypervisor.seat('default'),
      'default',
      null,
    ];
    for (const seat of seats) {
      await expect(attempt({}, { seat: seat as never })).rejects.toMatchObject({
        code: 'HANDLE_FORGED',
      });
    }
    const forged = { code: 'HANDLE_FORGED' };
    for (const agent of [{ ...real.agent }, new Proxy(real.agent, {})]) {
      expect(() => hypervisor.seat(agent)).toThrow(expect.objectContaining(forged));
    }
    for (const session of [{ ...real.session }, new Proxy(real.session, {})]) {
      expect(() => hypervisor.seat('default', session)).toThrow(expect.objectContaining(forged));
    }
    expect(runs).toEqual([]);
  });

  it('a claim of a framework is a label: it neither renames the call nor fills the log', async () => {
    const { hypervisor, entries } = await startBench([allow('mail')]);
    const { tool } = countingTool(hypervisor, 'mail');
    const seat = hypervisor.seat('default');
    const submit = (claim: unknown) =>
      hypervisor.submit(
        { tool: tool.name, args: { value: {} }, seat, claim: claim as never },
        () => 1,
      );
    const sound = { adapter: 'a', thread: 't', task: 'k', id: 'default', agent: 'boss', ring: 0 };
    expect(codeOf(await submit(sound))).toBe('done');
    const decided = (await entries()).find(({ type }) => type === 'call.decided');
    expect(decided).toMatchObject({
      agent: 'default',
      claim: { adapter: 'a', thread: 't', task: 'k', id: 'default' },
    });
    const { agent: _agent, ring: _ring, ...plain } = sound;
    expect(Object.keys(decided?.['claim'] ?? {}).toSorted()).toEqual(Object.keys(plain).toSorted());
    for (const id of [Number.NaN, 1n, '\ud800', 'x'.repeat(1_000_000), () => 1, undefined]) {
      expect(codeOf(await submit({ ...plain, id }))).toBe('ARGS_INVALID');
    }
    expect((await hypervisor.health()).ok).toBe(true);
  });

  it('a child is never above its parent, and a stranger is never above ring 3', async () => {
    const { hypervisor } = await startBench([]);
    const { agents } = hypervisor;
    const low = await agents.register({ id: 'low', startScore: 0.1 });
    const child = await agents.register({ id: 'child', startScore: 1, parent: low });
    expect(agents.ring(child)).toBe(3);
    expect(agents.ring(hypervisor.seat('stranger').agent)).toBe(3);
    await expect(
      agents.register({ id: 'x', parent: { kind: 'agent', id: 'default', roles: [] } }),
    ).rejects.toMatchObject({ code: 'AGENT_INVALID' });
  });

  it('registering again changes neither roles nor owner, nor launders a score', async () => {
    const { hypervisor } = await startBench([]);
    const { agents } = hypervisor;
    const agent = await agents.register({ id: 'a', startScore: 0.1, owner: 'ann' });
    const others = [{ roles: ['admin'] }, { permissions: ['x'] }, { owner: 'bob' }, {}];
    for (const other of others) {
      await expect(agents.register({ id: 'A', ...other })).rejects.toMatchObject({
        code: 'AGENT_INVALID',
      });
    }
    expect(await agents.register({ id: 'a', startScore: 1, owner: 'ann' })).toBe(agent);
    expect(agents.ring(agent)).toBe(3);
  });

  it('a permission is what the host registered, not what a parent or another agent has', async () => {
    const { hypervisor } = await startBench([allow('mail', { permission: 'mail:send' })]);
    const { agents } = hypervisor;
    const { attempt } = countingTool(hypervisor, 'mail');
    const sender = await agents.register({ id: 'sender', permissions: ['Mail:Send'] });
    await agents.register({ id: 'child', parent: sender });
    const codeFor = async (id: string) => codeOf(await attempt({}, { seat: hypervisor.seat(id) }));
    expect(sender.permissions).toEqual(['mail:send']);
    expect(await codeFor('sender')).toBe('done');
    expect(await codeFor('child')).toBe('NO_RULE');
    expect(await codeFor('default')).toBe('NO_RULE');
  });

  it.each(['hypervisor', 'Hypervisor', 'HYPERVISOR'])('nobody is `%s`', async (id) => {
    const { hypervisor } = await startBench([]);
    await expect(hypervisor.agents.register({ id })).rejects.toMatchObject({
      code: 'AGENT_INVALID',
    });
    expect(() => hypervisor.seat(id)).toThrow('is reserved');
  });
});
