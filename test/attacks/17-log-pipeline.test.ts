import { describe, expect, it, vi } from 'vitest';
import { createOpenCalls } from '../../src/core/audit/open-calls.ts';
import type { Hypervisor } from '../../src/core/hypervisor/api.ts';
import { toText } from '../../src/core/model/json.ts';
import { settle, startBench, type Bench } from '../support/harness.ts';
import {
  allow,
  answerAll,
  codeOf,
  countingTool,
  deny,
  review,
  ticketOf,
} from '../support/tools.ts';

/** What is wrong in the lives of the calls in the log; at rest there are no open ones. */
async function wrongLives(bench: Bench): Promise<readonly unknown[]> {
  const calls = createOpenCalls();
  const wrong = (await bench.entries()).map(calls.apply).filter(Boolean);
  return [...wrong, ...calls.open()];
}

async function callEntries({ entries }: Bench): Promise<readonly string[]> {
  return (await entries())
    .filter(({ type }) => type.startsWith('call.'))
    .map(({ type, verdict, status, code }) => `${type} ${toText(verdict ?? status ?? code)}`);
}

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const throwing = (error: unknown) => () => {
  throw error;
};

describe('class 17, log integrity: every attempt is there, and each started call ends once', () => {
  it.each<[string, () => unknown]>([
    ['throws an error of 3 MB', throwing(new Error('x'.repeat(3_000_000)))],
    ['throws what has no text', throwing(Object.create(null))],
    ['throws nothing', throwing(undefined)],
    ['throws half a surrogate', throwing(new Error('\ud800'))],
    ['throws a message that is no text', throwing(Object.assign(new Error('x'), { message: {} }))],
    [
      'throws a message that cannot be read',
      throwing(Object.defineProperty(new Error('x'), 'message', { get: throwing(1) })),
    ],
    [
      'gives an object that cannot be asked for `then`',
      () => new Proxy({}, { has: throwing(1), get: throwing(1) }),
    ],
    ['gives a revoked proxy', revoked],
    ['gives 3 MB', () => 'x'.repeat(3_000_000)],
    [
      'gives a cycle',
      () => {
        const cycle: unknown[] = [];
        cycle.push(cycle);
        return cycle;
      },
    ],
    ['gives a BigInt', () => 1n],
    [
      'gives a getter that throws',
      () => ({
        get value() {
          return throwing(1)();
        },
      }),
    ],
  ])('of a tool that %s', async (_what, run) => {
    const bench = await startBench([allow('odd')]);
    const { attempt } = countingTool(bench.hypervisor, 'odd', { run });
    const outcome = await attempt();
    expect(['done', 'failed']).toContain(outcome.status);
    expect(await callEntries(bench)).toEqual([
      'call.decided allow',
      `call.finished ${outcome.status}`,
    ]);
    expect(await wrongLives(bench)).toEqual([]);
    expect((await bench.hypervisor.health()).ok).toBe(true);
  });

  it('refusals by a gate, by a rule, of arguments, of an unknown tool, and of a used approval', async () => {
    const bench = await startBench([deny('pay'), review('mail')]);
    const { hypervisor } = bench;
    const pay = countingTool(hypervisor, 'pay');
    const mail = countingTool(hypervisor, 'mail');
    const seat = hypervisor.seat('default');
    await pay.attempt({}, { seat: hypervisor.seat('stranger') });
    await pay.attempt();
    await pay.attempt({ n: Number.NaN });
    await hypervisor.submit({ tool: 'none', args: { value: {} }, seat }, () => 1);
    const ticket = ticketOf(await mail.attempt({}, { waitMs: 0 }));
    await answerAll(hypervisor);
    await Promise.all([mail.tool.resume(ticket), mail.tool.resume(ticket)]);
    expect((await callEntries(bench)).toSorted()).toEqual([
      'call.decided allow',
      'call.decided deny',
      'call.decided review',
      'call.finished done',
      'call.refused APPROVAL_UNKNOWN',
      'call.refused ARGS_INVALID',
      'call.refused RING_TOO_LOW',
      'call.refused UNKNOWN_TOOL',
    ]);
    expect(await wrongLives(bench)).toEqual([]);
  });

  it('calls that are killed, time out, are aborted, and end late', async () => {
    const bench = await startBench([allow('slow')]);
    const late: (() => void)[] = [];
    const { attempt } = countingTool(bench.hypervisor, 'slow', {
      timeoutMs: 1000,
      run: () => new Promise<void>((resolve) => void late.push(resolve)),
    });
    const aborting = new AbortController();
    const running = [attempt(), attempt({}, { signal: aborting.signal })];
    await settle();
    aborting.abort();
    bench.clock.advance(1000);
    await Promise.all(running);
    running.push(attempt());
    await settle();
    await bench.hypervisor.killSwitch.kill('all', 'test');
    const outcomes = await Promise.all(running);
    for (const resolve of late) resolve();
    await settle();
    expect(outcomes.map(({ status }) => status)).toEqual(['unknown', 'unknown', 'unknown']);
    const finished = (await bench.entries()).filter(({ type }) => type === 'call.finished');
    expect(finished.map((entry) => entry['status'])).toEqual(['unknown', 'unknown', 'unknown']);
    expect(await wrongLives(bench)).toEqual([]);
  });

  it.each<[string, { value: unknown } | { error: string } | undefined, string]>([
    ['settled', { value: 1 }, 'done'],
    ['settled with what is no JSON', { value: 1n }, 'done'],
    ['settled as failed', { error: 'x' }, 'failed'],
    ['settled with an error of 3 MB', { error: 'x'.repeat(3_000_000) }, 'failed'],
    ['never settled', undefined, 'unknown'],
  ])('a call of advisory mode that is %s', async (_what, result, status) => {
    const bench = await startBench([allow('mail', { max_per_day: 1 })]);
    const { hypervisor } = bench;
    const { runs } = countingTool(hypervisor, 'mail');
    const request = { tool: 'mail', args: { value: {} }, seat: hypervisor.seat('default') };
    const released = await hypervisor.submit({ ...request, mode: 'advisory' }, () => runs.push(1));
    if (released.status !== 'released') throw new Error(released.status);
    if (result !== undefined) await hypervisor.settle(released.callId, result as never);
    bench.clock.advance(600_000);
    await settle();
    await expect(hypervisor.settle(released.callId, { value: 1 })).rejects.toMatchObject({
      code: 'ALREADY_DONE',
    });
    const finished = (await bench.entries()).filter(({ type }) => type === 'call.finished');
    expect(finished.map((entry) => entry['status']).at(-1)).toBe(status);
    expect(await wrongLives(bench)).toEqual([]);
    expect(codeOf(await hypervisor.submit(request, () => 1))).toBe('LIMIT_EXCEEDED');
    expect(runs).toEqual([]);
  });

  it('a decision whose write failed: nothing runs, and the refusal is written once the log is back', async () => {
    const bench = await startBench([allow('pay', { max_per_day: 1 })]);
    const { attempt, runs } = countingTool(bench.hypervisor, 'pay');
    const { log } = bench.parts;
    const append = log.append.bind(log);
    // the worst of both: the entry got there, the acknowledgement did not
    const broken = vi.spyOn(log, 'append').mockImplementation(async (entries, options) => {
      await append(entries, options);
      throw new Error('no acknowledgement');
    });
    expect(codeOf(await attempt())).toBe('LOG_UNAVAILABLE');
    broken.mockRestore();
    bench.clock.advance(20_000);
    await settle();
    expect(runs).toEqual([]);
    expect(await wrongLives(bench)).toEqual([]);
    expect(codeOf(await attempt())).toBe('done');
  });

  it('an outcome that got there without an acknowledgement is not written twice', async () => {
    const bench = await startBench([allow('pay')]);
    const { log } = bench.parts;
    const append = log.append.bind(log);
    let fails = true;
    vi.spyOn(log, 'append').mockImplementation(async (entries, options) => {
      if (!fails || !entries.some(({ type }) => type === 'call.finished')) {
        return append(entries, options);
      }
      fails = false;
      kept.push(...entries);
      throw new Error('disk full');
    });
    const kept: Parameters<typeof append>[0][number][] = [];
    // as a log does that keeps what was in line
    vi.spyOn(log, 'recover').mockImplementation(async () => {
      await append(kept.splice(0));
    });
    const { attempt, runs } = countingTool(bench.hypervisor, 'pay');
    expect(codeOf(await attempt())).toBe('done');
    bench.clock.advance(20_000);
    await settle();
    expect((await bench.hypervisor.health()).ok).toBe(true);
    expect(await wrongLives(bench)).toEqual([]);
    expect((await callEntries(bench)).filter((line) => line.includes('finished'))).toHaveLength(1);
    expect(runs).toHaveLength(1);
  });

  it('kills, quarantines, approvals and agents leave entries, by whom', async () => {
    const bench = await startBench([review('mail')]);
    const { hypervisor }: { hypervisor: Hypervisor } = bench;
    const person = await hypervisor.authenticate('ann');
    await hypervisor.killSwitch.kill({ agent: 'Bot' }, 'strange');
    await hypervisor.killSwitch.revive({ agent: 'bot' }, person);
    await hypervisor.quarantine.enter('bot', 'manual', 5);
    await hypervisor.quarantine.release('bot', person);
    await countingTool(hypervisor, 'mail').attempt({}, { waitMs: 0 });
    await answerAll(hypervisor, 'bob', 'deny');
    expect((await bench.entries()).slice(1)).toMatchObject([
      { type: 'kill.thrown', scope: { agent: 'bot' }, reason: 'strange' },
      { type: 'kill.revived', scope: { agent: 'bot' }, person: 'ann' },
      { type: 'quarantine.entered', agent: 'bot' },
      { type: 'quarantine.released', agent: 'bot', person: 'ann' },
      { type: 'approval.opened' },
      { type: 'tool.registered', tool: 'mail' },
      { type: 'call.decided', verdict: 'review' },
      { type: 'approval.answered', person: 'bob', verdict: 'deny' },
    ]);
  });

  it('an outcome that is being written again while the hypervisor closes is written once', async () => {
    const { hypervisor, parts, clock, entries } = await startBench([allow('mail')]);
    const { attempt } = countingTool(hypervisor, 'mail');
    const append = parts.log.append.bind(parts.log);
    const spy = vi.spyOn(parts.log, 'append');
    spy.mockImplementation(async (bodies, options) => {
      if (bodies.some(({ type }) => type === 'call.finished')) throw new Error('disk full');
      return append(bodies, options);
    });
    await Promise.all([attempt({ to: 'ann' }), attempt({ to: 'bob' })]);
    const slow = Promise.withResolvers<void>();
    spy.mockImplementation(async (bodies, options) => {
      await slow.promise;
      return append(bodies, options);
    });
    clock.advance(100);
    await settle();
    const closing = hypervisor.close();
    await settle();
    slow.resolve();
    await closing;
    const ends = (await entries()).filter(({ type }) => type === 'call.finished');
    expect(new Set(ends.map(({ call }) => call)).size).toBe(2);
    expect(ends).toHaveLength(2);
  });
});
