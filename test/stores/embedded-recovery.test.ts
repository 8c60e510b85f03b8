import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyLog } from '../../src/core/audit/verify.ts';
import type { EntryBody } from '../../src/core/model/ports.ts';
import { nodeFileSystem } from '../../src/stores/embedded/file-system.ts';
import { openFolder } from '../../src/stores/embedded/folder.ts';
import { openLog } from '../../src/stores/embedded/log.ts';
import { readSegments } from '../../src/stores/embedded/read-entries.ts';
import { openVault } from '../../src/stores/embedded/vault.ts';
import { sealed } from '../contracts/vault-contract.ts';
import { createFakeClock } from './clocks.ts';
import { collect } from './collect.ts';
import { createTempDirs } from './temp-dirs.ts';

const dirs = createTempDirs();
afterAll(dirs.clear);
const entry = (n: number): EntryBody => ({ type: 'x', time: n, n });
const open = (dir: string, segmentBytes = 1_000_000) =>
  openLog({ dir, files: nodeFileSystem, clock: createFakeClock(), segmentBytes });
const segmentsIn = (dir: string) => readdirSync(dir).filter((name) => name.endsWith('.seg'));
const newest = (dir: string) => join(dir, segmentsIn(dir).at(-1) ?? '');

async function writeLog(count: number, segmentBytes?: number): Promise<string> {
  const dir = dirs.make();
  const log = await open(dir, segmentBytes);
  for (let n = 1; n <= count; n += 1) await log.append([entry(n)]);
  await log.close();
  return dir;
}

describe('action log on disk', () => {
  it('continues where it ended, across many segments', async () => {
    const dir = await writeLog(20, 500);
    expect(segmentsIn(dir).length).toBeGreaterThan(4);
    const log = await open(dir, 500);
    expect(log.head().seq).toBe(20);
    await log.append([entry(21)]);
    for (const from of [1, 7, 20, 21, 22]) {
      const numbers = (await collect(log.read(from))).map(({ body }) => body['n']);
      expect(numbers).toEqual(Array.from({ length: 22 - from }, (_, i) => from + i));
    }
    await log.close();
    expect((await verifyLog(readSegments(dir, nodeFileSystem))).findings).toEqual([]);
  });

  it('seals full segments read-only, and keeps all files from others', async () => {
    const dir = await writeLog(20, 500);
    const modes = segmentsIn(dir).map((name) => statSync(join(dir, name)).mode & 0o777);
    expect(new Set(modes.slice(0, -1))).toEqual(new Set([0o400]));
    expect(modes.at(-1)).toBe(0o600);
  });

  it('cuts a torn end at every byte of the last entry, keeps it aside and notes it', async () => {
    const whole = readFileSync(newest(await writeLog(3)));
    const lastStart = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let size = lastStart + 1; size < whole.length; size += 1) {
      const dir = dirs.make();
      mkdirSync(dir);
      writeFileSync(join(dir, '00000000000000000001.seg'), whole.subarray(0, size));
      const log = await open(dir);
      const [, , note] = await collect(log.read(1));
      const saved = `torn-${lastStart}-1700000000000.bin`;
      expect(note?.body).toMatchObject({
        type: 'recovery',
        offset: lastStart,
        bytes: size - lastStart,
        saved,
      });
      expect(readFileSync(join(dir, saved))).toEqual(whole.subarray(lastStart, size));
      await log.append([entry(9)]);
      await log.close();
      expect(await verifyLog(readSegments(dir, nodeFileSystem))).toMatchObject({
        findings: [],
        entries: 4,
      });
    }
  });

  it('cuts sectors of zeros, which a power loss leaves', async () => {
    const dir = await writeLog(3);
    const size = statSync(newest(dir)).size;
    writeFileSync(newest(dir), Buffer.alloc(4_096), { flag: 'a' });
    const log = await open(dir);
    expect((await collect(log.read(4)))[0]?.body).toMatchObject({
      type: 'recovery',
      offset: size,
      bytes: 4_096,
    });
    await log.close();
  });

  it('opens again when a rotation was cut before its header was whole', async () => {
    for (const text of ['', '# ringfence-log/1 fir']) {
      const dir = await writeLog(3);
      writeFileSync(join(dir, '00000000000000000004.seg'), text);
      const log = await open(dir);
      await log.append([entry(4)]);
      expect((await collect(log.read(1))).filter(({ body }) => body.type === 'x')).toHaveLength(4);
      await log.close();
      expect((await verifyLog(readSegments(dir, nodeFileSystem))).findings).toEqual([]);
    }
  });

  it('refuses a damaged entry before good ones, and any flipped bit of a whole one, with file and byte', async () => {
    const honest = readFileSync(newest(await writeLog(4)));
    const second = honest.indexOf('\n', honest.indexOf('\n') + 1) + 1;
    for (let at = second + 2; at < honest.length - 1; at += 3) {
      const dir = dirs.make();
      mkdirSync(dir);
      const damaged = Buffer.from(honest);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(join(dir, '00000000000000000001.seg'), damaged);
      const lineStart = honest.lastIndexOf('\n', at - 1) + 1;
      if (honest[at] === 10 || damaged[at] === 10) continue;
      await expect(open(dir)).rejects.toMatchObject({
        code: 'AUDIT_BROKEN',
        message: expect.stringContaining(`000001.seg\`, byte ${lineStart}:`),
      });
    }
  });

  it('refuses a log whose segments do not continue each other', async () => {
    const shorter = await writeLog(20, 500);
    const names = segmentsIn(shorter);
    const last = join(shorter, names.at(-2) ?? '');
    chmodSync(last, 0o600);
    const text = readFileSync(last, 'utf8');
    truncateSync(last, text.lastIndexOf('\n', text.length - 2) + 1);
    await expect(open(shorter)).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
    const headless = dirs.make();
    mkdirSync(headless);
    writeFileSync(join(headless, names.at(-1) ?? ''), readFileSync(newest(shorter)));
    await expect(open(headless)).rejects.toThrow(/segments before it are gone/);
  });

  it('syncs what nobody waits for after the linger time, and on close', async () => {
    const dir = dirs.make();
    const clock = createFakeClock();
    const log = await openLog({ dir, files: nodeFileSystem, clock, lingerMs: 50 });
    await log.append([entry(1)], { durable: false });
    clock.advance(49);
    await new Promise(setImmediate);
    expect(log.head().seq).toBe(0);
    clock.advance(1);
    await expect.poll(() => log.head().seq).toBe(1);
    await log.append([entry(2)], { durable: false });
    await log.close();
    expect(log.head().seq).toBe(2);
  });

  it('makes callers wait once a megabyte is unsynced', async () => {
    const log = await open(dirs.make());
    const large: EntryBody = { type: 'x', time: 1, text: 'y'.repeat(300_000) };
    const seqs: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      await log.append([large], { durable: false });
      seqs.push(log.head().seq);
    }
    expect(seqs).toEqual([0, 0, 0, 0, 5]);
    await log.close();
  });
});

describe('vault on disk', () => {
  const openIt = (dir: string, options = {}) =>
    openVault({
      dir,
      files: nodeFileSystem,
      clock: createFakeClock(),
      fileBytes: 2_000,
      ...options,
    });

  it('finds records of other runs, older files and outside the index', async () => {
    const dir = dirs.make();
    const first = await openIt(dir, { indexed: 2 });
    for (let n = 0; n < 60; n += 1) await first.put(sealed(n));
    await first.close();
    const again = await openIt(dir);
    for (let n = 0; n < 60; n += 1) expect(await again.get(`id-${n}`)).toEqual(sealed(n));
    await again.close();
  });

  it('leaves no byte of what it erases, nor of what a crash tore', async () => {
    const dir = dirs.make();
    const vault = await openIt(dir);
    for (let n = 0; n < 20; n += 1)
      await vault.put({ ...sealed(n), values: { args: `"secret-${n}-"` } });
    for (let n = 0; n < 20; n += 2) expect(await vault.erase(`id-${n}`)).toBe(true);
    await vault.close();
    writeFileSync(join(dir, readdirSync(dir).at(-1) ?? ''), 'torn-secret', { flag: 'a' });
    const again = await openIt(dir);
    const bytes = readdirSync(dir)
      .map((name) => readFileSync(join(dir, name), 'utf8'))
      .join('');
    for (let n = 0; n < 20; n += 1) {
      expect(bytes.includes(`secret-${n}-`)).toBe(n % 2 === 1);
      expect(bytes.includes(sealed(n).salt)).toBe(n % 2 === 1);
      expect((await again.get(`id-${n}`)) === undefined).toBe(n % 2 === 0);
    }
    expect(bytes).not.toContain('torn-secret');
    await again.close();
  });

  it('says so when a record is not what was written', async () => {
    const dir = dirs.make();
    const vault = await openIt(dir);
    await vault.put(sealed(1));
    const path = join(dir, readdirSync(dir)[0] ?? '');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"n', '"m'));
    await expect(vault.get('id-1')).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
    await vault.close();
  });
});

describe('data folder', () => {
  const openIn = (dir: string) => openFolder({ dir, clock: createFakeClock() });

  it('has one owner, named to the next', async () => {
    const dir = dirs.make();
    const folder = await openIn(dir);
    await expect(openIn(dir)).rejects.toMatchObject({
      code: 'DIR_OWNED',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await folder.records.compareAndSet('kill', 'all', 0, { on: true }); // and still works
    await folder.close();
    const next = await openIn(dir);
    expect((await next.records.get('kill', 'all'))?.value).toEqual({ on: true });
    await next.close();
  });

  it('lets nobody else read it', async () => {
    const dir = dirs.make();
    const folder = await openIn(dir);
    await folder.records.compareAndSet('kill', 'all', 0, { on: true });
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
      expect([name, statSync(join(dir, name)).mode & 0o077]).toEqual([name, 0]);
    }
    await folder.close();
  });

  it('is refused when everybody can write to it', async () => {
    const dir = dirs.make();
    mkdirSync(dir);
    chmodSync(dir, 0o777);
    await expect(openIn(dir)).rejects.toMatchObject({
      code: 'DIR_UNUSABLE',
      message: expect.stringContaining('everybody'),
    });
  });

  it('is refused when it is a file, or its database is none', async () => {
    const file = dirs.make();
    writeFileSync(file, '');
    await expect(openIn(file)).rejects.toMatchObject({ code: 'DIR_UNUSABLE' });
    const dir = dirs.make();
    mkdirSync(dir, { mode: 0o700 });
    writeFileSync(join(dir, 'records.db'), 'not a database '.repeat(100));
    await expect(openIn(dir)).rejects.toMatchObject({
      code: 'DIR_UNUSABLE',
      message: expect.stringContaining('records.db'),
    });
  });

  it('is given up when opening fails half-way', async () => {
    const dir = dirs.make();
    await (await openIn(dir)).close();
    const segment = newest(join(dir, 'log'));
    const honest = readFileSync(segment, 'utf8');
    writeFileSync(segment, 'rubbish\n');
    await expect(openIn(dir)).rejects.toMatchObject({ code: 'AUDIT_BROKEN' });
    writeFileSync(segment, honest);
    await (await openIn(dir)).close();
  });
});
