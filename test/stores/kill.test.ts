import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { commit } from '../../src/core/audit/commitment.ts';
import { verifyLog } from '../../src/core/audit/verify.ts';
import { nodeFileSystem } from '../../src/stores/embedded/file-system.ts';
import { openFolder } from '../../src/stores/embedded/folder.ts';
import type { Folder } from '../../src/stores/embedded/folder.ts';
import { readSegments } from '../../src/stores/embedded/read-entries.ts';
import { createFakeClock } from './clocks.ts';
import { createTempDirs } from './temp-dirs.ts';

const cycles = Number(process.env['FAULT_CYCLES'] ?? 5);
const child = fileURLToPath(new URL('append-child.ts', import.meta.url));
const dirs = createTempDirs();
afterAll(dirs.clear);

/** Starts a process that appends for ever, kills it with signal 9 after so many acknowledgements, and gives them. */
async function appendUntilKilled(dir: string, acknowledgements: number): Promise<string[]> {
  const running = spawn(process.execPath, [child, dir, '1000000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  for await (const line of createInterface(running.stdout)) {
    lines.push(line); // also those that were in the pipe when it was killed
    if (lines.length === acknowledgements) running.kill('SIGKILL');
  }
  return lines.filter((line) => line.startsWith('ack '));
}

/** What the log holds, as the lines of the acknowledgements; the value of each must be in the vault from `fromSeq` on. */
async function readAll({ log, vault }: Folder, fromSeq: number): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const { seq, leaf, body } of log.read(1)) {
    if (typeof body['call'] !== 'string') continue;
    found.add(`ack ${seq} ${leaf} ${body['call']}`);
    if (seq < fromSeq) continue;
    const sealed = await vault.get(body['call']);
    const args = sealed && commit(sealed.salt, 'args', sealed.values['args'] ?? '');
    expect(body['commitments']).toEqual({ args });
  }
  return found;
}

describe('kill -9', () => {
  it(
    `loses nothing acknowledged in ${cycles} cycles on one folder`,
    { timeout: cycles * 5_000 },
    async () => {
      const dir = dirs.make();
      const acknowledged: string[] = [];
      let checkedSeq = 0;
      for (let cycle = 0; cycle < cycles; cycle += 1) {
        const wanted = 2 + Math.floor(Math.random() * 150);
        acknowledged.push(...(await appendUntilKilled(dir, wanted)));
        const folder = await openFolder({ dir, clock: createFakeClock() });
        const found = await readAll(folder, checkedSeq);
        checkedSeq = folder.log.head().seq;
        await folder.close();
        expect(acknowledged.filter((line) => !found.has(line))).toEqual([]);
        const { findings } = await verifyLog(readSegments(join(dir, 'log'), nodeFileSystem));
        expect(findings).toEqual([]);
      }
      expect(acknowledged.length).toBeGreaterThanOrEqual(cycles);
    },
  );

  it('gives the folder free: the lock dies with the process, and names it while it lives', async () => {
    const dir = dirs.make();
    const running = spawn(process.execPath, [child, dir, '1000000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = new Promise((resolve) => void running.once('close', resolve));
    await new Promise((resolve) => void running.stdout.once('data', resolve));
    running.stdout.resume();
    await expect(openFolder({ dir, clock: createFakeClock() })).rejects.toMatchObject({
      code: 'DIR_OWNED',
      message: expect.stringContaining(`process ${running.pid}`),
    });
    running.kill('SIGKILL');
    await closed;
    await (await openFolder({ dir, clock: createFakeClock() })).close();
  });
});
