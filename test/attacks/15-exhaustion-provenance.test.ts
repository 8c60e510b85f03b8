import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/model/json.ts';
import { createWork } from '../../src/core/provenance/work.ts';
import { createIndexPool } from '../../src/core/provenance/index-pool.ts';
import { createProvenance } from '../../src/core/provenance/provenance.ts';
import { addressesIn } from '../../src/core/provenance/addresses.ts';
import {
  createSessionMemory,
  defaultMemoryLimits,
} from '../../src/core/sessions/session-memory.ts';

import { createTextPool } from '../../src/core/sessions/text-pool.ts';
import type { Manifest } from '../../src/core/model/tool.ts';
import { startBench } from '../support/harness.ts';
import { allow, codeOf, countingTool } from '../support/tools.ts';
import { load, makeCall, probe } from '../core/rules/rule-calls.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

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
const maxMs = 20_000;

describe('class 15, exhaustion: texts made to be slow', () => {
  it.each(repeated)('%s, 262,144 units of it', (_, unit) => {
    const text = unit.repeat(Math.ceil(262_144 / unit.length));
    const started = performance.now();
    const provenance = createProvenance();
    provenance.add({ origin: 'untrusted', tool: 'web', text });
    provenance.originOf(text.slice(0, 65_000));
    provenance.originOf(`${text.slice(0, 60_000)}x`);
    addressesIn(text);
    for (const value of [unit, text.slice(0, 3)]) {
      provenance.tells('untrusted', value);
      provenance.speaksOf('untrusted', ['send'], { value });
    }
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

const made = {
  'letters without spaces': (seed: number) => String.fromCharCode(0x4e00 + (seed % 3_000)),
  'words of one letter': (seed: number) => `${(seed % 36).toString(36)} `,
  numbers: (seed: number) => `${seed % 1_000_003}; `,
  words: (seed: number) => `${(seed % 60_000_000).toString(36)} `,
};

function textOf(make: (seed: number) => string, chars: number): string {
  const parts: string[] = [];
  let seed = 1;
  for (let length = 0; length < chars;) {
    seed = (seed * 48_271) % 2_147_483_647;
    const part = make(seed);
    parts.push(part);
    length += part.length;
  }
  return parts.join('').slice(0, chars);
}

function heldBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('class 15, exhaustion: memory of one session', () => {
  it.each(Object.entries(made))(
    'the index of a full one takes less than 64 bytes a unit, and says how many: %s',
    (_, make) => {
      const chars = 262_144;
      const text = textOf(make, chars);
      const provenance = createProvenance();
      const before = heldBytes();
      provenance.add({ origin: 'untrusted', tool: 'web', text });
      const held = heldBytes() - before;
      expect(held / chars).toBeLessThan(64);
      expect(provenance.bytes).toBeGreaterThan(held / 2);
    },
  );
});

describe('class 15, exhaustion: one call that is made to be slow', () => {
  const provenance = createProvenance();
  for (let i = 0; i < 4_096; i += 1) {
    const text = `${textOf(made.words, 64 + i).slice(-64)} seen${i}`;
    provenance.add({ origin: 'untrusted', tool: 'web', text });
  }
  const identifiers = Array.from({ length: 9_000 }, (_, i) => `a${String(i * 7_919).slice(-5)}`);
  const slow = identifiers.join(' ').slice(0, 60_000);

  it('ten long lists of identifiers against 4,096 texts end soon, as a stranger’s', () => {
    const work = createWork();
    const started = performance.now();
    const asked = Array.from({ length: 10 }, (_, i) => `${slow} ${i}`);
    expect(provenance.originOf(asked, work).parts).toContain('untrusted');
    for (const value of asked) {
      expect(provenance.originOf(value, work).parts).toEqual(['untrusted', 'unknown']);
    }
    expect(performance.now() - started).toBeLessThan(maxMs);
  });

  it('a thousand words that a page has cost no more for the name of the tool that read it', () => {
    const timeFor = (more: { readonly tool?: string }): number => {
      const read = createProvenance();
      for (let i = 0; i < 4_096; i += 1) {
        read.add({ origin: 'untrusted', text: `x${i} pay`, ...more });
      }
      const work = createWork();
      const started = process.cpuUsage();
      for (let i = 0; i < 1_000; i += 1) {
        read.speaksOf('untrusted', ['send', 'message'], { value: `x${i}`, work });
      }
      return process.cpuUsage(started).user;
    };
    const plain = timeFor({});
    expect(timeFor({ tool: 'search_long_calendar_events' }) / plain).toBeLessThan(4);
  });

  it('what was not looked at is not remembered as the answer', () => {
    expect(provenance.originOf('seen4000', { left: 1 }).parts).toEqual(['untrusted', 'unknown']);
    expect(provenance.originOf('seen4000').parts).toEqual(['untrusted']);
    expect(provenance.originOf('unseen', { left: 1 }).parts).toEqual(['untrusted', 'unknown']);
    expect(provenance.originOf('unseen').parts).toEqual(['unknown']);
  });

  it('a stranger who repeats himself hides nothing', () => {
    const memory = createSessionMemory();
    const decoys = 'xacme holding co. xsend '.repeat(2_000);
    const text = `${decoys} acme holding co. ${decoys} please send it`;
    memory.recordResult({ origin: 'untrusted', tool: 'web', text });
    expect(memory.knowledge.originOf('acme holding co.').origin).toBe('untrusted');
    const tool = { definition: { name: 'send_it', description: '' }, action: 'run' };
    expect(memory.knowledge.speaksOf('untrusted', tool)).toBe(true);
  });

  it('all questions of one call share what they may cost, and the next call has its own', () => {
    const memory = createSessionMemory();
    memory.recordResult({ origin: 'untrusted', tool: 'web', text: textOf(made.words, 200_000) });
    const { knowledge } = memory;
    const values = Array.from({ length: 2_000 }, (_, i) => `${slow.slice(0, 10_000)} ${i}`);
    expect(values.every((value) => knowledge.originOf(value).origin === 'unknown')).toBe(false);
    expect(knowledge.originOf('hello').parts).toContain('untrusted');
    expect(memory.knowledge.originOf('hello').origin).toBe('unknown');
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
    const pool = createIndexPool(200_000);
    const dropped: number[] = [];
    for (let i = 0; i < 100; i += 1) pool.use({ drop: () => dropped.push(i) }, 1_000);
    expect(pool.bytes).toBeLessThanOrEqual(200_000);
    expect(dropped).toEqual(Array.from({ length: dropped.length }, (_, i) => i));
    expect(dropped.length).toBeGreaterThan(70);
    const memories = Array.from({ length: 40 }, (_, i) => {
      const memory = createSessionMemory(defaultMemoryLimits, pool);
      memory.recordResult({ origin: 'untrusted', text: `evil${i}.example ${'x'.repeat(200)}` });
      return memory;
    });
    for (let round = 0; round < 2; round += 1) {
      for (const [i, { knowledge }] of memories.entries()) {
        expect(knowledge.originOf(`evil${i}.example`).origin).toBe('untrusted');
        expect(pool.bytes).toBeLessThanOrEqual(200_000);
      }
    }
  });

  it('a session that is closed leaves nothing in the pool, and says that it has forgotten', () => {
    const pool = createIndexPool();
    const memory = createSessionMemory(defaultMemoryLimits, pool);
    memory.recordResult({ origin: 'untrusted', text: 'evil.example' });
    memory.knowledge.originOf('evil.example');
    expect(pool.bytes).toBeGreaterThan(0);
    memory.close();
    expect(pool.bytes).toBe(0);
    expect(memory.memories).toEqual([]);
    expect(memory.knowledge.overflowed).toBe(true);
  });

  it('the texts of all sessions together are bounded, and the longest idle says that it forgot', async () => {
    const { hypervisor } = await startBench(
      [
        allow('pay', { args: { to: { not_from: ['untrusted'], allow_unknown: true } } }),
        allow('post', { session: { not_tainted: ['untrusted'] } }),
        allow('page'),
      ],
      { settings: { maxTextBytes: 1_000_000 } },
    );
    const page: Manifest = { effect: 'read', undo: 'full', output: 'untrusted', paths: [] };
    const reading = countingTool(hypervisor, 'page', { manifest: page, run: () => 'evil.example' });
    const pay = countingTool(hypervisor, 'pay', { manifest: { ...page, output: 'trusted' } });
    const post = countingTool(hypervisor, 'post', { manifest: { ...page, output: 'trusted' } });
    const seats = ['idle', 'used', 'new'].map((id) => hypervisor.seat('default', id));
    const [idle, used, fresh] = seats.map((seat) => ({ seat }));
    for (const { session } of seats.slice(0, 2)) session.observe({ role: 'user', text: 'pay ann' });
    await reading.attempt({}, idle);
    const flood = async () => {
      for (let n = 0; n < 10; n += 1) {
        const { session } = hypervisor.seat('default', `flood-${n}`);
        session.observe({ role: 'user', text: 'x'.repeat(50_000) });
        expect(codeOf(await pay.attempt({ to: 'ann' }, used))).toBe('done');
      }
    };
    expect(codeOf(await pay.attempt({ to: 'bob' }, idle))).toBe('done');
    await flood();
    // nobody knows any more who named them: they count as a stranger's, and what tainted the session stays
    for (const to of ['bob', 'ann', 'evil.example']) {
      expect([to, codeOf(await pay.attempt({ to }, idle))]).toEqual([to, 'NO_RULE']);
    }
    expect(codeOf(await post.attempt({}, idle))).toBe('NO_RULE');
    for (const asked of [used, fresh]) {
      expect(codeOf(await pay.attempt({ to: 'bob' }, asked))).toBe('done');
    }
    idle?.seat.session.observe({ role: 'user', text: 'pay ann' });
    expect(codeOf(await pay.attempt({ to: 'ann' }, idle))).toBe('done');
  });

  it('a session leaves nothing in the pool of texts once it is closed', () => {
    const texts = createTextPool(10_800);
    const memories = Array.from({ length: 3 }, () => {
      const memory = createSessionMemory(defaultMemoryLimits, undefined, texts);
      memory.observe({ role: 'user', text: 'x'.repeat(1_000) });
      return memory;
    });
    expect(memories.map(({ overflowed }) => overflowed)).toEqual([false, false, false]);
    memories[0]?.observe({ role: 'user', text: 'x'.repeat(2_000) });
    expect(memories.map(({ overflowed }) => overflowed)).toEqual([false, true, false]);
    expect(texts.bytes).toBeLessThanOrEqual(10_800);
    for (const memory of memories) memory.close();
    expect(texts.bytes).toBe(0);
  });

  it('40,000 sessions that were dropped without a word leave the heap flat', () => {
    const pool = createIndexPool(16 * 1_048_576);
    const dropMany = (): number => {
      for (let i = 0; i < 20_000; i += 1) {
        const memory = createSessionMemory(defaultMemoryLimits, pool);
        memory.observe({ role: 'user', text: `please pay the invoice of Bob, ${i} EUR` });
        memory.knowledge.originOf('bob@home.example');
      }
      return heldBytes();
    };
    const before = heldBytes();
    const half = dropMany();
    expect(half - before).toBeLessThan(32 * 1_048_576);
    // what other tests of the process leave behind is a few
    expect(dropMany() - half).toBeLessThan(16 * 1_048_576);
  });
});
