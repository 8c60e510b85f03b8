import { describe, expect, it } from 'vitest';
import { createDenialBreaker } from '../../src/core/supervisors/judge/denials.ts';
import { openDenialKeeper } from '../../src/judge/denial-keeper.ts';
import { createMemoryRecords } from '../../src/stores/memory/records.ts';

const none = (): never => {
  throw new Error('nothing may fail');
};

describe('denials over a restart', () => {
  it('leave no record once a person has answered', async () => {
    const records = createMemoryRecords();
    const kept = await openDenialKeeper(records, none);
    const denials = createDenialBreaker({ ...kept, limits: { inARow: 2, inAll: 20 } });
    for (let n = 0; n < 2; n += 1) denials.record('s1', true);
    denials.waits('s1', 'a1');
    await kept.close();
    const record = { inARow: 2, inAll: 2, approvals: ['a1'] };
    expect(await records.list('judge')).toMatchObject([{ key: 'denials:s1', value: record }]);
    denials.answered('s1', ['a1']);
    await kept.close();
    expect(await records.list('judge')).toEqual([]);
  });

  it('pause the session where their record cannot be read', async () => {
    const records = createMemoryRecords();
    await records.compareAndSet('judge', 'denials:s1', 0, { inARow: -1 });
    await records.compareAndSet('judge', 'trust', 0, { failed: [] });
    const denials = createDenialBreaker(await openDenialKeeper(records, none));
    expect(denials.isPaused('s1')).toBe(true);
    expect(denials.isPaused('s2')).toBe(false);
  });

  it('count though they cannot be written, are told, and written with the next one', async () => {
    const records = createMemoryRecords();
    let isAway = true;
    const failed: string[] = [];
    const kept = await openDenialKeeper(
      {
        ...records,
        async compareAndSet(...asked) {
          if (isAway) throw new Error('disk full');
          return records.compareAndSet(...asked);
        },
      },
      (session) => void failed.push(session),
    );
    const denials = createDenialBreaker(kept);
    for (let n = 0; n < 2; n += 1) denials.record('s1', true);
    await kept.close();
    expect(failed).toEqual(['s1', 's1']);
    isAway = false;
    expect(denials.record('s1', true)).toBe(true);
    await kept.close();
    expect(await records.list('judge')).toMatchObject([{ value: { inARow: 3, inAll: 3 } }]);
  });

  it('are forgotten of the session of longest ago, where there are too many', () => {
    const denials = createDenialBreaker({ limits: { inARow: 1, inAll: 20 } });
    for (let n = 0; n <= 100_000; n += 1) denials.record(`s${n}`, true);
    expect(denials.isPaused('s0')).toBe(false);
    expect(denials.isPaused('s1')).toBe(true);
  });
});
