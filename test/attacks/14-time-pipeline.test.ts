import { describe, expect, it } from 'vitest';
import { settle, startBench } from '../support/harness.ts';
import { allow, answerAll, codeOf, countingTool, review, ticketOf } from '../support/tools.ts';

const dayMs = 86_400_000;

describe('class 14, time: a wall clock that jumps helps nobody', () => {
  it.each([dayMs, 2 * 3_600_000])(
    'an approval ends also when the clock goes back %s ms',
    async (ms) => {
      const { hypervisor, clock } = await startBench([review('mail')]);
      const { attempt, tool, runs } = countingTool(hypervisor, 'mail');
      const open = ticketOf(await attempt({ n: 1 }, { waitMs: 0 }));
      await answerAll(hypervisor);
      ticketOf(await attempt({ n: 2 }, { waitMs: 0 }));
      clock.jump(-ms);
      clock.advance(3_600_000);
      expect(codeOf(await tool.resume(open))).toBe('EXPIRED');
      expect(await hypervisor.approvals.list()).toEqual([]);
      expect(runs).toEqual([]);
    },
  );

  it('an approval whose time has come is over at the next look, timer or not', async () => {
    const { hypervisor, clock } = await startBench([review('mail')]);
    const { attempt, tool } = countingTool(hypervisor, 'mail');
    const ticket = ticketOf(await attempt({}, { waitMs: 0 }));
    const [pending] = await hypervisor.approvals.list();
    if (pending === undefined) throw new Error('nothing pending');
    clock.jump(3_600_000);
    const person = await hypervisor.authenticate('ann');
    const { fingerprint } = pending.call;
    await expect(
      hypervisor.approvals.answer(pending.approvalId, { verdict: 'allow', person, fingerprint }),
    ).rejects.toMatchObject({ code: 'APPROVAL_REFUSED' });
    expect(codeOf(await tool.resume(ticket))).toBe('EXPIRED');
  });

  it('buckets follow the clock that nobody sets', async () => {
    const { hypervisor, clock } = await startBench([allow('mail')], {
      rates: { 2: { perSecond: 1, burst: 2 } },
    });
    const { attempt } = countingTool(hypervisor, 'mail');
    await attempt();
    await attempt();
    clock.jump(dayMs);
    expect(codeOf(await attempt())).toBe('RATE_LIMITED');
    clock.jump(-2 * dayMs);
    expect(codeOf(await attempt())).toBe('RATE_LIMITED');
    clock.advance(1000);
    expect(codeOf(await attempt())).toBe('done');
  });

  it('a limit keeps counting when the clock goes back', async () => {
    const { hypervisor, clock } = await startBench([allow('mail', { max_per_hour: 1 })]);
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    await attempt();
    for (const back of [1, 1800, 3600, 86_400]) {
      clock.jump(-back * 1000);
      expect(codeOf(await attempt())).toBe('LIMIT_EXCEEDED');
    }
    expect(runs).toHaveLength(1);
  });

  it('a quarantine holds its time when the clock goes forward', async () => {
    const { hypervisor, clock } = await startBench([allow('mail')]);
    const { attempt } = countingTool(hypervisor, 'mail');
    await hypervisor.quarantine.enter('default', 'manual', 300);
    clock.jump(dayMs);
    expect(codeOf(await attempt())).toBe('QUARANTINED');
    clock.advance(299_999);
    expect(codeOf(await attempt())).toBe('QUARANTINED');
    clock.advance(1);
    expect(codeOf(await attempt())).toBe('done');
  });

  it('a session ends in its time when the clock goes back, and at once when it goes forward', async () => {
    const { hypervisor, clock } = await startBench([allow('mail')]);
    const { attempt } = countingTool(hypervisor, 'mail');
    const sessions = [
      await hypervisor.sessions.open({ durationSeconds: 10 }),
      await hypervisor.sessions.open({ durationSeconds: 10_000 }),
    ] as const;
    const seats = sessions.map((session) => hypervisor.seat('default', session));
    clock.jump(-dayMs);
    clock.advance(10_000);
    expect(codeOf(await attempt({}, { seat: seats[0] as never }))).toBe('SESSION_ENDED');
    expect(codeOf(await attempt({}, { seat: seats[1] as never }))).toBe('done');
    clock.jump(2 * dayMs);
    expect(codeOf(await attempt({}, { seat: seats[1] as never }))).toBe('SESSION_ENDED');
  });

  it.each([Number.NaN, Infinity, -Infinity])(
    'a wall clock that says %s allows nothing',
    async (ms) => {
      const { hypervisor, clock } = await startBench([allow('mail', { max_per_hour: 5 })]);
      const { attempt, runs } = countingTool(hypervisor, 'mail');
      clock.jump(ms);
      expect(codeOf(await attempt())).not.toBe('done');
      expect(runs).toEqual([]);
    },
  );

  it('a running tool times out by the clock that nobody sets', async () => {
    const { hypervisor, clock } = await startBench([allow('mail')]);
    const { attempt } = countingTool(hypervisor, 'mail', {
      timeoutMs: 1000,
      run: () => new Promise(() => undefined),
    });
    const outcome = attempt();
    await settle();
    clock.jump(-dayMs);
    clock.advance(1000);
    expect((await outcome).status).toBe('unknown');
  });
});
