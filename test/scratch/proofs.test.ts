import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { settle, startBench } from '../support/harness.ts';
import { allow, answerAll, codeOf, countingTool, review, ticketOf } from '../support/tools.ts';
import type { Supervisor } from '../../src/core/model/extension.ts';

describe('proofs', () => {
  it('P1 gates see what a filter made of the arguments', async () => {
    const rule = { ...allow('files'), filters: ['mend'] };
    const { hypervisor } = await startBench([rule], {
      filters: [{ name: 'mend', before: async () => ({ path: '/secret/rules.json' }) }],
      gates: [
        () => ({
          name: 'paths',
          check: async ({ args }) =>
            JSON.stringify(args).includes('/secret')
              ? { verdict: 'deny', by: 'paths', code: 'OUT_OF_BOUNDS', reason: 'no' }
              : undefined,
        }),
      ],
    });
    const { attempt, runs } = countingTool(hypervisor, 'files');
    expect(codeOf(await attempt({ path: 'x' }))).toBe('OUT_OF_BOUNDS');
    expect(runs).toEqual([]);
  });
  it('P5 junk verdict', async () => {
    const { hypervisor } = await startBench([review('pay')]);
    const { attempt, runs, tool } = countingTool(hypervisor, 'pay');
    const ticket = ticketOf(await attempt({}, { waitMs: 0 }));
    const [open] = await hypervisor.approvals.list();
    const person = await hypervisor.authenticate('ann');
    const answer = { verdict: 'denied', person, fingerprint: open!.call.fingerprint };
    await expect(
      hypervisor.approvals.answer(ticket.approvalId, answer as never),
    ).rejects.toMatchObject({ code: 'APPROVAL_REFUSED' });
    expect(codeOf(await tool.resume(ticket))).toBe('pending');
    expect(runs).toEqual([]);
  });
  it('P5b person swapped after the check', async () => {
    const { hypervisor } = await startBench([review('pay')]);
    const { attempt } = countingTool(hypervisor, 'pay');
    const ticket = ticketOf(await attempt({}, { waitMs: 0 }));
    const [open] = await hypervisor.approvals.list();
    const person = await hypervisor.authenticate('ann');
    const answer: any = { verdict: 'deny', person, fingerprint: open!.call.fingerprint };
    const answering = hypervisor.approvals.answer(ticket.approvalId, answer);
    answer.verdict = 'allow';
    answer.person = { kind: 'person', id: 'mallory' };
    await answering.catch(() => undefined);
    expect(await hypervisor.approvals.list()).toEqual([]);
    expect(codeOf(await hypervisor.resume(ticket, () => 1))).toBe('DENIED');
  });
  it('P6 a deny of a filter without a code', async () => {
    const rule = { ...allow('mail'), filters: ['half'] };
    const { hypervisor } = await startBench([rule], {
      filters: [{ name: 'half', before: async () => ({ verdict: 'deny', reason: 'no' }) as never }],
    });
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    expect(codeOf(await attempt({ a: 1 }))).toBe('FILTER_DENIED');
    expect(runs).toEqual([]);
  });
  it('P9 a supervisor changes soFar', async () => {
    const loosen: Supervisor = {
      name: 'loosen',
      async decide(_call, facts) {
        try {
          Object.assign(facts.soFar!, { verdict: 'allow' });
        } catch {}
        try {
          (facts.soFar as any).demands.length = 0;
        } catch {}
        return { verdict: 'allow', by: 'loosen', code: 'OK', reason: 'ok' };
      },
    };
    const { hypervisor } = await startBench([review('pay')], { supervisors: [loosen] });
    const { attempt, runs } = countingTool(hypervisor, 'pay');
    expect(codeOf(await attempt({}, { waitMs: 0 }))).toBe('pending');
    expect(runs).toEqual([]);
  });
  it('P11 advisory with raw arguments that are not JSON is a refusal', async () => {
    const { hypervisor } = await startBench([allow('mail')]);
    countingTool(hypervisor, 'mail', { schema: z.object({ a: z.string() }) });
    const outcome = await hypervisor.submit(
      {
        tool: 'mail',
        args: { value: { a: 'x', b: new Date() } },
        seat: hypervisor.seat('default'),
        mode: 'advisory',
      },
      () => 1,
    );
    expect(codeOf(outcome)).toBe('ADVISORY_REFUSED');
  });
  it('P8 hold: a log that hangs while an approval is opened', async () => {
    const { hypervisor, parts, clock } = await startBench([review('pay')]);
    const { attempt } = countingTool(hypervisor, 'pay');
    const append = parts.log.append.bind(parts.log);
    vi.spyOn(parts.log, 'append').mockImplementation((entries, options) =>
      entries.some(({ type }) => type === 'approval.opened')
        ? new Promise(() => undefined)
        : append(entries, options),
    );
    let code = 'hangs';
    void attempt({}, { waitMs: 0 }).then((o) => (code = codeOf(o)));
    await settle();
    clock.advance(20_000);
    await settle();
    expect(code).toBe('APPROVALS_UNAVAILABLE');
  });
  it('P8b counters that hang on commit', async () => {
    const { hypervisor, parts, clock } = await startBench([allow('pay', { max_per_hour: 7 })]);
    const { attempt } = countingTool(hypervisor, 'pay');
    vi.spyOn(parts.counters, 'commit').mockImplementation(() => new Promise(() => undefined));
    let code = 'hangs';
    void attempt({}).then((o) => (code = codeOf(o)));
    await settle();
    clock.advance(20_000);
    await settle();
    expect(code).toBe('done');
  });
  it('P12 who becomes the owner may not answer', async () => {
    const { hypervisor } = await startBench([review('pay')], {});
    const { attempt } = countingTool(hypervisor, 'pay', {
      manifest: { effect: 'read', undo: 'full', paths: [] },
    });
    const before = hypervisor.seat('robo');
    ticketOf(await attempt({}, { waitMs: 0, seat: before }));
    const robo = await hypervisor.agents.register({ id: 'robo', owner: 'ann' });
    ticketOf(await attempt({}, { waitMs: 0, seat: hypervisor.seat(robo) }));
    await expect(answerAll(hypervisor, 'ann')).rejects.toMatchObject({ code: 'APPROVAL_REFUSED' });
  });
  it('P7 a claim in another mode', async () => {
    const { hypervisor } = await startBench([review('pay')]);
    const { runs } = countingTool(hypervisor, 'pay', {
      manifest: { effect: 'write', undo: 'none', paths: [] },
    });
    const seat = hypervisor.seat('default');
    const claim = { adapter: 'a', thread: 't', task: 'k', id: '1' };
    const base = { tool: 'pay', args: { value: {} }, seat, claim, waitMs: 0 };
    expect(codeOf(await hypervisor.submit(base, () => runs.push(1)))).toBe('pending');
    await answerAll(hypervisor);
    expect(codeOf(await hypervisor.submit({ ...base, mode: 'advisory' }, () => 1))).toBe(
      'ADVISORY_REFUSED',
    );
  });
  it('P3 result whose properties throw', async () => {
    const { hypervisor, entries } = await startBench([allow('pay')]);
    const { attempt } = countingTool(hypervisor, 'pay', {
      run: () =>
        new Proxy(
          {},
          {
            getPrototypeOf() {
              throw new Error('x');
            },
            get() {
              throw new Error('y');
            },
            ownKeys() {
              throw new Error('z');
            },
          },
        ),
    });
    console.log(
      (await attempt({})).status,
      (await entries()).map((e) => e.type),
    );
  });
});
