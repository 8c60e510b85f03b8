import { genesis, linkEntry } from '../../../src/core/audit/chain.ts';
import { createMerkleRange } from '../../../src/core/audit/merkle.ts';
import { frameLine, segmentHeader, segmentName } from '../../../src/core/audit/segment-format.ts';
import type { RawSegment } from '../../../src/core/audit/verify.ts';
import type { EntryBody, Linked } from '../../../src/core/model/ports.ts';

/** Segments as the embedded driver writes them, so many entries in each. */
export function writeSegments(bodies: readonly EntryBody[], each = 1_000): RawSegment[] {
  const segments: RawSegment[] = [];
  let previous: Linked = genesis;
  for (let at = 0; at < bodies.length || at === 0; at += each) {
    const name = segmentName(previous.seq + 1);
    let text = segmentHeader(previous);
    for (const body of bodies.slice(at, at + each)) {
      const link = linkEntry(body, previous);
      text += frameLine(link.leaf, link.line);
      previous = link;
    }
    segments.push({ name, bytes: Buffer.from(text) });
  }
  return segments;
}

/** Calls of two sessions with their ends, and the session's root where it ends. */
export function honestBodies(calls: number): EntryBody[] {
  const bodies: EntryBody[] = [{ type: 'rules.activated', time: 0, version: 'ä"\n' }];
  for (let n = 0; n < calls; n += 1) {
    const seat = { agent: 'a', session: `s${n % 2}`, call: `c${n}` };
    bodies.push({
      type: 'call.decided',
      time: n,
      verdict: n % 5 === 4 ? 'deny' : 'allow',
      ...seat,
    });
    if (n % 5 !== 4) bodies.push({ type: 'call.finished', time: n, status: 'done', ...seat });
  }
  return [
    ...bodies,
    { type: 'session.ended', time: calls, session: 's0', ...rootOf(bodies, 's0') },
  ];
}

/** The root and count that an honest `session.ended` states. */
export function rootOf(
  bodies: readonly EntryBody[],
  session: string,
): { root: string; count: number } {
  const range = createMerkleRange();
  let previous: Linked = genesis;
  for (const body of bodies) {
    previous = linkEntry(body, previous);
    if (body['session'] === session) range.push(previous.leaf);
  }
  return { root: range.root(), count: range.size() };
}
