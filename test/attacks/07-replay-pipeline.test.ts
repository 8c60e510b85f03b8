import { describe, expect, it } from 'vitest';
import { openHypervisor } from '../../src/core/hypervisor/hypervisor.ts';
import { createOpenCalls } from '../../src/core/audit/open-calls.ts';
import { createMemoryCounters } from '../../src/stores/memory/counters.ts';
import { settle, startBench, type Bench } from '../support/harness.ts';
import { answerAll, codeOf, countingTool, review, ticketOf } from '../support/tools.ts';

async function approved(bench: Bench, args: unknown = { to: 'x' }) {
  const counted = countingTool(bench.hypervisor, 'mail');
  const ticket = ticketOf(await counted.attempt(args, { waitMs: 0 }));
  await answerAll(bench.hypervisor);
  return { ...counted, ticket };
}

describe('class 7, replay: an approval is good for one run of one call', () => {
  it('used twice, one after the other and side by side', async () => {
    const bench = await startBench([review('mail')]);
    const { tool, runs, ticket } = await approved(bench);
    const first = await Promise.all(Array.from({ length: 8 }, () => tool.resume(ticket)));
    expect(first.map(codeOf).toSorted()).toEqual([
      ...Array.from({ length: 7 }, () => 'APPROVAL_UNKNOWN'),
      'done',
    ]);
    expect(codeOf(await tool.resume(ticket))).toBe('APPROVAL_UNKNOWN');
    expect(runs).toHaveLength(1);
  });

  it.each([
    ['other arguments', { to: 'y' }],
    ['arguments with one more', { to: 'x', bcc: 'y' }],
    ['the same as a text', '{"to":"x"}'],
  ])('for %s', async (_what, other) => {
    const bench = await startBench([review('mail')]);
    const { attempt, runs } = await approved(bench);
    expect(codeOf(await attempt(other, { waitMs: 0 }))).toBe('pending');
    expect(runs).toEqual([]);
  });

  it('for a sibling call, of another agent or in another session', async () => {
    const bench = await startBench([review('mail')]);
    const { hypervisor } = bench;
    const { attempt, runs, ticket, tool } = await approved(bench);
    const other = await hypervisor.agents.register({ id: 'other' });
    for (const seat of [hypervisor.seat('default', 'two'), hypervisor.seat(other)]) {
      expect(codeOf(await attempt({ to: 'x' }, { waitMs: 0, seat }))).toBe('pending');
    }
    const sibling = ticketOf(await attempt({ to: 'z' }, { waitMs: 0 }));
    const crossed = [
      { approvalId: ticket.approvalId, callId: sibling.callId },
      { approvalId: sibling.approvalId, callId: ticket.callId },
    ];
    for (const forged of crossed) expect(codeOf(await tool.resume(forged))).toBe('SUPERSEDED');
    expect(runs).toEqual([]);
  });

  it('after it expired, answered or not', async () => {
    const bench = await startBench([review('mail')]);
    const { tool, runs, ticket } = await approved(bench);
    bench.clock.advance(3_600_000);
    expect(codeOf(await tool.resume(ticket))).toBe('EXPIRED');
    expect(runs).toEqual([]);
  });

  it('after a restart: once, and not again after the next', async () => {
    const bench = await startBench([review('mail')]);
    const { runs, ticket } = await approved(bench);
    const statuses: string[] = [];
    for (let start = 0; start < 2; start += 1) {
      const { hypervisor } = await openHypervisor({
        ...bench.parts,
        counters: createMemoryCounters(),
      });
      const again = countingTool(hypervisor, 'mail');
      statuses.push(codeOf(await again.tool.resume(ticket)));
      runs.push(...again.runs);
    }
    expect(statuses).toEqual(['done', 'APPROVAL_UNKNOWN']);
    expect(runs).toEqual([{ to: 'x' }]);
  });

  it('while the call runs: refused, and the log still tells one life of the call', async () => {
    const bench = await startBench([review('mail')]);
    const { promise, resolve } = Promise.withResolvers<void>();
    const { attempt, tool } = countingTool(bench.hypervisor, 'mail', { run: () => promise });
    const ticket = ticketOf(await attempt({}, { waitMs: 0 }));
    await answerAll(bench.hypervisor);
    const running = tool.resume(ticket);
    await settle();
    expect(codeOf(await tool.resume(ticket))).toBe('APPROVAL_UNKNOWN');
    resolve();
    expect(codeOf(await running)).toBe('done');
    const calls = createOpenCalls();
    expect((await bench.entries()).map(calls.apply).filter(Boolean)).toEqual([]);
    expect(calls.open()).toEqual([]);
  });

  it('by a record that was edited between pause and resume', async () => {
    const bench = await startBench([review('mail')]);
    const { tool, runs, ticket } = await approved(bench);
    const { records } = bench.parts;
    const stored = await records.get('approval', ticket.approvalId);
    if (stored === undefined) throw new Error('no record');
    const edited = { ...stored.value, args: { to: 'thief' } };
    await records.compareAndSet('approval', ticket.approvalId, stored.version, edited);
    expect(codeOf(await tool.resume(ticket))).toBe('APPROVAL_UNKNOWN');
    expect(runs).toEqual([]);
  });

  it('after the definition of the tool changed', async () => {
    const bench = await startBench([review('mail')]);
    const { ticket } = await approved(bench);
    const { hypervisor } = await openHypervisor({
      ...bench.parts,
      counters: createMemoryCounters(),
    });
    const changed = countingTool(hypervisor, 'mail', {
      manifest: { effect: 'write', undo: 'partial', paths: [] },
    });
    expect(codeOf(await changed.tool.resume(ticket))).toBe('DEFINITION_CHANGED');
    expect(changed.runs).toEqual([]);
  });
});
