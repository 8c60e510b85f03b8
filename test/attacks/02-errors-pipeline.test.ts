import { describe, expect, it, vi } from 'vitest';
import type { Filter, Gate } from '../../src/core/model/extension.ts';
import type { JsonObject } from '../../src/core/model/json.ts';
import { createMemoryRecords } from '../../src/stores/memory/records.ts';
import { createVirtualClock } from '../../src/stores/memory/virtual-clock.ts';
import { mondayMs, settle, startBench } from '../support/harness.ts';
import { allow, codeOf, countingTool, review } from '../support/tools.ts';

const boom = () => {
  throw new Error('boom');
};
const never = () => new Promise<never>(() => undefined);

describe('class 2, an error means allow: it means deny', () => {
  it.each<[string, Partial<Gate>, string]>([
    ['throws', { check: boom }, 'GATE_FAILED'],
    ['rejects', { check: () => Promise.reject(new Error('boom')) }, 'GATE_FAILED'],
    ['hangs', { check: never }, 'GATE_TIMEOUT'],
    ['throws in `blocked`', { check: async () => undefined, blocked: boom }, 'GATE_FAILED'],
    ['answers null', { check: async () => null as never }, 'GATE_FAILED'],
  ])('a gate that %s', async (_what, gate, code) => {
    const { hypervisor, clock } = await startBench([allow('mail')], {
      gates: [() => ({ name: 'bad', check: async () => undefined, ...gate })],
    });
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    const outcome = attempt();
    await settle();
    clock.advance(1000);
    expect(codeOf(await outcome)).toBe(code);
    expect(runs).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['has no words', { verdict: 'allow' }],
    ['has a code that is no text', { verdict: 'allow', by: 'x', code: 1n, reason: 'r' }],
    ['has half a surrogate', { verdict: 'allow', by: 'x', code: '\ud800', reason: 'r' }],
    [
      'has limits that are no list',
      { verdict: 'allow', by: 'x', code: 'x', reason: 'r', limits: 5 },
    ],
    [
      'demands nothing in particular',
      { verdict: 'review', by: 'x', code: 'x', reason: 'r', demands: [{}], expiresAtMs: 9e15 },
    ],
    [
      'demands a quorum of 0',
      {
        verdict: 'review',
        by: 'x',
        code: 'x',
        reason: 'r',
        demands: [{ by: 'x', code: 'x', quorum: 0 }],
        expiresAtMs: 9e15,
      },
    ],
  ])('a decision that %s, without closing the log', async (_what, decision) => {
    const { hypervisor } = await startBench([allow('mail')], {
      supervisors: [{ name: 'js', decide: async () => decision as never }],
    });
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    expect(codeOf(await attempt({}, { waitMs: 0 }))).toBe('SUPERVISOR_ERROR');
    expect(runs).toEqual([]);
    expect((await hypervisor.health()).ok).toBe(true);
  });

  it('counters that throw, or never answer', async () => {
    const limited = allow('mail', { max_per_hour: 5 });
    for (const reserve of [boom, never]) {
      const { hypervisor, clock, parts } = await startBench([limited]);
      vi.spyOn(parts.counters, 'reserve').mockImplementation(reserve);
      const { attempt, runs } = countingTool(hypervisor, 'mail');
      const outcome = attempt();
      await settle();
      clock.advance(1000);
      expect(codeOf(await outcome)).toBe('COUNTERS_UNAVAILABLE');
      expect(runs).toEqual([]);
    }
  });

  it('buckets that throw, or never answer', async () => {
    for (const [take, code] of [
      [boom, 'GATE_FAILED'],
      [never, 'GATE_TIMEOUT'],
    ] as const) {
      const { hypervisor, clock, parts } = await startBench([allow('mail')]);
      vi.spyOn(parts.counters, 'take').mockImplementation(take);
      const { attempt, runs } = countingTool(hypervisor, 'mail');
      const outcome = attempt();
      await settle();
      clock.advance(1000);
      expect(codeOf(await outcome)).toBe(code);
      expect(runs).toEqual([]);
    }
  });

  it('a log that never answers: refused in time, nothing is run', async () => {
    const { hypervisor, clock, parts } = await startBench([allow('mail')]);
    vi.spyOn(parts.log, 'append').mockImplementation(never);
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    const outcome = attempt();
    await settle();
    clock.advance(10_000);
    expect(codeOf(await outcome)).toBe('LOG_UNAVAILABLE');
    expect(runs).toEqual([]);
  });

  it('a vault that cannot be written', async () => {
    const { hypervisor, parts } = await startBench([allow('mail')]);
    vi.spyOn(parts.vault, 'put').mockRejectedValue(new Error('disk full'));
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    expect(codeOf(await attempt())).toBe('LOG_UNAVAILABLE');
    expect(runs).toEqual([]);
  });

  it('records that cannot be written: no approval, no run', async () => {
    const { hypervisor, parts } = await startBench([review('mail')]);
    vi.spyOn(parts.records, 'compareAndSet').mockRejectedValue(new Error('disk full'));
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    expect(codeOf(await attempt({}, { waitMs: 0 }))).toBe('APPROVALS_UNAVAILABLE');
    expect(runs).toEqual([]);
  });

  it.each<[string, Partial<Filter> | undefined, string]>([
    ['is not there', undefined, 'FILTER_MISSING'],
    ['throws', { before: boom }, 'FILTER_FAILED'],
    ['hangs', { before: never }, 'FILTER_FAILED'],
    ['gives nothing back', { before: async () => undefined as never }, 'FILTER_FAILED'],
    ['gives back what is no JSON', { before: async () => 1n as never }, 'FILTER_FAILED'],
    ['denies without a code', { before: async () => ({ verdict: 'deny' }) }, 'FILTER_DENIED'],
  ])('a filter that %s', async (_what, filter, code) => {
    const { hypervisor, clock } = await startBench([allow('mail')], {
      filters: filter === undefined ? [] : [{ name: 'pii', ...filter }],
      supervisors: [
        {
          name: 'asks',
          decide: async () => ({
            verdict: 'allow',
            by: 'asks',
            code: 'OK',
            reason: 'filtered',
            filters: ['pii'],
          }),
        },
      ],
    });
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    const outcome = attempt();
    await settle();
    clock.advance(10_000);
    expect(codeOf(await outcome)).toBe(code);
    expect(runs).toEqual([]);
  });

  it.each<[string, Filter['after']]>([
    ['gives nothing back', async () => undefined as never],
    ['gives back what is no JSON', async () => 1n as never],
    ['denies without a code', async () => ({ verdict: 'deny' })],
  ])('a filter of results that %s keeps the result back', async (_what, after) => {
    const { hypervisor } = await startBench([{ ...allow('mail'), filters: ['pii'] }], {
      filters: [{ name: 'pii', ...(after === undefined ? {} : { after }) }],
    });
    const { attempt, runs } = countingTool(hypervisor, 'mail', { run: () => 'secret' });
    expect(await attempt()).toMatchObject({ status: 'failed', error: { code: 'FILTER_DENIED' } });
    expect(runs).toHaveLength(1);
  });

  it('a log that hangs while an approval is opened', async () => {
    const { hypervisor, parts, clock } = await startBench([review('mail')]);
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    vi.spyOn(parts.log, 'append').mockImplementation(never);
    const outcome = attempt({}, { waitMs: 0 });
    for (let wait = 0; wait < 2; wait += 1) {
      await settle();
      clock.advance(10_000);
    }
    expect(codeOf(await outcome)).toBe('APPROVALS_UNAVAILABLE');
    expect(runs).toEqual([]);
  });

  it('approvals that cannot be read when their ticket comes back', async () => {
    const { hypervisor, parts, clock } = await startBench([review('mail')]);
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    const outcome = attempt({}, { waitMs: 20_000 });
    await settle();
    vi.spyOn(parts.records, 'get').mockImplementation(boom);
    clock.advance(20_000);
    expect(codeOf(await outcome)).toBe('APPROVALS_UNAVAILABLE');
    expect(runs).toEqual([]);
  });

  it.each(['commit', 'refund'] as const)('counters that hang on a %s', async (method) => {
    const { hypervisor, parts, clock } = await startBench([allow('mail', { max_per_hour: 9 })]);
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    vi.spyOn(parts.counters, method).mockImplementation(never);
    const outcome = attempt();
    if (method === 'refund') await hypervisor.killSwitch.kill('all', 'test');
    await settle();
    clock.advance(10_000);
    await settle();
    expect(codeOf(await outcome)).toBe(method === 'refund' ? 'KILLED' : 'done');
    expect(runs).toHaveLength(method === 'refund' ? 0 : 1);
  });

  it('authentication that throws, hangs, or answers nothing makes no person', async () => {
    for (const answer of [boom, never, async () => '', async () => undefined as never]) {
      const { hypervisor, clock } = await startBench([], { authenticate: answer });
      const answered = hypervisor.authenticate('token').catch((error: unknown) => error);
      await settle();
      clock.advance(10_000);
      expect(await answered).toMatchObject({ code: 'AUTHENTICATION_FAILED' });
    }
  });
});

/** An error that throws whatever is asked of it. */
class Hostile extends Error {
  override toString = boom;
  override get message(): string {
    return boom();
  }
}

describe('class 2, an error that nobody can put in words', () => {
  it('is a refusal and an event all the same, with no word that was thrown', async () => {
    const records = createMemoryRecords();
    const clock = createVirtualClock(mondayMs);
    const secret = (): Error => new Error('the secret is 1', { cause: new TypeError('secret') });
    const waiting = [new Hostile(), secret()];
    let next: Error | undefined;
    const { hypervisor } = await startBench([allow('pay')], {
      clock: {
        ...clock,
        monotonicMs() {
          if (next !== undefined) throw next;
          return clock.monotonicMs();
        },
      },
      // the last gate, so that no gate meets the error, which would be its own failure
      gates: [() => ({ name: 'last', check: async () => void (next = waiting.shift()) })],
      records: {
        ...records,
        async compareAndSet(...asked) {
          if (asked[0] === 'snapshot') throw secret();
          return records.compareAndSet(...asked);
        },
      },
    });
    const told: JsonObject[] = [];
    for (const name of ['pipeline.failed', 'snapshot.failed']) {
      hypervisor.events.on(name, ({ reason }) => told.push({ name, reason: reason ?? null }));
    }
    const { attempt } = countingTool(hypervisor, 'pay');
    for (let turn = 0; turn < 2; turn += 1) {
      expect(codeOf(await attempt({ secret: 1 }))).toBe('GATE_FAILED');
      next = undefined;
    }
    expect(codeOf(await attempt({ secret: 1 }))).toBe('done');
    clock.advance(60_000);
    await settle();
    const where =
      /^Error at 02-errors-pipeline\.test\.ts:\d+:\d+( < .+)?, caused by TypeError at [^\n]+$/;
    expect(told).toEqual([
      { name: 'pipeline.failed', reason: expect.stringMatching(/^Error/) },
      { name: 'pipeline.failed', reason: expect.stringMatching(where) },
      { name: 'snapshot.failed', reason: expect.stringMatching(where) },
    ]);
    expect(JSON.stringify(told)).not.toContain('secret');
  });
});
