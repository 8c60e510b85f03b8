import { assert, nat, property, string } from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  genesis,
  isCanonicalLine,
  leafHash,
  linkEntry,
  parseLine,
} from '../../../src/core/audit/chain.ts';
import {
  frameLine,
  openFrame,
  parseSegmentHeader,
  parseSegmentName,
  segmentHeader,
  segmentName,
} from '../../../src/core/audit/segment-format.ts';

const body = {
  type: 'call.decided',
  time: 1_000,
  verdict: 'allow',
  agent: 'ä"\n',
  list: [1, { b: 2, a: 1 }],
};

describe('chain', () => {
  it('writes one canonical line that holds its place', () => {
    const link = linkEntry(body, genesis);
    expect(link.seq).toBe(1);
    expect(link.line).toBe(
      `{"agent":"ä\\"\\n","list":[1,{"a":1,"b":2}],"prev":"${'0'.repeat(64)}","seq":1,"time":1000,"type":"call.decided","verdict":"allow"}`,
    );
    expect(isCanonicalLine(link.line)).toBe(true);
  });

  it('hashes a leaf as RFC 6962 does', () => {
    const byHand = createHash('sha256')
      .update(Buffer.from([0]))
      .update('näme', 'utf8')
      .digest('hex');
    expect(leafHash('näme')).toBe(byHand);
  });

  it('gives back what was linked', () => {
    const first = linkEntry(body, genesis);
    const second = linkEntry({ type: 'x', time: 2 }, first);
    expect(parseLine(second.line, second.leaf)).toEqual({
      entry: { seq: 2, leaf: second.leaf, body: { type: 'x', time: 2 } },
      prev: first.leaf,
    });
    expect(parseLine(first.line, first.leaf)?.entry.body).toEqual(body);
  });

  it('refuses a body that names its own place', () => {
    expect(() => linkEntry({ ...body, seq: 7 }, genesis)).toThrow(
      /`seq` and `prev` belong to the log/,
    );
    expect(() => linkEntry({ ...body, prev: 'x' }, genesis)).toThrow(/belong to the log/);
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"seq":0,"prev":"","type":"a","time":1}',
    '{"seq":1',
    '{"seq":1.5,"prev":"a","type":"a","time":1}',
  ])('takes %j for no entry', (line) => expect(parseLine(line, leafHash(line))).toBeUndefined());

  it('sees a line that is not canonical', () => {
    expect(isCanonicalLine('{"b":1,"a":2}')).toBe(false);
    expect(isCanonicalLine('{"a":1,"a":1}')).toBe(false);
    expect(isCanonicalLine('{"a":1.0}')).toBe(false);
  });
});

describe('segment format', () => {
  it('opens the frame that it made, and no other', () => {
    assert(
      property(string({ unit: 'grapheme' }), nat(), nat(), (line, at, bit) => {
        const framed = frameLine(leafHash(line), line).slice(0, -1);
        expect(openFrame(framed)).toEqual({ leaf: leafHash(line), line });
        const bytes = Buffer.from(framed);
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ (1 << (bit % 8));
        expect(openFrame(bytes.toString('utf8'))).toBeUndefined();
      }),
    );
  });

  it('reads its header and names back', () => {
    const before = { seq: 41, leaf: leafHash('x') };
    expect(parseSegmentHeader(segmentHeader(before).trimEnd())).toEqual(before);
    expect(parseSegmentHeader('# ringfence-log/2 first=1 prev=0')).toBeUndefined();
    expect(parseSegmentName(segmentName(42))).toBe(42);
    expect(segmentName(42)).toBe('00000000000000000042.seg');
    expect(parseSegmentName('00000000000000000000.seg')).toBeUndefined();
    expect(parseSegmentName('torn-1-2.bin')).toBeUndefined();
  });
});
