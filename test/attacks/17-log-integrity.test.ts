import { describe, expect, it } from 'vitest';
import { genesis, linkEntry, parseLine } from '../../src/core/audit/chain.ts';
import { frameLine, openFrame, segmentHeader } from '../../src/core/audit/segment-format.ts';
import { verifyLog } from '../../src/core/audit/verify.ts';
import type { Problem, RawSegment } from '../../src/core/audit/verify.ts';
import type { EntryBody } from '../../src/core/model/ports.ts';
import { honestBodies, writeSegments } from '../core/audit/honest-log.ts';

// Class 17. The chain alone finds every change that does not rewrite all that follows it. What only signed
// checkpoints and anchors find stands at the end, so that nobody takes the chain for more than it is.

const bodies = honestBodies(12);
const segment = (lines: readonly string[], name = 'a.seg'): RawSegment => ({
  name,
  bytes: Buffer.from(lines.map((line) => `${line}\n`).join('')),
});
const linesOf = (raw: RawSegment | undefined): string[] =>
  Buffer.from(raw?.bytes ?? [])
    .toString('utf8')
    .split('\n')
    .slice(0, -1);
const honest = linesOf(writeSegments(bodies)[0]); // the header, then the entries
const problems = async (...segments: readonly RawSegment[]): Promise<readonly Problem[]> =>
  (await verifyLog(segments)).findings.map(({ problem }) => problem);

const asAgentB = (body: EntryBody): EntryBody => ({ ...body, agent: 'b' });

/** Changes an entry and makes its own frame fit again, as somebody who knows the format would. */
function edit(framed: string, change: Partial<EntryBody>): string {
  const opened = openFrame(framed);
  const placed = opened && parseLine(opened.line, opened.leaf);
  if (placed === undefined) throw new Error('expected an honest line');
  const before = { seq: placed.entry.seq - 1, leaf: placed.prev };
  const { leaf, line } = linkEntry({ ...placed.entry.body, ...change } as EntryBody, before);
  return frameLine(leaf, line).slice(0, -1);
}

describe('17 log integrity: what the chain finds', () => {
  it('an honest log verifies, so that the rest means something', async () => {
    expect(await problems(segment(honest))).toEqual([]);
  });

  it('every single flipped bit', async () => {
    const { bytes } = segment(honest.slice(0, 6));
    let missed = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { found } = await verifyLog([{ name: 'a', bytes: flipped }]);
      if (found === 0) missed += 1;
    }
    expect(missed).toBe(0);
  });

  it.each([
    ['verdict', { verdict: 'review' }],
    ['agent', { agent: 'somebody else' }],
    ['session', { session: 's9' }],
    ['time', { time: 99 }],
    ['an added field', { rule: 'r' }],
  ] as const)(
    'an edit of %s, with its frame made to fit, in every entry but the last',
    async (_, change) => {
      for (let at = 1; at < honest.length - 1; at += 1) {
        const line = honest[at] ?? '';
        const edited = edit(line, change);
        if (edited === line) continue;
        expect(await problems(segment(honest.with(at, edited)))).toContain('link');
      }
    },
  );

  it('the deletion of any entry but the last', async () => {
    for (let at = 1; at < honest.length - 1; at += 1) {
      expect(await problems(segment(honest.toSpliced(at, 1)))).toContain('sequence');
    }
  });

  it('a doubled entry and two entries exchanged, anywhere', async () => {
    for (let at = 2; at < honest.length; at += 1) {
      const line = honest[at] ?? '';
      expect(await problems(segment(honest.toSpliced(at, 0, line)))).toContain('sequence');
      const exchanged = honest.with(at, honest[at - 1] ?? '').with(at - 1, line);
      expect(await problems(segment(exchanged))).toContain('sequence');
    }
  });

  it('the head dropped: alone, and with the seam moved to a later entry', async () => {
    expect(await problems(segment(honest.slice(1)))).toContain('header');
    const rest = honest.toSpliced(1, 3);
    expect(await problems(segment(rest))).toContain('sequence');
    const seam = openFrame(honest[3] ?? '');
    const moved = segmentHeader({ seq: 3, leaf: seam?.leaf ?? '' }).trimEnd();
    expect(await problems(segment([moved, ...honest.slice(4)]))).toContain('header');
  });

  it('a segment left out, doubled, exchanged, emptied, or one of another log', async () => {
    const parts = writeSegments(bodies, 5);
    const [a, b, c] = parts;
    if (a === undefined || b === undefined || c === undefined)
      throw new Error('expected 3 segments');
    const rest = parts.slice(3);
    expect(await problems(...parts)).toEqual([]);
    expect(await problems(a, c, ...rest)).toContain('header');
    expect(await problems(b, c, ...rest)).toContain('header');
    expect(await problems(a, a, b, c, ...rest)).toContain('header');
    expect(await problems(a, c, b, ...rest)).toContain('header');
    expect(await problems(a, { ...b, bytes: new Uint8Array() }, c, ...rest)).toContain('header');
    const [, foreign] = writeSegments([{ type: 'x', time: 1 }, ...bodies.slice(1)], 5);
    expect(await problems(a, foreign ?? a, c, ...rest)).toContain('header');
  });

  it('a tail cut within a line, at every byte', async () => {
    const { bytes } = segment(honest.slice(0, 3));
    const whole = new Set(
      [...honest.slice(0, 3).keys()].map((n) => segment(honest.slice(0, n + 1)).bytes.length),
    );
    for (let size = 0; size < bytes.length; size += 1) {
      if (whole.has(size)) continue;
      const { found } = await verifyLog([{ name: 'a', bytes: bytes.subarray(0, size) }]);
      expect(found).toBeGreaterThan(0);
    }
  });

  it("a session's entries exchanged for others, by the root that the session ended with", async () => {
    const changed = bodies.map((body) => (body.type === 'call.decided' ? asAgentB(body) : body));
    expect(await problems(...writeSegments(changed))).toContain('root'); // the whole chain is rewritten here
  });

  it('a call that ends twice, and one that ends without having been allowed', async () => {
    const end: EntryBody = { type: 'call.finished', time: 9, status: 'done', call: 'c0' };
    expect(await problems(...writeSegments([...bodies, end]))).toEqual(['lifecycle']);
  });
});

describe('17 log integrity: what only signatures and anchors can find', () => {
  it('whole entries cut off the end look like a shorter log', async () => {
    expect(await problems(segment(honest.slice(0, -3)))).toEqual([]);
    expect(await problems(segment([segmentHeader(genesis).trimEnd()]))).toEqual([]);
  });

  it('a log rewritten and hashed anew from some entry to its end looks like another log', async () => {
    const other = bodies.filter(({ type }) => type !== 'session.ended');
    const rewritten = other.map((body) => (body['call'] === 'c3' ? asAgentB(body) : body));
    expect(await problems(...writeSegments(rewritten))).toEqual([]);
  });
});
