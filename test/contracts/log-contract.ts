import { afterEach, describe, expect, it } from 'vitest';
import { genesis, leafHash, linkEntry } from '../../src/core/audit/chain.ts';
import type { EntryBody, Linked, Log } from '../../src/core/model/ports.ts';
import { collect } from '../stores/collect.ts';

export const entry = (n: number): EntryBody => ({
  type: 'call.decided',
  time: 1_000 + n,
  n,
  text: 'ä\n"',
});

/** What every driver of the port `Log` keeps. */
export function logContract(name: string, open: () => Promise<Log>): void {
  describe(`log: ${name}`, () => {
    const logs: Log[] = [];
    const opened = async () => {
      const log = await open();
      logs.push(log);
      return log;
    };
    afterEach(async () => {
      for (const log of logs.splice(0)) await log.close().catch(() => {});
    });

    it('begins empty', async () => {
      const log = await opened();
      expect(log.head()).toEqual(genesis);
      expect(await collect(log.read(1))).toEqual([]);
      expect(await log.append([])).toEqual([]);
    });

    it('gives back what was appended, in order and chained', async () => {
      const log = await opened();
      const links = [
        ...(await log.append([entry(1), entry(2)])),
        ...(await log.append([entry(3)])),
      ];
      let previous: Linked = genesis;
      const expected = [1, 2, 3].map((n) => (previous = linkEntry(entry(n), previous)));
      expect(links).toEqual(expected.map(({ seq, leaf }) => ({ seq, leaf })));
      expect(log.head()).toEqual(links[2]);
      const read = await collect(log.read(1));
      expect(read.map(({ seq, leaf }) => ({ seq, leaf }))).toEqual(links);
      expect(read.map(({ body }) => body)).toEqual([entry(1), entry(2), entry(3)]);
      expect(expected.map(({ line }) => leafHash(line))).toEqual(read.map(({ leaf }) => leaf));
    });

    it('gives concurrent appends distinct, gapless numbers', async () => {
      const log = await opened();
      const batches = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          log.append([entry(n), entry(n + 100)], { durable: n % 3 > 0 }),
        ),
      );
      const seqs = batches.flat().map(({ seq }) => seq);
      expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
      for (const [first, second] of batches) expect(second?.seq).toBe((first?.seq ?? 0) + 1);
    });

    it('reads from any number on', async () => {
      const log = await opened();
      for (let n = 1; n <= 30; n += 1) await log.append([entry(n)]);
      for (const from of [0, 1, 7, 30, 31]) {
        const seqs = (await collect(log.read(from))).map(({ seq }) => seq);
        const first = Math.max(1, from);
        expect(seqs).toEqual(Array.from({ length: Math.max(0, 31 - first) }, (_, i) => i + first));
      }
    });

    it('does not change what it was given, and is not changed by it', async () => {
      const log = await opened();
      const body = { type: 'x', time: 1, inner: { a: 1 } };
      await log.append([body]);
      body.inner.a = 2;
      expect((await collect(log.read(1)))[0]?.body).toEqual({
        type: 'x',
        time: 1,
        inner: { a: 1 },
      });
    });

    it('writes nothing of a batch that holds a bad entry', async () => {
      const log = await opened();
      await expect(log.append([entry(1), { ...entry(2), seq: 9 }])).rejects.toThrow(
        /belong to the log/,
      );
      await expect(log.append([{ ...entry(2), bad: Number.NaN }])).rejects.toThrow(/NaN/);
      expect((await log.append([entry(3)]))[0]?.seq).toBe(1);
    });

    it('takes nothing more once it is closed', async () => {
      const log = await opened();
      await log.close();
      await log.close();
      await expect(log.append([entry(1)])).rejects.toMatchObject({ code: 'CLOSED' });
    });
  });
}
