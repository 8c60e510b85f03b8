import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { openHypervisor } from '../../../src/core/hypervisor/hypervisor.ts';
import { createMemoryCounters } from '../../../src/stores/memory/counters.ts';
import { createSessionRoots } from '../../../src/core/audit/session-roots.ts';
import type { LogEntry } from '../../../src/core/model/ports.ts';
import { settle, startBench, type Bench } from '../../support/harness.ts';
import { allow, codeOf, countingTool } from '../../support/tools.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** RFC 6962, section 2.1, by its recursive definition. */
function merkleRoot(leaves: readonly Buffer[]): Buffer {
  const hash = (...parts: readonly Uint8Array[]): Buffer =>
    createHash('sha256').update(Buffer.concat(parts)).digest();
  const [only] = leaves;
  if (only === undefined) return hash();
  if (leaves.length === 1) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return hash(Buffer.from([1]), merkleRoot(left), merkleRoot(right));
}

async function logOf({ parts }: Bench): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of parts.log.read(1)) entries.push(entry);
  return entries;
}

describe('the end of a session', () => {
  it.each([1, 2, 3, 7])(
    'gives the root of its own entries, and the log agrees: %i calls',
    async (n) => {
      const bench = await startBench([allow('mail')]);
      const { attempt } = countingTool(bench.hypervisor, 'mail');
      const session = await bench.hypervisor.sessions.open({ id: 's1' });
      const seats = ['s1', 's10'].map((id) => bench.hypervisor.seat('default', id));
      for (let i = 0; i < n; i += 1) for (const seat of seats) await attempt({ i }, { seat });
      const { root } = await session.end();
      const log = await logOf(bench);
      const own = log.filter(
        ({ body }) => body['session'] === 's1' && body.type !== 'session.ended',
      );
      expect(own.length).toBe(2 + 2 * n);
      expect(root).toBe(
        merkleRoot(own.map(({ leaf }) => Buffer.from(leaf, 'hex'))).toString('hex'),
      );
      expect(log.flatMap(createSessionRoots().apply)).toEqual([]);
      expect(log.at(-1)?.body).toMatchObject({ type: 'session.ended', root, count: own.length });
    },
  );

  it('stops what runs in it and refuses what comes; nothing of it is written after its root', async () => {
    const bench = await startBench([allow('mail')]);
    const { attempt } = countingTool(bench.hypervisor, 'mail', {
      run: () => new Promise(() => undefined),
    });
    const session = await bench.hypervisor.sessions.open();
    const seat = bench.hypervisor.seat('default', session);
    const running = attempt({}, { seat });
    await settle();
    const { root } = await session.end();
    expect((await running).status).toBe('unknown');
    expect(codeOf(await attempt({}, { seat }))).toBe('SESSION_ENDED');
    expect(root).toMatch(/^[0-9a-f]{64}$/);
    await expect(session.end()).rejects.toMatchObject({ code: 'SESSION_INVALID' });
    await expect(session.join(seat.agent)).rejects.toMatchObject({ code: 'SESSION_INVALID' });
  });

  it('holds after a restart also when its root could not be written', async () => {
    const bench = await startBench([allow('mail')]);
    const session = await bench.hypervisor.sessions.open({ id: 's' });
    vi.spyOn(bench.parts.log, 'append').mockRejectedValue(new Error('power cut'));
    await expect(session.end()).rejects.toThrow('power cut');
    expect(await bench.parts.records.get('session', 's')).toMatchObject({
      value: { state: 'ended' },
    });
  });
});

describe('a session', () => {
  it('takes so many agents and no more, by `join` and by name; who is in may come again', async () => {
    const { hypervisor } = await startBench([]);
    const session = await hypervisor.sessions.open({ maxParticipants: 3 });
    const ids = ['a', 'b', 'c', 'd'];
    const agents = await Promise.all(ids.map((id) => hypervisor.agents.register({ id })));
    const [a, b, c, d] = agents;
    if (!(a && b && c && d)) throw new Error('expected four');
    await session.join(a);
    hypervisor.seat(b, session);
    hypervisor.seat('c', session.id);
    const full = { code: 'SESSION_INVALID', message: expect.stringContaining('3 agents') };
    await expect(session.join(d)).rejects.toMatchObject(full);
    expect(() => hypervisor.seat(d, session)).toThrow(expect.objectContaining(full));
    expect(() => hypervisor.seat('d', session.id)).toThrow(expect.objectContaining(full));
    await session.join(a);
    hypervisor.seat(c, session);
  });

  it('is over when its time is, without anybody ending it', async () => {
    const { hypervisor, clock } = await startBench([allow('mail')]);
    const session = await hypervisor.sessions.open({ durationSeconds: 60 });
    const seat = hypervisor.seat('default', session);
    const { attempt } = countingTool(hypervisor, 'mail');
    clock.advance(59_999);
    expect(codeOf(await attempt({}, { seat }))).toBe('done');
    clock.advance(1);
    expect(codeOf(await attempt({}, { seat }))).toBe('SESSION_ENDED');
  });

  it('is not opened twice under one id, nor under one that only looks like it', async () => {
    const { hypervisor } = await startBench([]);
    await hypervisor.sessions.open({ id: 'one' });
    for (const id of ['one', 'one ', ' one', 'one\u200b', '']) {
      await expect(hypervisor.sessions.open({ id })).rejects.toMatchObject({
        code: expect.stringMatching(/SESSION_INVALID|NAME_INVALID/),
      });
    }
  });
});

describe('a session that ran out and that nobody ended', () => {
  it('is not opened again under its id, now or after a restart', async () => {
    const bench = await startBench([allow('mail')]);
    await bench.hypervisor.sessions.open({ id: 'one', durationSeconds: 1 });
    bench.clock.advance(2_000);
    const again = { code: 'SESSION_INVALID', message: expect.stringContaining('has ended') };
    await expect(bench.hypervisor.sessions.open({ id: 'one' })).rejects.toMatchObject(again);
    await expect(bench.hypervisor.sessions.open({ id: 'one' })).rejects.toMatchObject(again);
    const parts = { ...bench.parts, counters: createMemoryCounters() };
    const { hypervisor } = await openHypervisor(parts);
    await expect(hypervisor.sessions.open({ id: 'one' })).rejects.toMatchObject(again);
  });

  it('can still be ended, with the root of its entries', async () => {
    const bench = await startBench([allow('mail')]);
    const session = await bench.hypervisor.sessions.open({ id: 'one', durationSeconds: 1 });
    bench.clock.advance(2_000);
    await expect(bench.hypervisor.sessions.open({ id: 'one' })).rejects.toThrow('has ended');
    expect((await session.end()).root).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is let go once there are many, with its memory', async () => {
    const bench = await startBench([allow('mail')]);
    const { sessions } = bench.hypervisor;
    const ranOut: WeakRef<object>[] = [];
    const openMany = async (): Promise<void> => {
      for (let i = 0; i < 200; i += 1) {
        ranOut.push(new WeakRef(await sessions.open({ durationSeconds: 1 })));
        bench.clock.advance(500);
      }
    };
    await openMany();
    bench.clock.advance(2_000);
    await openMany();
    await settle();
    collectGarbage();
    expect(ranOut.filter((session) => session.deref() !== undefined).length).toBeLessThan(150);
  });
});
