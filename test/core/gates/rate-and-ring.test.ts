import { describe, expect, it } from 'vitest';
import type { Manifest, Ring } from '../../../src/core/model/tool.ts';
import { startBench } from '../../support/harness.ts';
import { allow, codeOf, countingTool, reads, writes } from '../../support/tools.ts';

describe('the rate gate', () => {
  it.each<[Ring, number, number]>([
    [0, 200, 100],
    [1, 100, 50],
    [2, 40, 20],
    [3, 10, 5],
  ])('ring %i: %i calls at once, then %i a second', async (ring, burst, perSecond) => {
    const { hypervisor, clock } = await startBench([allow('read')], { fixedRing: ring });
    const { attempt, runs } = countingTool(hypervisor, 'read', { manifest: reads });
    const seat = hypervisor.seat('any');
    const all = await Promise.all(
      Array.from({ length: burst + 20 }, (_, i) => attempt({ i }, { seat })),
    );
    expect(all.filter((outcome) => codeOf(outcome) === 'RATE_LIMITED')).toHaveLength(20);
    expect(runs).toHaveLength(burst);
    clock.advance(1000);
    for (let i = 0; i < 2 * perSecond; i += 1) await attempt({ i }, { seat });
    expect(runs).toHaveLength(burst + perSecond);
  });

  it('says when to come back, and keeps its word to two milliseconds', async () => {
    const { hypervisor, clock } = await startBench([allow('read')], {
      rates: { 3: { perSecond: 3, burst: 1 } },
    });
    const { attempt } = countingTool(hypervisor, 'read', { manifest: reads });
    const seat = hypervisor.seat('any');
    await attempt({}, { seat });
    const refused = await attempt({}, { seat });
    const ms = refused.status === 'refused' ? (refused.why.retryAfterMs ?? 0) : 0;
    expect(ms).toBe(334);
    clock.advance(ms - 2);
    expect(codeOf(await attempt({}, { seat }))).toBe('RATE_LIMITED');
    clock.advance(2);
    expect(codeOf(await attempt({}, { seat }))).toBe('done');
  });

  it('counts an agent and its seat, under keys that do not collide', async () => {
    const { hypervisor } = await startBench([allow('read')], {
      rates: { 3: { perSecond: 1, burst: 1 } },
    });
    const { attempt } = countingTool(hypervisor, 'read', { manifest: reads });
    const seats = [
      hypervisor.seat('a:b', 'c'),
      hypervisor.seat('a', 'b:c'),
      hypervisor.seat('a:b:c', 'd'),
    ];
    for (const seat of seats) expect(codeOf(await attempt({}, { seat }))).toBe('done');
    for (const seat of seats) expect(codeOf(await attempt({}, { seat }))).toBe('RATE_LIMITED');
  });
});

describe('the ring gate', () => {
  const manifests: Readonly<Record<string, Manifest>> = {
    read: reads,
    write: writes,
    final: { effect: 'write', undo: 'none', paths: [] },
    admin: { effect: 'admin', undo: 'full', paths: [] },
  };
  it.each<[Ring, readonly string[]]>([
    [0, ['done', 'done', 'done', 'done']],
    [1, ['done', 'done', 'done', 'RING_TOO_LOW']],
    [2, ['done', 'done', 'pending', 'RING_TOO_LOW']],
    [3, ['done', 'RING_TOO_LOW', 'RING_TOO_LOW', 'RING_TOO_LOW']],
  ])('ring %i may read, write, write for good, administer: %j', async (ring, expected) => {
    const everything = { name: 'all', condition: {}, approval: 'auto_approve' };
    const { hypervisor } = await startBench([everything], { fixedRing: ring });
    const codes: string[] = [];
    for (const [name, manifest] of Object.entries(manifests)) {
      const { attempt } = countingTool(hypervisor, name, { manifest });
      codes.push(codeOf(await attempt({}, { waitMs: 0 })));
    }
    expect(codes).toEqual(expected);
  });
});
