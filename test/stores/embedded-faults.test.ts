import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyLog } from '../../src/core/audit/verify.ts';
import type { EntryBody, Linked, Log, Vault } from '../../src/core/model/ports.ts';
import { nodeFileSystem } from '../../src/stores/embedded/file-system.ts';
import type { FileSystem } from '../../src/stores/embedded/file-system.ts';
import { openFolder } from '../../src/stores/embedded/folder.ts';
import { openLog } from '../../src/stores/embedded/log.ts';
import { readSegments } from '../../src/stores/embedded/read-entries.ts';
import { openVault } from '../../src/stores/embedded/vault.ts';
import { sealed } from '../contracts/vault-contract.ts';
import { createFakeClock } from './clocks.ts';
import { collect } from './collect.ts';
import { createFaultyFiles } from './faulty-files.ts';
import type { Fault } from './faulty-files.ts';
import { createTempDirs } from './temp-dirs.ts';

// hundreds of folders whose real syncs would only cost time: in memory where there is such a folder
const dirs = createTempDirs(existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
afterAll(dirs.clear);
const faults: readonly Fault[] = ['EIO', 'ENOSPC', 'short write', 'torn write'];
const entry = (n: number): EntryBody => ({ type: 'x', time: n, n, text: 'y'.repeat(200) });
const open = (dir: string, files: FileSystem = nodeFileSystem): Promise<Log> =>
  openLog({ dir, files, clock: createFakeClock(), segmentBytes: 1_000 });

interface Run {
  readonly acknowledged: ReadonlyMap<number, Linked>;
  readonly refused: readonly unknown[];
}

/** Appends a dozen entries, every fourth without waiting, and notes what the log said of each. */
async function appendAll(log: Log): Promise<Run> {
  const acknowledged = new Map<number, Linked>();
  const refused: unknown[] = [];
  for (let n = 0; n < 12; n += 1) {
    try {
      const [link] = await log.append([entry(n)], { durable: n % 4 > 0 });
      if (link !== undefined) acknowledged.set(n, link);
    } catch (error) {
      refused.push(error);
      await log.recover();
    }
  }
  return { acknowledged, refused };
}

async function checkAll(dir: string, { acknowledged }: Run): Promise<void> {
  const { findings } = await verifyLog(readSegments(dir, nodeFileSystem));
  expect(findings).toEqual([]);
  const log = await open(dir);
  const found = new Map(
    (await collect(log.read(1))).map(({ seq, leaf, body }) => [body['n'], { seq, leaf }]),
  );
  for (const [n, link] of acknowledged) expect(found.get(n)).toEqual(link);
  await log.close();
}

describe('action log: a fault at every step of the file system', () => {
  it.each(faults)('%s: loses nothing acknowledged, recovers, and opens clean', async (fault) => {
    let failed = 0;
    for (let step = 0; ; step += 1) {
      const files = createFaultyFiles();
      const dir = dirs.make();
      const log = await open(dir, files);
      files.failAt(step, fault);
      const before = files.steps.length;
      const run = await appendAll(log);
      await log.close();
      await checkAll(dir, run);
      failed += run.refused.length;
      for (const error of run.refused) expect(error).toMatchObject({ code: 'LOG_UNAVAILABLE' });
      if (before + step >= files.steps.length) break; // the fault came after the last step
    }
    expect(failed > 0).toBe(fault !== 'short write'); // a short write is only continued
  });

  it('is poisoned by a failed sync: it never syncs again before it is recovered', async () => {
    const files = createFaultyFiles();
    const dir = dirs.make();
    const log = await open(dir, files);
    files.failAt(1, 'EIO'); // the write, then the sync
    await expect(log.append([entry(1)])).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
      cause: { code: 'EIO' },
    });
    const steps = files.steps.length;
    await expect(log.append([entry(2)])).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await expect(log.append([entry(3)], { durable: false })).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
    });
    expect(files.steps).toHaveLength(steps);
    expect(log.head().seq).toBe(0);
    await log.recover();
    await log.append([entry(4)]);
    expect((await collect(log.read(1))).map(({ body }) => body.type)).toEqual(['recovery', 'x']);
    await log.close();
  });

  it('writes what it promised to write later, at the place it promised, after a failure', async () => {
    const files = createFaultyFiles();
    const dir = dirs.make();
    const log = await open(dir, files);
    const [promised] = await log.append([entry(1)], { durable: false });
    files.failAt(0, 'ENOSPC');
    await expect(log.append([entry(2)])).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await log.recover();
    expect(await collect(log.read(1))).toMatchObject([{ ...promised, body: { n: 1 } }]);
    await log.close();
  });

  it('stays poisoned while recovering fails, and can be asked again', async () => {
    const files = createFaultyFiles();
    const dir = dirs.make();
    const log = await open(dir, files);
    await log.append([entry(0)]);
    files.failAt(0, 'torn write');
    await expect(log.append([entry(1)])).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    files.failAt(1, 'EIO');
    await expect(log.recover()).rejects.toThrow('EIO');
    await expect(log.append([entry(2)])).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await log.recover();
    await log.append([entry(3)]);
    await log.close();
    const { findings, head } = await verifyLog(readSegments(dir, nodeFileSystem));
    expect([findings, head.seq]).toEqual([[], 3]);
  });
});

describe('vault: a fault at every step of the file system', () => {
  const openIt = (dir: string, files: FileSystem): Promise<Vault> =>
    openVault({ dir, files, clock: createFakeClock(), fileBytes: 500 });

  it.each(faults)('%s: loses nothing acknowledged', async (fault) => {
    for (let step = 0; ; step += 1) {
      const files = createFaultyFiles();
      const dir = dirs.make();
      const vault = await openIt(dir, files);
      files.failAt(step, fault);
      const before = files.steps.length;
      const acknowledged: number[] = [];
      const refused: unknown[] = [];
      for (let n = 0; n < 8; n += 1) {
        try {
          await vault.put(sealed(n), { durable: n % 4 > 0 });
          acknowledged.push(n);
        } catch (error) {
          refused.push(error);
          await vault.recover();
        }
      }
      for (const n of acknowledged) expect(await vault.get(`id-${n}`)).toEqual(sealed(n));
      await vault.close();
      for (const error of refused) expect(error).toMatchObject({ code: 'LOG_UNAVAILABLE' });
      const again = await openIt(dir, nodeFileSystem);
      for (const n of acknowledged) expect(await again.get(`id-${n}`)).toEqual(sealed(n));
      await again.close();
      if (before + step >= files.steps.length) break;
    }
  });
});

describe('data folder: a fault at every step of opening', () => {
  it.each(faults)(
    '%s: says so and gives the folder up, and the next opening is clean',
    async (fault) => {
      const clock = createFakeClock();
      const refused: unknown[] = [];
      for (let step = 0; ; step += 1) {
        const files = createFaultyFiles();
        const dir = dirs.make();
        files.failAt(step, fault);
        const error = await openFolder({ dir, clock, files }).then(
          (folder) => folder.close(),
          (error: unknown) => error,
        );
        if (error !== undefined) refused.push(error);
        const folder = await openFolder({ dir, clock });
        const [link] = await folder.log.append([entry(1)]);
        expect(link?.seq).toBeGreaterThan(0);
        await folder.close();
        const { findings } = await verifyLog(readSegments(join(dir, 'log'), nodeFileSystem));
        expect(findings).toEqual([]);
        if (step >= files.steps.length) break; // the fault came after the last step
      }
      expect(refused.length > 0).toBe(fault !== 'short write');
      const message = expect.stringMatching(/cannot be opened \(E(?:IO|NOSPC)\)/u);
      for (const error of refused) expect(error).toMatchObject({ code: 'DIR_UNUSABLE', message });
    },
  );
});

describe('log and vault together', () => {
  it('write no line whose values could not be synced, and go on once both are recovered', async () => {
    const dir = dirs.make();
    const [vaultFiles, fault] = failingSyncs();
    const clock = createFakeClock();
    const vault = await openVault({ dir: join(dir, 'vault'), files: vaultFiles, clock });
    const log = await openLog({
      dir: join(dir, 'log'),
      files: nodeFileSystem,
      clock,
      before: vault.flush,
    });
    fault.isOn = true;
    const put = vault.put(sealed(1));
    await expect(log.append([entry(1)])).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await expect(put).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    expect(log.head().seq).toBe(0);
    fault.isOn = false;
    await vault.recover();
    await log.recover();
    await Promise.all([vault.put(sealed(2)), log.append([entry(2)])]);
    expect(await collect(log.read(1))).toMatchObject([{ seq: 1, body: { n: 2 } }]);
    await log.close();
    await vault.close();
  });
});

/** The real file system, whose syncs fail while the switch is on. */
function failingSyncs(): readonly [FileSystem, { isOn: boolean }] {
  const fault = { isOn: false };
  const files: FileSystem = {
    ...nodeFileSystem,
    async open(path, mode) {
      const file = await nodeFileSystem.open(path, mode);
      return { ...file, sync: () => (fault.isOn ? Promise.reject(new Error('EIO')) : file.sync()) };
    },
  };
  return [files, fault];
}
