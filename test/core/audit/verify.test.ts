import { assert, asyncProperty, nat, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { genesis, leafHash } from '../../../src/core/audit/chain.ts';
import { frameLine, segmentHeader } from '../../../src/core/audit/segment-format.ts';
import { verifyLog } from '../../../src/core/audit/verify.ts';
import type { RawSegment } from '../../../src/core/audit/verify.ts';
import type { EntryBody } from '../../../src/core/model/ports.ts';
import { honestBodies, rootOf, writeSegments } from './honest-log.ts';

const problems = async (segments: readonly RawSegment[]) =>
  (await verifyLog(segments)).findings.map(({ problem }) => problem);
const ofBodies = (...bodies: readonly EntryBody[]) => problems(writeSegments(bodies));
const decided = (call: string): EntryBody => ({
  type: 'call.decided',
  time: 1,
  verdict: 'allow',
  call,
});
const finished = (call: string, status = 'done'): EntryBody => ({
  type: 'call.finished',
  time: 1,
  status,
  call,
});

describe('verifyLog', () => {
  it('finds nothing in honest logs, cut in any segments', async () => {
    for (const each of [1, 2, 7, 1_000]) {
      const bodies = honestBodies(20);
      const verified = await verifyLog(writeSegments(bodies, each));
      expect(verified).toMatchObject({ findings: [], found: 0, entries: bodies.length, open: [] });
      expect(verified.head.seq).toBe(bodies.length);
    }
    expect(await verifyLog(writeSegments([]))).toMatchObject({ findings: [], head: genesis });
    expect(await verifyLog([])).toMatchObject({ findings: [], head: genesis });
  });

  it('tells the calls that are open', async () => {
    const { open, findings } = await verifyLog(
      writeSegments([decided('a'), decided('b'), finished('a')]),
    );
    expect(findings).toEqual([]);
    expect(open.map(({ call }) => call)).toEqual(['b']);
  });

  it('finds lives of calls that cannot be', async () => {
    expect(await ofBodies(finished('a'))).toEqual(['lifecycle']);
    expect(await ofBodies(decided('a'), finished('a'), finished('a', 'unknown'))).toEqual([
      'lifecycle',
    ]);
    expect(await ofBodies(decided('a'), decided('a'))).toEqual(['lifecycle']);
    expect(await ofBodies(decided('a'), finished('a', 'released'), finished('a'))).toEqual([]);
    expect(
      await ofBodies(decided('a'), finished('a', 'released'), finished('a', 'released')),
    ).toEqual(['lifecycle']);
    expect(
      await ofBodies({ ...decided('a'), verdict: 'review' }, decided('a'), finished('a')),
    ).toEqual([]);
  });

  it('finds a session root or count that is not that of its entries', async () => {
    const entry: EntryBody = { type: 'x', time: 1, session: 's' };
    const end: EntryBody = {
      type: 'session.ended',
      time: 2,
      session: 's',
      ...rootOf([entry], 's'),
    };
    expect(await ofBodies(entry, end)).toEqual([]);
    expect(await ofBodies(entry, { ...end, type: 'session.commit' }, end)).toEqual([]);
    expect(await ofBodies(entry, { ...end, root: leafHash('other') })).toEqual(['root']);
    expect(await ofBodies(entry, { ...end, count: 2 })).toEqual(['root']);
    expect(await ofBodies(entry, { type: 'session.ended', time: 2, session: 's' })).toEqual([
      'root',
    ]);
  });

  it('finds a line that is not canonical although its frame fits', async () => {
    const line = `{"type":"x","time":1,"seq":1,"prev":"${genesis.leaf}"}`;
    const bytes = Buffer.from(segmentHeader(genesis) + frameLine(leafHash(line), line));
    const { findings } = await verifyLog([{ name: 'one.seg', bytes }]);
    expect(findings).toMatchObject([
      { problem: 'canonical', segment: 'one.seg', offset: segmentHeader(genesis).length },
    ]);
  });

  it('never throws on garbage, and finds something in it', async () => {
    const [honest] = writeSegments(honestBodies(3));
    const base = honest?.bytes ?? Buffer.alloc(0);
    const noise = uint8Array({ minLength: 1, maxLength: 300 });
    const garbage = asyncProperty(noise, nat(), async (bytes, at) => {
      const start = at % base.length;
      const spoilt = Buffer.concat([base.subarray(0, start), bytes, base.subarray(start)]);
      return (await verifyLog([{ name: 'g', bytes: spoilt }])).found > 0;
    });
    await assert(garbage, { numRuns: 300 });
  });

  it('keeps the findings of a hostile file bounded', async () => {
    const verified = await verifyLog([{ name: 'g', bytes: Buffer.alloc(200_000, '\n') }]);
    expect(verified.findings).toHaveLength(1_000);
    expect(verified.found).toBe(200_000);
  });

  it('tells where: segment, byte and number', async () => {
    const [first, second] = writeSegments([decided('a'), finished('a'), finished('a')], 2);
    const { findings } = await verifyLog(
      [first, second].filter((segment) => segment !== undefined),
    );
    const offset = Buffer.from(second?.bytes ?? []).indexOf('\n') + 1;
    expect(findings).toMatchObject([
      { problem: 'lifecycle', segment: second?.name, offset, seq: 3 },
    ]);
  });
});
