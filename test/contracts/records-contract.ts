import { afterEach, describe, expect, it } from 'vitest';
import type { Records } from '../../src/core/model/ports.ts';

/** What every driver of the port `Records` keeps. */
export function recordsContract(name: string, open: () => Promise<Records>): void {
  describe(`records: ${name}`, () => {
    const all: Records[] = [];
    const opened = async () => {
      const records = await open();
      all.push(records);
      return records;
    };
    afterEach(async () => {
      for (const records of all.splice(0)) await records.close();
    });

    it('creates, changes and deletes only at the expected version', async () => {
      const records = await opened();
      expect(await records.get('kill', 'a')).toBeUndefined();
      expect(await records.compareAndSet('kill', 'a', 1, { x: 1 })).toBe(false);
      expect(await records.compareAndSet('kill', 'a', 0, { x: 1 })).toBe(true);
      expect(await records.compareAndSet('kill', 'a', 0, { x: 2 })).toBe(false);
      expect(await records.get('kill', 'a')).toEqual({ key: 'a', version: 1, value: { x: 1 } });
      expect(await records.compareAndSet('kill', 'a', 1, { x: 2, list: [null, 'ä'] })).toBe(true);
      expect(await records.compareAndSet('kill', 'a', 1, { x: 3 })).toBe(false);
      expect(await records.get('kill', 'a')).toEqual({
        key: 'a',
        version: 2,
        value: { x: 2, list: [null, 'ä'] },
      });
      expect(await records.compareAndSet('kill', 'a', 1, undefined)).toBe(false);
      expect(await records.compareAndSet('kill', 'a', 2, undefined)).toBe(true);
      expect(await records.get('kill', 'a')).toBeUndefined();
      expect(await records.compareAndSet('kill', 'a', 0, undefined)).toBe(true);
    });

    it('lets exactly one of many racing writers win', async () => {
      const records = await opened();
      await records.compareAndSet('approval', 'a', 0, { by: 'nobody' });
      const wins = await Promise.all(
        Array.from({ length: 20 }, (_, n) => records.compareAndSet('approval', 'a', 1, { by: n })),
      );
      expect(wins.filter(Boolean)).toHaveLength(1);
      expect((await records.get('approval', 'a'))?.value).toEqual({ by: wins.indexOf(true) });
    });

    it('keeps kinds and keys apart, odd ones too', async () => {
      const records = await opened();
      const keys = [
        'a',
        'A',
        '',
        '__proto__',
        'constructor',
        "x'; DROP TABLE records; --",
        'ä',
        '1',
      ];
      for (const key of keys)
        expect(await records.compareAndSet('agent', key, 0, { key })).toBe(true);
      await records.compareAndSet('session', 'a', 0, { other: true });
      const listed = await records.list('agent');
      expect(listed.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
      for (const { key, value } of listed) expect(value).toEqual({ key });
      expect(await records.list('claim')).toEqual([]);
    });

    it('can be closed twice', async () => {
      const records = await opened();
      await records.close();
      await records.close();
    });

    it('gives copies', async () => {
      const records = await opened();
      const value = { inner: { a: 1 } };
      await records.compareAndSet('agent', 'a', 0, value);
      value.inner.a = 2;
      expect((await records.get('agent', 'a'))?.value).toEqual({ inner: { a: 1 } });
    });
  });
}
