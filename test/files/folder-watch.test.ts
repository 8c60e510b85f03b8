import { mkdir, mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FolderWatch, watchFolder } from '../../src/files/folder-watch.ts';
import { realClock } from './clocks.ts';

let dir = '';
let watch: FolderWatch | undefined;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'ringfence-watch-')));
});
afterEach(async () => {
  await watch?.close();
  await rm(dir, { recursive: true, force: true });
});

it('goes on looking after a look that failed', async () => {
  const path = join(dir, 'rules');
  await mkdir(path);
  const pollMs = 20;
  let fault: Error | undefined;
  let wasSeen = false;
  const errors: unknown[] = [];
  let looks = 0;
  watch = await watchFolder({
    path,
    pollMs,
    clock: {
      ...realClock,
      after(ms, callback) {
        const now = fault;
        if (ms !== pollMs || now === undefined) return realClock.after(ms, callback);
        fault = undefined;
        throw now;
      },
    },
    isOurs(name) {
      looks += 1;
      // the look has seen the other folder, and is about to watch that one
      if (name === 'b.json' && !wasSeen) {
        wasSeen = true;
        fault = new Error('a fault of the clock');
      }
      return true;
    },
    onChange: () => undefined,
    onError: (error) => void errors.push(error),
  });
  await mkdir(join(dir, 'next'));
  await writeFile(join(dir, 'next/b.json'), '1');
  await rename(path, join(dir, 'before'));
  await rename(join(dir, 'next'), path);
  await expect
    .poll(() => errors)
    .toEqual([expect.objectContaining({ message: 'a fault of the clock' })]);
  // no event comes of that, so it is the poll that looks
  await sleep(10 * pollMs);
  const before = looks;
  await expect.poll(() => looks, { timeout: 5000 }).toBeGreaterThan(before + 2);
});

it('looks once after an event, and then no more often than it was told', async () => {
  const path = join(dir, 'rules');
  await mkdir(path);
  let changes = 0;
  let looks = 0;
  watch = await watchFolder({
    path,
    pollMs: 60_000,
    clock: realClock,
    isOurs() {
      looks += 1;
      return true;
    },
    onChange: () => void (changes += 1),
    onError: () => undefined,
  });
  await writeFile(join(path, 'a.json'), '1');
  await expect.poll(() => changes).toBeGreaterThan(0);
  await sleep(500);
  // a few for one save, where a loop would make hundreds
  expect(looks).toBeLessThan(20);
});
