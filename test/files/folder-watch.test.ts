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

it('goes on looking after looks that failed', async () => {
  const path = join(dir, 'rules');
  await mkdir(path);
  let looks = 0;
  let isFailing = true;
  const errors: unknown[] = [];
  watch = await watchFolder({
    path,
    pollMs: 20,
    clock: realClock,
    // asked about the path itself while nothing is there
    isOurs(name) {
      looks += 1;
      if (isFailing && name === 'rules') throw new Error('a fault in a look');
      return true;
    },
    onChange: () => undefined,
    onError: (error) => void errors.push(error),
  });
  await rename(path, join(dir, 'before'));
  await expect.poll(() => errors.length).toBeGreaterThan(0);
  // until the last event of that has come
  await sleep(300);
  isFailing = false;
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
