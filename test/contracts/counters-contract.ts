import { describe, expect, it } from 'vitest';
import type { LimitUse } from '../../src/core/model/decision.ts';
import type { Counters } from '../../src/core/model/ports.ts';

const minute = 60_000;
export const use = (change: Partial<LimitUse> = {}, nowMs = 0): LimitUse => ({
  key: 'limit',
  rule: 'rule',
  amount: 1,
  max: 3,
  sinceMs: nowMs - minute,
  untilMs: nowMs + minute,
  onExceed: 'deny',
  ...change,
});

/** What every driver of the port `Counters` keeps. */
export function countersContract(name: string, open: () => Promise<Counters>): void {
  describe(`counters: ${name}`, () => {
    const bucket = { key: 'b', perSecond: 2, burst: 3 };
    const takeAll = async (counters: Counters, at: number, bucketNow = bucket) => {
      let taken = 0;
      while ((await counters.take([bucketNow], at)).ok) taken += 1;
      return taken;
    };

    it('lets a burst through and then as many as the rate', async () => {
      const counters = await open();
      expect(await takeAll(counters, 1_000)).toBe(3);
      expect(await counters.take([bucket], 1_000)).toEqual({ ok: false, retryAfterMs: 500 });
      expect(await counters.take([bucket], 1_499)).toEqual({ ok: false, retryAfterMs: 1 });
      expect(await counters.take([bucket], 1_500)).toEqual({ ok: true });
      expect(await takeAll(counters, 3_000)).toBe(3);
      expect(await takeAll(counters, 900_000)).toBe(3);
    });

    it('takes from every bucket or from none', async () => {
      const counters = await open();
      const other = { key: 'other', perSecond: 1, burst: 1 };
      expect((await counters.take([bucket, other], 0)).ok).toBe(true);
      expect(await counters.take([bucket, other], 0)).toEqual({ ok: false, retryAfterMs: 1_000 });
      expect(await takeAll(counters, 0)).toBe(2);
      expect(await counters.take([bucket, bucket], 500)).toMatchObject({ ok: false });
      expect((await counters.take([bucket, bucket], 1_000)).ok).toBe(true);
    });

    it('refills nothing when time goes back', async () => {
      const counters = await open();
      expect(await takeAll(counters, 10_000)).toBe(3);
      expect(await takeAll(counters, 0)).toBe(0);
    });

    it('carries the used fraction over to another rate', async () => {
      const counters = await open();
      expect(await takeAll(counters, 0)).toBe(3);
      const larger = { key: 'b', perSecond: 10, burst: 30 };
      expect(await takeAll(counters, 0, larger)).toBe(0); // exhausted stays exhausted
      expect(await takeAll(counters, 1_500, larger)).toBe(15);
      expect(await takeAll(counters, 3_000, larger)).toBe(15); // half used
      expect(await takeAll(counters, 4_500, { key: 'b', perSecond: 1, burst: 4 })).toBe(2);
    });

    it.each([
      { perSecond: 0, burst: 1 },
      { perSecond: -1, burst: 1 },
      { perSecond: Number.NaN, burst: 1 },
      { perSecond: 1, burst: 0 },
      { perSecond: 1, burst: Number.NaN },
      { perSecond: Number.POSITIVE_INFINITY, burst: 1 },
    ])('refuses the rate %j', async (rate) => {
      const counters = await open();
      await expect(counters.take([{ key: 'b', ...rate }], 0)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      });
      await expect(counters.take([bucket], Number.NaN)).rejects.toMatchObject({
        code: 'COUNTERS_UNAVAILABLE',
      });
    });

    it('admits up to the limit, and again once the window has moved on', async () => {
      const counters = await open();
      for (let n = 0; n < 3; n += 1) {
        expect(await counters.reserve([use({}, n)], { nowMs: n })).toMatchObject({ ok: true });
      }
      const full = use({}, 3);
      expect(await counters.reserve([full], { nowMs: 3 })).toEqual({ ok: false, full: [full] });
      const later = minute + 1; // what was reserved at 1 still counts, what at 0 does not
      expect(await counters.reserve([use({}, later)], { nowMs: later })).toMatchObject({
        ok: true,
      });
      expect(await counters.reserve([use({}, later)], { nowMs: later })).toMatchObject({
        ok: false,
      });
    });

    it('reserves every use or none, and names all that are full', async () => {
      const counters = await open();
      const [a, b, c] = [
        use({ key: 'a', max: 1 }),
        use({ key: 'b', max: 0 }),
        use({ key: 'c', max: 0 }),
      ];
      expect(await counters.reserve([a, b, c], { nowMs: 0 })).toEqual({ ok: false, full: [b, c] });
      expect(await counters.reserve([a], { nowMs: 0 })).toMatchObject({ ok: true });
    });

    it('counts uses of one key in one reservation together', async () => {
      const counters = await open();
      const two = use({ amount: 2 });
      expect(await counters.reserve([two, two], { nowMs: 0 })).toEqual({ ok: false, full: [two] });
      expect(await counters.reserve([two, use()], { nowMs: 0 })).toMatchObject({ ok: true });
      expect(await counters.reserve([use()], { nowMs: 0 })).toMatchObject({ ok: false });
    });

    it('gives back what is refunded, once, and nothing that is committed', async () => {
      const counters = await open();
      const first = await counters.reserve([use({ amount: 2 })], { nowMs: 0 });
      const second = await counters.reserve([use()], { nowMs: 0 });
      if (!first.ok || !second.ok) throw new Error('expected room');
      await counters.refund(first.reservation);
      await counters.refund(first.reservation);
      await counters.commit(second.reservation);
      await counters.refund(second.reservation);
      await counters.refund('nothing of the kind');
      expect(await counters.reserve([use({ amount: 3 })], { nowMs: 0 })).toMatchObject({
        ok: false,
      });
      expect(await counters.reserve([use({ amount: 2 })], { nowMs: 0 })).toMatchObject({
        ok: true,
      });
    });

    it('reserves beyond a limit only where a person allowed it', async () => {
      const counters = await open();
      const [a, b] = [use({ key: 'a', max: 0 }), use({ key: 'b', max: 0 })];
      const beyond = new Set(['a']);
      expect(await counters.reserve([a, b], { nowMs: 0, beyond })).toEqual({
        ok: false,
        full: [b],
      });
      expect(await counters.reserve([a], { nowMs: 0, beyond })).toMatchObject({ ok: true });
      const roomy = use({ key: 'a', max: 1 });
      expect(await counters.reserve([roomy], { nowMs: 0 })).toMatchObject({ ok: false });
    });

    it('answers a dry run without reserving', async () => {
      const counters = await open();
      for (let n = 0; n < 5; n += 1) {
        const answer = await counters.reserve([use({ max: 1 })], { nowMs: 0, dryRun: true });
        expect(answer).toEqual({ ok: true, reservation: '' });
      }
      expect(await counters.reserve([use({ max: 1 })], { nowMs: 0 })).toMatchObject({ ok: true });
      expect(await counters.reserve([use({ max: 1 })], { nowMs: 0, dryRun: true })).toMatchObject({
        ok: false,
      });
    });

    it('says how much of each limit is used now, and takes nothing', async () => {
      const counters = await open();
      const limits = (nowMs: number) => [use({}, nowMs), use({ key: 'other' }, nowMs)];
      expect(await counters.used(limits(0), 0)).toEqual([0, 0]);
      await counters.reserve([use({ amount: 2 })], { nowMs: 0 });
      for (let turn = 0; turn < 2; turn += 1) {
        expect(await counters.used(limits(1000), 1000)).toEqual([2, 0]);
      }
      expect(await counters.used(limits(minute + 1), minute + 1)).toEqual([0, 0]);
    });

    it('counts a calendar window from its beginning', async () => {
      const counters = await open();
      const day = (nowMs: number) =>
        use({
          max: 1,
          sinceMs: Math.floor(nowMs / 100) * 100,
          untilMs: Math.floor(nowMs / 100) * 100 + 99,
        });
      expect(await counters.reserve([day(10)], { nowMs: 10 })).toMatchObject({ ok: true });
      expect(await counters.reserve([day(99)], { nowMs: 99 })).toMatchObject({ ok: false });
      expect(await counters.reserve([day(100)], { nowMs: 100 })).toMatchObject({ ok: true });
    });

    it.each([
      { amount: -1 },
      { amount: Number.NaN },
      { amount: 0.5 },
      { amount: 2 ** 53 },
      { max: Number.NaN },
      { max: -1 },
      { sinceMs: Number.NaN },
    ])('refuses %j', async (change) => {
      const counters = await open();
      const reserved = counters.reserve([use(change)], { nowMs: 0 });
      await expect(reserved).rejects.toMatchObject({ code: 'COUNTERS_UNAVAILABLE' });
    });

    it('admits exactly the limit to racing callers', async () => {
      const counters = await open();
      const answers = await Promise.all(
        Array.from({ length: 200 }, () => counters.reserve([use({ max: 100 })], { nowMs: 0 })),
      );
      expect(answers.filter(({ ok }) => ok)).toHaveLength(100);
    });
  });
}
