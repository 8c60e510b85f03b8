import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { supervise } from '../../../src/core/hypervisor/supervised-tool.ts';
import type { Hypervisor } from '../../../src/core/hypervisor/api.ts';
import type { Manifest } from '../../../src/core/model/tool.ts';
import { settle, startBench, type Bench } from '../../support/harness.ts';

const allow = { name: 'allow_all', condition: { tool: 'mail' }, approval: 'auto_approve' };
const review = { name: 'review_all', condition: { tool: 'mail' }, approval: 'require_review' };
const deny = { name: 'deny_all', condition: { tool: 'mail' }, approval: 'deny' };
const writes: Manifest = { effect: 'write', undo: 'full', paths: [] };

function mailTool(hypervisor: Hypervisor, manifest: Manifest = writes) {
  const sent: unknown[] = [];
  const tool = supervise(
    {
      name: 'mail',
      description: 'Sends a mail',
      schema: z.object({ to: z.string(), text: z.string().optional() }),
      manifest,
      run: (args) => {
        sent.push(args);
        return { sent: sent.length };
      },
    },
    hypervisor,
  );
  return { tool, sent };
}

async function approveAll({ hypervisor }: Bench, who = 'ann', verdict: 'allow' | 'deny' = 'allow') {
  const person = await hypervisor.authenticate(who);
  for (const { approvalId, call } of await hypervisor.approvals.list()) {
    await hypervisor.approvals.answer(approvalId, {
      verdict,
      person,
      fingerprint: call.fingerprint,
    });
  }
}

describe('a call that is allowed', () => {
  it('runs exactly once, with the frozen arguments, and is in the log before it runs', async () => {
    const bench = await startBench([allow]);
    const { tool, sent } = mailTool(bench.hypervisor);
    expect(await tool.invoke({ to: 'a@b.example' })).toEqual({ sent: 1 });
    expect(sent).toEqual([{ to: 'a@b.example' }]);
    expect(Object.isFrozen(sent[0])).toBe(true);
    const types = (await bench.entries()).map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['call.decided', 'call.finished']);
  });

  it('is not run when the log cannot be written', async () => {
    const bench = await startBench([allow]);
    const { tool, sent } = mailTool(bench.hypervisor);
    vi.spyOn(bench.parts.log, 'append').mockRejectedValue(new Error('disk full'));
    const outcome = await tool.attempt({ to: 'a@b.example' });
    expect(outcome).toMatchObject({ status: 'refused', why: { code: 'LOG_UNAVAILABLE' } });
    expect(sent).toEqual([]);
    expect((await bench.hypervisor.health()).ok).toBe(false);
  });

  it('keeps its outcome while the log is away, holds everything, and goes on after it is back', async () => {
    const bench = await startBench([allow]);
    const { log } = bench.parts;
    const tool = supervise(
      {
        name: 'mail',
        description: 'Sends',
        schema: z.object({}),
        manifest: writes,
        run: () => void broken.mockRejectedValue(new Error('disk gone')),
      },
      bench.hypervisor,
    );
    const append = log.append.bind(log);
    const broken = vi.spyOn(log, 'append').mockImplementation(append);
    expect(await tool.attempt({})).toMatchObject({ status: 'done' });
    expect(await tool.attempt({})).toMatchObject({
      status: 'refused',
      why: { code: 'LOG_UNAVAILABLE' },
    });
    broken.mockRestore();
    bench.clock.advance(20_000);
    await settle();
    expect((await bench.hypervisor.health()).ok).toBe(true);
    const finished = (await bench.entries()).filter(({ type }) => type === 'call.finished');
    expect(finished).toMatchObject([{ status: 'done' }]);
  });

  it('is refused where the arguments do not parse, and takes a token all the same', async () => {
    const bench = await startBench([allow]);
    mailTool(bench.hypervisor);
    const seat = bench.hypervisor.seat('default');
    const run = vi.fn<() => number>(() => 1);
    const bad = [
      '{"to":"a","to":"b"}',
      '{"to":9007199254740993}',
      '{"to":"\\ud800"}',
      '{',
      '{"to":1}',
    ];
    for (const json of bad) {
      const outcome = await bench.hypervisor.submit({ tool: 'mail', args: { json }, seat }, run);
      expect(outcome).toMatchObject({ status: 'refused', why: { code: 'ARGS_INVALID' } });
    }
    const flood = await Promise.all(
      Array.from({ length: 60 }, () =>
        bench.hypervisor.submit({ tool: 'mail', args: { json: '{' }, seat }, run),
      ),
    );
    const codes = flood.map((outcome) => outcome.status === 'refused' && outcome.why.code);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(60 - 35);
    expect(run).not.toHaveBeenCalled();
  });
});

describe('a call that is denied', () => {
  it('never runs and says why', async () => {
    const bench = await startBench([allow, deny]);
    const { tool, sent } = mailTool(bench.hypervisor);
    await expect(tool.invoke({ to: 'x' })).rejects.toMatchObject({ code: 'RULE_DENIED' });
    expect(sent).toEqual([]);
  });

  it('is denied by an added supervisor, and cannot be allowed by one', async () => {
    const eager = {
      name: 'eager',
      decide: async () => ({ verdict: 'allow', by: 'eager', code: 'OK', reason: 'yes' }) as const,
    };
    const strict = {
      name: 'strict',
      decide: async () => ({ verdict: 'deny', by: 'strict', code: 'NO', reason: 'no' }) as const,
    };
    const denied = await startBench([deny], { supervisors: [eager] });
    const first = mailTool(denied.hypervisor);
    expect(await first.tool.attempt({ to: 'x' })).toMatchObject({ why: { code: 'RULE_DENIED' } });
    const tightened = await startBench([allow], { supervisors: [strict] });
    const then = mailTool(tightened.hypervisor);
    await expect(then.tool.invoke({ to: 'x' })).rejects.toMatchObject({
      code: 'SUPERVISOR_DENIED',
    });
    expect([first.sent, then.sent]).toEqual([[], []]);
  });

  it.each([
    ['throws', async () => Promise.reject(new Error('boom')), 'SUPERVISOR_ERROR'],
    ['answers nothing', async () => undefined, 'SUPERVISOR_ERROR'],
    ['answers rubbish', async () => ({ verdict: 'yes', approve: true }), 'SUPERVISOR_ERROR'],
    [
      'answers a review without demands',
      async () => ({
        verdict: 'review',
        by: 'x',
        code: 'x',
        reason: 'x',
        demands: [],
        expiresAtMs: 1,
      }),
      'SUPERVISOR_ERROR',
    ],
  ])('counts a supervisor that %s as a deny', async (_what, decide, code) => {
    const bench = await startBench([allow], {
      supervisors: [{ name: 'bad', decide: decide as never }],
    });
    const { tool, sent } = mailTool(bench.hypervisor);
    expect(await tool.attempt({ to: 'x' })).toMatchObject({ status: 'refused', why: { code } });
    expect(sent).toEqual([]);
  });

  it('counts a supervisor that hangs as a deny, after the configured time', async () => {
    const hangs = { name: 'slow', decide: () => new Promise<never>(() => undefined) };
    const bench = await startBench([allow], { supervisors: [hangs] });
    const { tool } = mailTool(bench.hypervisor);
    const outcome = tool.attempt({ to: 'x' });
    await settle();
    bench.clock.advance(10_000);
    expect(await outcome).toMatchObject({ why: { code: 'SUPERVISOR_TIMEOUT' } });
  });
});

describe('a call that a person must see', () => {
  it('waits, runs once when it is approved, and the approval is used up', async () => {
    const bench = await startBench([review]);
    const { tool, sent } = mailTool(bench.hypervisor);
    const outcome = tool.attempt({ to: 'x' });
    await settle();
    expect(sent).toEqual([]);
    await approveAll(bench);
    expect(await outcome).toMatchObject({ status: 'done' });
    expect(sent).toHaveLength(1);
    expect(await bench.hypervisor.approvals.list()).toEqual([]);
  });

  it('hands out a ticket after the wait; the ticket is good for one run', async () => {
    const bench = await startBench([review]);
    const { tool, sent } = mailTool(bench.hypervisor);
    const pending = await tool.attempt({ to: 'x' }, { waitMs: 0 });
    if (pending.status !== 'pending') throw new Error(pending.status);
    expect(await tool.resume(pending.ticket)).toMatchObject({ status: 'pending' });
    await approveAll(bench);
    const both = await Promise.all([tool.resume(pending.ticket), tool.resume(pending.ticket)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['done', 'refused']);
    expect(await tool.resume(pending.ticket)).toMatchObject({ why: { code: 'APPROVAL_UNKNOWN' } });
    expect(sent).toHaveLength(1);
  });

  it('is refused when a person says no, and when nobody says anything', async () => {
    const bench = await startBench([review]);
    const { tool, sent } = mailTool(bench.hypervisor);
    const denied = await tool.attempt({ to: 'x' }, { waitMs: 0 });
    await approveAll(bench, 'ann', 'deny');
    if (denied.status !== 'pending') throw new Error(denied.status);
    expect(await tool.resume(denied.ticket)).toMatchObject({ why: { code: 'DENIED' } });
    const late = await tool.attempt({ to: 'y' }, { waitMs: 0 });
    if (late.status !== 'pending') throw new Error(late.status);
    bench.clock.advance(3_600_000);
    expect(await tool.resume(late.ticket)).toMatchObject({ why: { code: 'EXPIRED' } });
    expect(sent).toEqual([]);
  });

  it('takes over the ticket of an open approval instead of opening another', async () => {
    const bench = await startBench([review]);
    const { tool, sent } = mailTool(bench.hypervisor);
    const attempts = await Promise.all(
      [1, 2, 3].map(() => tool.attempt({ to: 'x' }, { waitMs: 0 })),
    );
    expect(await bench.hypervisor.approvals.list()).toHaveLength(1);
    await approveAll(bench);
    const results = await Promise.all(
      attempts.map((each) =>
        each.status === 'pending' ? tool.resume(each.ticket) : Promise.resolve(each),
      ),
    );
    expect(results.filter(({ status }) => status === 'done')).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });

  it('runs an approved call when it is attempted again', async () => {
    const bench = await startBench([review]);
    const { tool, sent } = mailTool(bench.hypervisor);
    await tool.attempt({ to: 'x' }, { waitMs: 0 });
    await approveAll(bench);
    expect(await tool.attempt({ to: 'x' }, { waitMs: 0 })).toMatchObject({ status: 'done' });
    expect(await tool.attempt({ to: 'x' }, { waitMs: 0 })).toMatchObject({ status: 'pending' });
    expect(sent).toHaveLength(1);
  });

  it('asks again for a demand that came later, and consumes nothing until none is left', async () => {
    const bench = await startBench([review]);
    const { tool, sent } = mailTool(bench.hypervisor);
    const first = await tool.attempt({ to: 'x' }, { waitMs: 0 });
    if (first.status !== 'pending') throw new Error(first.status);
    await approveAll(bench);
    bench.setRules([review, { ...review, name: 'another_review' }]);
    const second = await tool.resume(first.ticket);
    if (second.status !== 'pending') throw new Error(second.status);
    expect(second.ticket.approvalId).not.toBe(first.ticket.approvalId);
    expect(second.why.demands).toHaveLength(1);
    expect(sent).toEqual([]);
    await approveAll(bench, 'bob');
    expect(await tool.resume(second.ticket)).toMatchObject({ status: 'done' });
    expect(sent).toHaveLength(1);
  });

  it('is denied by a rule that came between the approval and the redemption', async () => {
    const bench = await startBench([review]);
    const { tool, sent } = mailTool(bench.hypervisor);
    const first = await tool.attempt({ to: 'x' }, { waitMs: 0 });
    if (first.status !== 'pending') throw new Error(first.status);
    await approveAll(bench);
    bench.setRules([review, deny]);
    expect(await tool.resume(first.ticket)).toMatchObject({ why: { code: 'RULE_DENIED' } });
    expect(sent).toEqual([]);
  });

  it('needs a person where it cannot be undone and the agent is in ring 2', async () => {
    const bench = await startBench([allow]);
    const { tool } = mailTool(bench.hypervisor, { effect: 'write', undo: 'none', paths: [] });
    const outcome = await tool.attempt({ to: 'x' }, { waitMs: 0 });
    expect(outcome).toMatchObject({ status: 'pending', why: { demands: [{ by: 'ring' }] } });
    await approveAll(bench);
    expect(await tool.attempt({ to: 'x' }, { waitMs: 0 })).toMatchObject({ status: 'done' });
  });
});

describe('the kill switch', () => {
  it('aborts a running tool, whose call ends unknown, and denies what follows', async () => {
    const bench = await startBench([allow]);
    let aborted = false;
    const tool = supervise(
      {
        name: 'mail',
        description: 'Hangs',
        schema: z.object({}),
        manifest: writes,
        run: (_args, { signal }) =>
          new Promise<void>(() => signal.addEventListener('abort', () => (aborted = true))),
      },
      bench.hypervisor,
    );
    const running = tool.attempt({});
    await settle();
    await bench.hypervisor.killSwitch.kill({ tool: 'mail' }, 'test');
    expect(await running).toMatchObject({ status: 'unknown' });
    expect(aborted).toBe(true);
    expect(await tool.attempt({})).toMatchObject({ status: 'refused', why: { code: 'KILLED' } });
    const person = await bench.hypervisor.authenticate('ann');
    await bench.hypervisor.killSwitch.revive({ tool: 'mail' }, person);
    expect((await bench.hypervisor.health()).ok).toBe(true);
  });

  it('leaves a tool unknown that fails in the very turn in which it is stopped', async () => {
    const bench = await startBench([allow]);
    const tool = supervise(
      {
        name: 'mail',
        description: 'Stops itself',
        schema: z.object({}),
        manifest: writes,
        run: async (_args, { signal }) => {
          const stopped = new Promise<never>((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')));
          });
          void bench.hypervisor.killSwitch.kill('all', 'test');
          return stopped;
        },
      },
      bench.hypervisor,
    );
    expect(await tool.attempt({})).toMatchObject({ status: 'unknown' });
  });

  it('reaches a call between its decision and its start', async () => {
    const bench = await startBench([allow]);
    const { tool, sent } = mailTool(bench.hypervisor);
    const append = bench.parts.log.append.bind(bench.parts.log);
    vi.spyOn(bench.parts.log, 'append').mockImplementation(async (entries, options) => {
      const linked = await append(entries, options);
      if (entries[0]?.type === 'call.decided') void bench.hypervisor.killSwitch.kill('all', 'race');
      return linked;
    });
    expect(await tool.attempt({ to: 'x' })).toMatchObject({
      status: 'refused',
      why: { code: 'KILLED' },
    });
    expect(sent).toEqual([]);
  });

  it('reaches a call that waits for a person', async () => {
    const bench = await startBench([review]);
    const { tool } = mailTool(bench.hypervisor);
    const waiting = tool.attempt({ to: 'x' });
    await settle();
    await bench.hypervisor.killSwitch.kill({ agent: 'Default' }, 'test');
    expect(await waiting).toMatchObject({ status: 'refused', why: { code: 'KILLED' } });
  });
});

describe('limits', () => {
  const limited = { ...allow, condition: { tool: 'mail', max_per_hour: 5 } };

  it('let five of ten parallel calls through', async () => {
    const bench = await startBench([limited]);
    const { tool, sent } = mailTool(bench.hypervisor);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, i) => tool.attempt({ to: `${i}` })),
    );
    expect(outcomes.filter(({ status }) => status === 'done')).toHaveLength(5);
    expect(sent).toHaveLength(5);
    bench.clock.advance(3_600_000);
    expect(await tool.attempt({ to: 'x' })).toMatchObject({ status: 'done' });
  });

  it('ask a person where the rule says so, whose yes goes beyond the limit', async () => {
    const bench = await startBench([
      { ...limited, condition: { tool: 'mail', max_per_hour: 1 }, on_exceed: 'require_review' },
    ]);
    const { tool, sent } = mailTool(bench.hypervisor);
    expect(await tool.attempt({ to: '1' })).toMatchObject({ status: 'done' });
    expect(await tool.attempt({ to: '2' }, { waitMs: 0 })).toMatchObject({ status: 'pending' });
    await approveAll(bench);
    expect(await tool.attempt({ to: '2' }, { waitMs: 0 })).toMatchObject({ status: 'done' });
    expect(sent).toHaveLength(2);
  });
});

describe('the approvals that wait', () => {
  it('are all shown, though the session of one has no place left after a restart', async () => {
    const first = await startBench([review]);
    const { log, records, vault } = first.parts;
    const session = await first.hypervisor.sessions.open({ id: 'desk', maxParticipants: 1 });
    const seat = first.hypervisor.seat('default', session);
    await mailTool(first.hypervisor).tool.attempt({ to: 'a' }, { waitMs: 0, seat });
    await mailTool(first.hypervisor).tool.attempt({ to: 'b' }, { waitMs: 0 });
    const { hypervisor } = await startBench([review], { log, records, vault });
    const again = await hypervisor.sessions.open({ id: 'desk', maxParticipants: 1 });
    hypervisor.seat('another', again);
    const shown = await hypervisor.approvals.list();
    expect(shown.map(({ call }) => call.args)).toEqual(
      expect.arrayContaining([{ to: 'a' }, { to: 'b' }]),
    );
  });
});
