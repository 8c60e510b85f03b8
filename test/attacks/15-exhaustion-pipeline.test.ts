import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { createMemoryCounters } from '../../src/stores/memory/counters.ts';
import { createMemoryLog } from '../../src/stores/memory/log.ts';
import type { Vault } from '../../src/core/model/ports.ts';
import { settle, startBench, type Bench } from '../support/harness.ts';
import {
  allow,
  answerAll,
  codeOf,
  countingTool,
  reads,
  review,
  ticketOf,
} from '../support/tools.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** A vault that keeps nothing, so that what is measured is not what a disk would hold. */
const noVault: Vault = {
  put: async () => {},
  get: async () => undefined,
  erase: async () => false,
  recover: async () => {},
  close: async () => {},
};

/** Bytes on the heap that stay after so many calls, each from another agent. */
async function heapAfter(bench: Bench, from: number, to: number): Promise<number> {
  const { hypervisor, clock } = bench;
  for (let i = from; i < to; i += 1) {
    const seat = hypervisor.seat(`agent ${i}`, 'all');
    const request = { tool: 'read', args: { value: { i } }, seat };
    await hypervisor.submit(request, () => i);
    // what is full again is forgotten while time goes on
    if (i % 100 === 0) clock.advance(1000);
  }
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('class 15, exhaustion', () => {
  it('agents that come and go cost no memory', async () => {
    const counters = createMemoryCounters();
    const bench = await startBench([allow('read')], {
      log: createMemoryLog({ keep: 100 }),
      vault: noVault,
      counters,
    });
    countingTool(bench.hypervisor, 'read', { manifest: reads });
    const before = await heapAfter(bench, 0, 6000);
    const after = await heapAfter(bench, 6000, 14_000);
    // a handle that was kept would be some 300 bytes; what is left is the noise of the runner
    expect((after - before) / 8000).toBeLessThan(150);
    expect(counters.size().buckets).toBeLessThan(1000);
  });

  it('sessions that nobody ends are forgotten: the longest idle first', async () => {
    const { hypervisor } = await startBench([]);
    const fill = (from: number, to: number): number => {
      for (let i = from; i < to; i += 1) hypervisor.seat('default', `session ${i}`);
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const full = fill(0, 102_000);
    const more = fill(102_000, 122_000);
    expect(more - full).toBeLessThan(16_000_000);
  });

  it.each<[string, () => unknown, string]>([
    ['10 MB in one text', () => 'x'.repeat(10_000_000), 'ARGS_TOO_LARGE'],
    [
      '10 MB in many',
      () => Array.from({ length: 1_000_000 }, () => 'x'.repeat(8)),
      'ARGS_TOO_LARGE',
    ],
    ['a depth of 100,000', () => deep(100_000), 'ARGS_TOO_LARGE'],
    ['a million keys', () => Object.fromEntries(numbers(300_000)), 'ARGS_TOO_LARGE'],
    ['a shared part that unfolds to 2^60', () => doubled(60), 'ARGS_TOO_LARGE'],
    ['a list without end', () => new Proxy([], { get: endless }), 'ARGS_TOO_LARGE'],
  ])('arguments of %s are refused soon', async (_what, make, code) => {
    const { hypervisor } = await startBench([allow('mail')]);
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    const value = make();
    const startedMs = performance.now();
    expect(codeOf(await attempt(value))).toBe(code);
    // wide: what is walked to its end takes minutes or all memory
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(runs).toEqual([]);
  });

  it('texts of 10 MB and of depth 100,000 are refused soon', async () => {
    const { hypervisor } = await startBench([allow('mail')]);
    countingTool(hypervisor, 'mail');
    const seat = hypervisor.seat('default');
    const texts = [`"${'x'.repeat(10_000_000)}"`, '['.repeat(100_000), '{"a":'.repeat(100_000)];
    for (const json of texts) {
      const outcome = await hypervisor.submit({ tool: 'mail', args: { json }, seat }, () => 1);
      expect(codeOf(outcome)).toBe('ARGS_TOO_LARGE');
    }
  });

  it('a tool and a supervisor that hang: the call ends in its time, others are not held up', async () => {
    let hangs = true;
    const { hypervisor, clock } = await startBench([allow('mail'), allow('slow')], {
      supervisors: [
        {
          name: 'sometimes',
          decide: () =>
            hangs
              ? new Promise(() => undefined)
              : Promise.resolve({ verdict: 'allow', by: 's', code: 'OK', reason: 'ok' }),
        },
      ],
    });
    const mail = countingTool(hypervisor, 'mail');
    const slow = countingTool(hypervisor, 'slow', { run: () => new Promise(() => undefined) });
    const stuck = mail.attempt();
    await settle();
    hangs = false;
    const running = slow.attempt();
    await settle();
    expect(codeOf(await mail.attempt())).toBe('done');
    clock.advance(10_000);
    expect(codeOf(await stuck)).toBe('SUPERVISOR_TIMEOUT');
    clock.advance(50_000);
    expect((await running).status).toBe('unknown');
    expect(mail.runs).toHaveLength(1);
  });

  it('approvals: 10 an agent, 100 in all, also for attempts side by side; an answer makes room', async () => {
    const { hypervisor } = await startBench([review('mail')], {
      rates: { 2: { perSecond: 1000, burst: 1000 } },
    });
    const { attempt } = countingTool(hypervisor, 'mail');
    const flood = async (id: string, times: number): Promise<readonly string[]> => {
      const seat = hypervisor.seat(await hypervisor.agents.register({ id }));
      const attempts = Array.from({ length: times }, (_, n) => attempt({ n }, { waitMs: 0, seat }));
      return (await Promise.all(attempts)).map(codeOf);
    };
    const own = await flood('loud', 30);
    expect(own.filter((code) => code === 'pending')).toHaveLength(10);
    expect(own.filter((code) => code === 'APPROVALS_FULL')).toHaveLength(20);
    for (let i = 0; i < 12; i += 1) await flood(`agent ${i}`, 10);
    expect(await hypervisor.approvals.list()).toHaveLength(100);
    await answerAll(hypervisor, 'ann', 'deny');
    expect(await flood('late', 1)).toEqual(['pending']);
  });

  it('a flood of refused calls is one entry an agent and second', async () => {
    const bench = await startBench([]);
    const { attempt } = countingTool(bench.hypervisor, 'mail');
    for (let second = 0; second < 3; second += 1) {
      for (let i = 0; i < 1000; i += 1) await attempt({ i });
      bench.clock.advance(1000);
    }
    await settle();
    const refused = (await bench.entries()).filter(({ type }) => type.startsWith('call.'));
    expect(refused.length).toBeLessThan(100);
    const counted = refused.filter(({ code }) => code === 'RATE_LIMITED');
    expect(counted.map(({ count }) => Number(count)).reduce((sum, count) => sum + count)).toBe(
      3000 - (refused.length - counted.length),
    );
  });

  it('a spent ticket that comes back again and again does not fill the log either', async () => {
    const bench = await startBench([review('mail')]);
    const { attempt, tool, runs } = countingTool(bench.hypervisor, 'mail');
    const spent = ticketOf(await attempt({ n: 1 }, { waitMs: 0 }));
    const denied = ticketOf(await attempt({ n: 2 }, { waitMs: 0 }));
    const [one] = await bench.hypervisor.approvals.list();
    if (one === undefined) throw new Error('nothing pending');
    const person = await bench.hypervisor.authenticate('ann');
    await bench.hypervisor.approvals.answer(spent.approvalId, {
      verdict: 'allow',
      person,
      fingerprint: one.call.fingerprint,
    });
    await answerAll(bench.hypervisor, 'ann', 'deny');
    await tool.resume(spent);
    const before = (await bench.entries()).length;
    for (let i = 0; i < 500; i += 1) {
      expect(codeOf(await tool.resume(spent))).toBe('APPROVAL_UNKNOWN');
      expect(codeOf(await tool.resume(denied))).toBe('DENIED');
    }
    bench.clock.advance(1000);
    await settle();
    expect((await bench.entries()).length - before).toBeLessThanOrEqual(4);
    expect(runs).toHaveLength(1);
  });

  it('a listener that throws, rejects or hangs stops nobody', async () => {
    const { hypervisor } = await startBench([allow('mail')]);
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    const unhandled = vi.fn<() => void>();
    process.on('unhandledRejection', unhandled);
    const listeners: readonly (() => unknown)[] = [
      () => {
        throw new Error('throws');
      },
      async () => Promise.reject(new Error('rejects')),
      () => new Promise(() => undefined),
    ];
    for (const listener of listeners) hypervisor.events.on('*', listener);
    expect(codeOf(await attempt())).toBe('done');
    await settle();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(runs).toHaveLength(1);
  });

  it('what a session remembers is bounded', async () => {
    const { hypervisor } = await startBench([allow('read')], { vault: noVault });
    const seen: number[] = [];
    const bench = await startBench([allow('read')], {
      supervisors: [
        {
          name: 'looks',
          async decide(_call, { history }) {
            seen.push(history.length);
            return { verdict: 'allow', by: 'looks', code: 'OK', reason: 'ok' };
          },
        },
      ],
      rates: { 2: { perSecond: 1000, burst: 1000 } },
    });
    const { attempt } = countingTool(bench.hypervisor, 'read', { manifest: reads });
    for (let i = 0; i < 200; i += 1) await attempt({ i });
    expect(Math.max(...seen)).toBe(64);
    const session = await hypervisor.sessions.open();
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 200; i += 1)
      session.observe({ role: 'user', text: `${i}`.repeat(100_000) });
    // what is on its way to the log
    await settle();
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(8_000_000);
  });
});

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

function doubled(times: number): unknown {
  let value: unknown = 'x';
  for (let time = 0; time < times; time += 1) value = [value, value];
  return value;
}

function numbers(count: number): readonly (readonly [string, number])[] {
  return Array.from({ length: count }, (_, i) => [`key ${i}`, i] as const);
}

function endless(target: object, key: string | symbol): unknown {
  return key === 'length' ? 2 ** 53 - 1 : Reflect.get(target, key);
}
