import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  array,
  assert,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  nat,
  record,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LimitUse } from '../../src/core/model/decision.ts';
import { createMemoryCounters } from '../../src/stores/memory/counters.ts';
import type { MemoryCounters } from '../../src/stores/memory/counters.ts';

const windowMs = 1_000;
const use = (key: string, amount: number, max: number, nowMs: number): LimitUse => ({
  key,
  rule: 'r',
  amount,
  max,
  sinceMs: nowMs - windowMs,
  untilMs: nowMs + windowMs,
  onExceed: 'deny',
});

interface Counted {
  readonly atMs: number;
  readonly key: string;
  amount: number;
}

/** The limits as one would explain them: a list of all that was reserved. */
function createNaiveLimits() {
  const all: Counted[] = [];
  return {
    reserve(uses: readonly LimitUse[], nowMs: number): Counted[] | undefined {
      const added: Counted[] = [];
      for (const { key, amount, max, sinceMs } of uses) {
        const counting = [...all, ...added].filter((one) => one.key === key && one.atMs >= sinceMs);
        const used = counting.reduce((sum, one) => sum + one.amount, 0);
        if (used + amount > max) return undefined;
        added.push({ atMs: nowMs, key, amount });
      }
      all.push(...added);
      return added;
    },
    usedSince: (key: string, sinceMs: number) =>
      all
        .filter((one) => one.key === key && one.atMs >= sinceMs)
        .reduce((sum, one) => sum + one.amount, 0),
  };
}

describe('limits in memory', () => {
  const step = record({
    waitMs: integer({ min: 0, max: 400 }),
    keys: array(constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3, size: 'max' }),
    amount: nat(4),
    refundsLast: boolean(),
  });

  it('answers as a plain list of all reservations does', async () => {
    const steps = array(step, { maxLength: 100, size: 'max' });
    const sameAnswers = asyncProperty(steps, integer({ min: 0, max: 12 }), async (all, max) => {
      const counters = createMemoryCounters();
      const naive = createNaiveLimits();
      let last: { reservation: string; added: Counted[] } | undefined;
      let nowMs = 0;
      for (const { waitMs, keys, amount, refundsLast } of all) {
        nowMs += waitMs;
        if (refundsLast && last !== undefined) {
          await counters.refund(last.reservation);
          for (const one of last.added) one.amount = 0;
        }
        const uses = keys.map((key) => use(key, amount, max, nowMs));
        const added = naive.reserve(uses, nowMs);
        const reserved = await counters.reserve(uses, { nowMs });
        if (reserved.ok !== (added !== undefined)) return false;
        last =
          reserved.ok && added !== undefined
            ? { reservation: reserved.reservation, added }
            : undefined;
      }
      return true;
    });
    await assert(sameAnswers, { numRuns: 200 });
  });

  it('never admits more than the limit in any window, however many, in any order and over any refunds', async () => {
    const max = 400;
    const naive = createNaiveLimits();
    const counters = createMemoryCounters();
    let nowMs = 0;
    let admitted = 0;
    for (let n = 0; n < 6_000; n += 1) {
      nowMs += (n * 7_919 + (n >> 3)) % 4;
      const uses = [use('k', 1 + (n % 2), max, nowMs)];
      const reserved = await counters.reserve(uses, { nowMs });
      if (!reserved.ok) continue;
      if (n % 10 === 0) {
        await counters.refund(reserved.reservation);
        continue;
      }
      admitted += 1;
      naive.reserve([use('k', 1 + (n % 2), Number.POSITIVE_INFINITY, nowMs)], nowMs);
      if (naive.usedSince('k', nowMs - windowMs) > max) throw new Error('admitted too much');
    }
    // joining is coarse, but no more than a few hundredths of the window
    expect(admitted).toBeGreaterThan(0.85 * ((max / 1.5) * (nowMs / windowMs)));
  });

  it('keeps a bounded memory of a key, and forgets keys that are over', async () => {
    const counters = createMemoryCounters();
    for (let n = 0; n < 20_000; n += 1) {
      const reserved = await counters.reserve([use('k', 1, 1e9, n % 900)], { nowMs: n % 900 });
      if (reserved.ok) await counters.commit(reserved.reservation);
    }
    expect(JSON.stringify(counters.snapshot()).length).toBeLessThan(6_000);
    for (let n = 0; n < 5_000; n += 1) {
      await counters.reserve([use(`k${n}`, 1, 1, n * 10)], { nowMs: n * 10 });
    }
    const { keys, reservations } = counters.size();
    expect(keys).toBeLessThan(500);
    expect(reservations).toBeLessThan(500);
  });

  it('keeps counting what was joined when the clock goes back', async () => {
    const counters = createMemoryCounters();
    for (let n = 0; n < 300; n += 1)
      await counters.reserve([use('k', 1, 300, 5_000 - n)], { nowMs: 5_000 - n });
    const again = await counters.reserve([use('k', 1, 300, 4_700)], { nowMs: 4_700 });
    expect(again.ok).toBe(false);
  });
});

describe('buckets in memory', () => {
  it('never lets through more than burst + rate x time, in any window', async () => {
    const rate = record({
      perSecond: integer({ min: 1, max: 50 }),
      burst: integer({ min: 1, max: 20 }),
    });
    const waits = array(integer({ min: 0, max: 300 }), { maxLength: 200, size: 'max' });
    const bounded = asyncProperty(rate, waits, async ({ perSecond, burst }, all) => {
      const counters = createMemoryCounters();
      const takenAt: number[] = [];
      let nowMs = 1e9;
      for (const waitMs of all) {
        nowMs += waitMs;
        const { ok } = await counters.take([{ key: 'k', perSecond, burst }], nowMs);
        if (ok) takenAt.push(nowMs);
      }
      return takenAt.every((fromMs, from) =>
        takenAt
          .slice(from)
          .every(
            (toMs, count) => count + 1 <= burst + ((toMs - fromMs) * perSecond) / 1_000 + 0.01,
          ),
      );
    });
    await assert(bounded, { numRuns: 100 });
  });

  it('does not refill by changing rates to and fro', async () => {
    const counters = createMemoryCounters();
    const [small, large] = [
      { key: 'k', perSecond: 1, burst: 2 },
      { key: 'k', perSecond: 100, burst: 200 },
    ];
    while ((await counters.take([small], 0)).ok);
    for (let n = 0; n < 100; n += 1) {
      expect((await counters.take([n % 2 === 0 ? large : small], 0)).ok).toBe(false);
    }
  });

  it('forgets full buckets and never an exhausted one, under a flood of agents', async () => {
    const counters = createMemoryCounters();
    const slow = { key: 'victim', perSecond: 0.000_001, burst: 1 };
    await counters.take([slow], 0);
    for (let n = 0; n < 50_000; n += 1) {
      await counters.take([{ key: `agent ${n}`, perSecond: 20, burst: 40 }], n);
    }
    expect(counters.size().buckets).toBeLessThan(1_000);
    expect((await counters.take([slow], 50_000)).ok).toBe(false);
  });

  it('holds an active agent, both its buckets, in under a kilobyte', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const counters = createMemoryCounters();
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 20_000; n += 1) {
      const id = `${n}`.padStart(32, '0');
      await counters.take(
        [
          { key: `agent:${id}`, perSecond: 1, burst: 2 },
          { key: `seat:${id}:${id}`, perSecond: 1, burst: 2 },
        ],
        0,
      );
    }
    collectGarbage();
    expect((process.memoryUsage().heapUsed - before) / 20_000).toBeLessThan(1_000);
    expect(counters.size().buckets).toBe(40_000);
  });
});

describe('snapshot of counters', () => {
  const copyOf = (counters: MemoryCounters): MemoryCounters => {
    const copy = createMemoryCounters();
    copy.restore(JSON.parse(JSON.stringify(counters.snapshot())));
    return copy;
  };

  it('resets nothing by a restart: neither limits nor buckets', async () => {
    const counters = createMemoryCounters();
    const bucket = { key: '__proto__', perSecond: 1, burst: 2 };
    for (let n = 0; n < 2; n += 1) await counters.take([bucket], 7_000_000);
    for (const key of ['k', '__proto__']) await counters.reserve([use(key, 2, 2, 5)], { nowMs: 5 });
    const copy = copyOf(copyOf(counters));
    expect(await copy.take([bucket], 100)).toEqual({ ok: false, retryAfterMs: 1_000 });
    expect((await copy.take([bucket], 1_100)).ok).toBe(true);
    for (const key of ['k', '__proto__']) {
      expect((await copy.reserve([use(key, 1, 2, 900)], { nowMs: 900 })).ok).toBe(false);
    }
    for (const key of ['k', '__proto__']) {
      expect((await copy.reserve([use(key, 1, 2, 1_100)], { nowMs: 1_100 })).ok).toBe(true);
    }
  });

  it('is left out where it cannot be read', async () => {
    const counters = createMemoryCounters();
    counters.restore({
      buckets: [1, ['a'], ['b', 'c', 1, 1]],
      limits: [['k'], ['k', [['x', 1, 1]]], 5],
    });
    counters.restore({ buckets: 'x', limits: null });
    expect(counters.size().buckets).toBe(0);
    expect((await counters.reserve([use('k', 1, 1, 0)], { nowMs: 0 })).ok).toBe(true);
  });
});
