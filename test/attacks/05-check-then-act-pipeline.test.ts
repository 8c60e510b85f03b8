import { describe, expect, it, vi } from 'vitest';
import { settle, startBench } from '../support/harness.ts';
import { allow, answerAll, codeOf, countingTool, review, ticketOf } from '../support/tools.ts';

describe('class 5, check then act: nothing changes in between', () => {
  it('fifty parallel calls pass a limit of seven seven times', async () => {
    const { hypervisor } = await startBench([allow('pay', { max_per_hour: 7 })], {
      rates: { 2: { perSecond: 100, burst: 100 } },
    });
    const { attempt, runs } = countingTool(hypervisor, 'pay');
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, i) => attempt({ i })));
    expect(outcomes.filter(({ status }) => status === 'done')).toHaveLength(7);
    expect(runs).toHaveLength(7);
  });

  it('parallel calls share one sum, however many agents make them', async () => {
    const rule = allow('pay', { limits: [{ sum: 'args.amount', max: 100, per: 'day' }] });
    const { hypervisor } = await startBench([rule]);
    const { attempt, runs } = countingTool(hypervisor, 'pay');
    const seats = await Promise.all(
      Array.from({ length: 8 }, async (_, i) =>
        hypervisor.seat(await hypervisor.agents.register({ id: `agent_${i}` }), `session ${i}`),
      ),
    );
    await Promise.all(seats.map((seat) => attempt({ amount: 30 }, { seat })));
    expect(runs).toHaveLength(3);
  });

  it.each([
    'all',
    { tool: 'Mail' },
    { tool: 'mail.run' },
    { agent: 'default' },
    { session: 'default' },
  ])('a kill of %j between the last gate and the start', async (scope) => {
    const { hypervisor, parts } = await startBench([allow('mail')]);
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    const append = parts.log.append.bind(parts.log);
    vi.spyOn(parts.log, 'append').mockImplementation(async (entries, options) => {
      const linked = await append(entries, options);
      const isDecision = entries.some(({ type }) => type === 'call.decided');
      if (isDecision) void hypervisor.killSwitch.kill(scope as 'all', 'race');
      return linked;
    });
    expect(codeOf(await attempt())).toBe('KILLED');
    expect(runs).toEqual([]);
  });

  it('a quarantine, the end of the session and an abort in that same place', async () => {
    const acts = ['quarantine', 'session', 'abort'] as const;
    const codes: string[] = [];
    for (const act of acts) {
      const { hypervisor, parts } = await startBench([allow('mail')]);
      const session = await hypervisor.sessions.open();
      const seat = hypervisor.seat('default', session);
      const { attempt, runs } = countingTool(hypervisor, 'mail');
      const controller = new AbortController();
      const append = parts.log.append.bind(parts.log);
      vi.spyOn(parts.log, 'append').mockImplementation(async (entries, options) => {
        const linked = await append(entries, options);
        if (!entries.some(({ type }) => type === 'call.decided')) return linked;
        if (act === 'quarantine') void hypervisor.quarantine.enter('default', 'manual');
        if (act === 'session') void session.end();
        if (act === 'abort') controller.abort();
        return linked;
      });
      codes.push(codeOf(await attempt({}, { seat, signal: controller.signal })));
      expect(runs).toEqual([]);
    }
    expect(codes).toEqual(['QUARANTINED', 'SESSION_ENDED', 'ABORTED']);
  });

  it('a kill thrown while another one is revived stays', async () => {
    const { hypervisor, parts } = await startBench([allow('mail')]);
    const { attempt } = countingTool(hypervisor, 'mail');
    const person = await hypervisor.authenticate('ann');
    const { kill, revive } = hypervisor.killSwitch;
    for (let turns = 0; turns < 12; turns += 1) {
      await kill('all', 'first');
      const reviving = revive('all', person);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await Promise.all([kill('all', 'second'), reviving]);
      expect(codeOf(await attempt())).toBe('KILLED');
      expect(await parts.records.list('kill')).toHaveLength(1);
      await revive('all', person);
      expect(codeOf(await attempt())).toBe('done');
    }
  });

  it('a kill reaches a running tool under the action that a filter gave it', async () => {
    const { hypervisor } = await startBench([allow('mail')], {
      filters: [{ name: 'to_send', before: async () => ({ action: 'send' }) }],
      supervisors: [
        {
          name: 'asks',
          decide: async () => ({
            verdict: 'allow',
            by: 'asks',
            code: 'OK',
            reason: 'ok',
            filters: ['to_send'],
          }),
        },
      ],
    });
    const { attempt, runs } = countingTool(hypervisor, 'mail', {
      action: (args) => (args as { action: string }).action,
      run: () => new Promise(() => undefined),
    });
    const outcome = attempt({ action: 'draft' });
    await settle();
    expect(runs).toEqual([{ action: 'send' }]);
    await hypervisor.killSwitch.kill({ tool: 'mail.send' }, 'test');
    expect((await outcome).status).toBe('unknown');
  });

  it('arguments that change after the call: by reference, getter, proxy, in the tool', async () => {
    const { hypervisor } = await startBench([
      allow('pay', { args: { amount: { lte: 10 } } }),
      { ...allow('pay', { args: { '/to/0': { eq: 'a' } } }), name: 'nested' },
    ]);
    const { attempt, runs } = countingTool(hypervisor, 'pay');
    const args = { amount: 5, to: ['a'] };
    const outcome = attempt(args);
    args.amount = 5000;
    args.to[0] = 'thief';
    await outcome;
    let reads = 0;
    const getter = {
      get amount() {
        reads += 1;
        return reads === 1 ? 5 : 5000;
      },
      to: ['a'],
    };
    await attempt(getter);
    let proxied = 0;
    const proxy = new Proxy(
      { amount: 5 },
      {
        get: (target, key) => (key === 'amount' ? 5 * 1000 ** proxied++ : Reflect.get(target, key)),
      },
    );
    await attempt(proxy);
    expect(runs.map((run) => (run as { amount: number }).amount)).toEqual([5, 5, 5]);
    expect(runs[0]).toEqual({ amount: 5, to: ['a'] });
    for (const run of runs) expect(Object.isFrozen(run)).toBe(true);
    expect(Object.isFrozen((runs[0] as { to: unknown }).to)).toBe(true);
  });

  it('a request whose seat is another one when it is read again', async () => {
    const { hypervisor } = await startBench([allow('mail')]);
    countingTool(hypervisor, 'mail');
    const stranger = hypervisor.seat('stranger');
    const forged = {
      agent: { kind: 'agent', id: 'default', roles: [] },
      session: stranger.session,
    };
    let reads = 0;
    const request = {
      tool: 'mail',
      args: { value: {} },
      get seat() {
        reads += 1;
        return reads === 1 ? stranger : (forged as never);
      },
    };
    expect(codeOf(await hypervisor.submit(request, () => 1))).toBe('RING_TOO_LOW');
  });

  it('a supervisor cannot change the call for the next one', async () => {
    const failures: unknown[] = [];
    const { hypervisor } = await startBench([allow('mail')], {
      supervisors: [
        {
          name: 'meddles',
          async decide(call) {
            const changes = [
              () => Reflect.set(call, 'args', { to: 'thief' }),
              () => Reflect.set(call.args as object, 'to', 'thief'),
              () => Reflect.set(call.seat, 'agent', {}),
              () => Reflect.set(call.seat.agent.roles, 0, 'admin'),
            ];
            failures.push(...changes.map((change) => change()));
            return { verdict: 'allow', by: 'meddles', code: 'OK', reason: 'ok' };
          },
        },
      ],
    });
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    await attempt({ to: 'ann' });
    expect(failures).toEqual([false, false, false, false]);
    expect(runs).toEqual([{ to: 'ann' }]);
  });

  it('arguments that a filter made pass the gates too, and cost no second token', async () => {
    const { hypervisor } = await startBench([{ ...allow('open'), filters: ['expand'] }], {
      filters: [{ name: 'expand', before: async (args) => (args === '~' ? '/ours' : 'elsewhere') }],
      gates: [
        () => ({
          name: 'paths',
          check: async ({ args }) =>
            args === '/ours'
              ? { verdict: 'deny', by: 'paths', code: 'OUT_OF_BOUNDS', reason: 'leads inside' }
              : undefined,
        }),
      ],
      rates: { 2: { perSecond: 0.001, burst: 2 } },
    });
    const { attempt, runs } = countingTool(hypervisor, 'open');
    expect(codeOf(await attempt('~'))).toBe('OUT_OF_BOUNDS');
    expect(runs).toEqual([]);
    expect(codeOf(await attempt('?'))).toBe('done');
    expect(runs).toEqual(['elsewhere']);
  });

  it('a supervisor cannot change what was decided before it, nor what was called', async () => {
    const changed: boolean[] = [];
    const { hypervisor } = await startBench([allow('read'), review('mail')], {
      supervisors: [
        {
          name: 'meddles',
          async decide({ tool }, { soFar, history }) {
            if (tool === 'mail' && soFar?.verdict === 'review') {
              changed.push(
                Reflect.set(soFar, 'verdict', 'allow'),
                Reflect.set(soFar.demands, 'length', 0),
                Reflect.set(history, 'length', 0),
                Reflect.set(history[0] ?? {}, 'tool', 'mail'),
              );
            }
            return { verdict: 'allow', by: 'meddles', code: 'OK', reason: 'ok' };
          },
        },
      ],
    });
    await countingTool(hypervisor, 'read').attempt();
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    expect(codeOf(await attempt({}, { waitMs: 0 }))).toBe('pending');
    expect(changed).toEqual([false, false, false, false]);
    expect(runs).toEqual([]);
  });

  it('a manifest that its host changes after it was registered', async () => {
    const manifest = { effect: 'write' as 'write' | 'read', undo: 'full' as const, paths: [] };
    const { hypervisor } = await startBench([
      { name: 'reads', condition: { effect: 'read' }, approval: 'auto_approve' },
    ]);
    const { attempt, runs } = countingTool(hypervisor, 'mail', { manifest });
    manifest.effect = 'read';
    expect(codeOf(await attempt())).toBe('NO_RULE');
    expect(codeOf(await attempt({}, { seat: hypervisor.seat('stranger') }))).toBe('RING_TOO_LOW');
    expect(runs).toEqual([]);
  });

  it('approval and kill: the kill wins, and the approval is not used up', async () => {
    const { hypervisor } = await startBench([review('mail')]);
    const { attempt, tool, runs } = countingTool(hypervisor, 'mail');
    const ticket = ticketOf(await attempt({}, { waitMs: 0 }));
    await answerAll(hypervisor);
    await hypervisor.killSwitch.kill('all', 'test');
    expect(codeOf(await tool.resume(ticket))).toBe('KILLED');
    await hypervisor.killSwitch.revive('all', await hypervisor.authenticate('ann'));
    expect(codeOf(await tool.resume(ticket))).toBe('done');
    expect(runs).toHaveLength(1);
  });
});
