import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/model/json.ts';
import { createIndexPool } from '../../src/core/provenance/index-pool.ts';
import { createProvenance } from '../../src/core/provenance/provenance.ts';
import { addressesIn } from '../../src/core/provenance/addresses.ts';
import {
  createSessionMemory,
  defaultMemoryLimits,
} from '../../src/core/sessions/session-memory.ts';

import { load, makeCall, probe } from '../core/rules/rule-calls.ts';

const repeated: readonly (readonly [string, string])[] = [
  ['one letter', 'a'],
  ['two letters', 'ab '],
  ['dots', 'a.'],
  ['at signs', 'a@'],
  ['digits', '12 '],
  ['slashes', 'http://a/'],
  ['escapes', '\\u0061'],
  ['per cent signs', '%61'],
  ['base64', 'QUJDREVGR0g'],
  ['letters without spaces', '東'],
  ['marks', 'e\u0301\u0302'],
  ['half pairs', '\ud800'],
];
// generous, since other work may share the machine: the quadratic forms of these took minutes
const maxMs = 5_000;

describe('class 15, exhaustion: texts made to be slow', () => {
  it.each(repeated)('%s, 262,144 units of it', (_, unit) => {
    const text = unit.repeat(Math.ceil(262_144 / unit.length));
    const started = performance.now();
    const provenance = createProvenance();
    provenance.add({ origin: 'untrusted', tool: 'web', text });
    provenance.originOf(text.slice(0, 65_000));
    provenance.originOf(`${text.slice(0, 60_000)}x`);
    addressesIn(text);
    expect(performance.now() - started).toBeLessThan(maxMs);
  });

  it('a result of 10 MB is cut, and what is not found then counts as a stranger’s', () => {
    const memory = createSessionMemory();
    const started = performance.now();
    memory.recordResult({ origin: 'untrusted', text: 'word '.repeat(2_000_000), tool: 'web' });
    memory.knowledge.originOf('other.example');
    expect(memory.knowledge.overflowed).toBe(true);
    expect(performance.now() - started).toBeLessThan(maxMs);
  });

  it('deep and wide arguments are answered, never thrown', () => {
    let deep: Json = 'x';
    for (let i = 0; i < 50_000; i += 1) deep = [deep];
    const wide: Json = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i]));
    const provenance = createProvenance();
    expect(provenance.originOf(deep).origin).toBe('unknown');
    expect(provenance.originOf(wide).parts).toContain('untrusted');
  });
});

describe('class 15, exhaustion: many', () => {
  it('tools and actions are remembered up to a bound, and the rest is said to be forgotten', () => {
    const memory = createSessionMemory({ ...defaultMemoryLimits, maxTools: 10 });
    const definition = { name: 't', description: '' };
    for (let i = 0; i < 1_000; i += 1) {
      const call = {
        callId: 'c',
        tool: 't',
        action: `a${i}`,
        verdict: 'allow',
        status: 'done',
      } as const;
      memory.recordCall(call, { definition, atMs: i });
    }
    expect(memory.knowledge.calls).toHaveLength(10);
    expect(memory.knowledge.overflowed).toBe(true);
  });

  it('labels are bounded, and full of others they still say so and who wrote a text', () => {
    const memory = createSessionMemory();
    for (let i = 0; i < 5_000; i += 1) memory.taint([`l${i}`]);
    memory.taint(['untrusted']);
    const { labels, overflowed } = memory.knowledge;
    expect(labels.size).toBeLessThanOrEqual(1_026);
    expect(labels).toContain('untrusted');
    expect(overflowed).toBe(true);
    expect(memory.taint(['l4999', 'untrusted'])).toBe(false);
  });

  it('a label that found no room is not taken for absent, nor after others were taken away', () => {
    const memory = createSessionMemory();
    const given = Array.from({ length: 1_025 }, (_, i) => `l${i}`);
    const { call, facts } = makeCall();
    const decide = (session: object, approval: string) =>
      load([probe({ session }, { approval })]).decide(call, {
        ...facts,
        session: memory.knowledge,
      }).code;
    memory.taint(given.slice(0, 1_024));
    expect(decide({ tainted: ['l1024'] }, 'deny')).toBe('NO_RULE');
    memory.taint(given);
    memory.declassify(given.slice(0, 500));
    for (const label of ['l1024', 'l0']) {
      expect(decide({ tainted: [label] }, 'deny')).toBe('RULE_ERROR');
      expect(decide({ not_tainted: [label] }, 'auto_approve')).toBe('NO_RULE');
      expect(decide({ tainted: [label] }, 'auto_approve')).toBe('NO_RULE');
    }
    expect(decide({ tainted: ['l1000'] }, 'deny')).toBe('RULE_DENIED');
  });

  it('the indexes of all sessions together are bounded, and made again when asked for', () => {
    const pool = createIndexPool(1_000);
    const memories = Array.from({ length: 20 }, (_, i) => {
      const memory = createSessionMemory(defaultMemoryLimits, pool);
      memory.recordResult({ origin: 'untrusted', text: `evil${i}.example ${'x'.repeat(200)}` });
      return memory;
    });
    for (let round = 0; round < 2; round += 1) {
      for (const [i, { knowledge }] of memories.entries()) {
        expect(knowledge.originOf(`evil${i}.example`).origin).toBe('untrusted');
      }
    }
  });
});
