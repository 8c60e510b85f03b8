import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRealPaths } from '../../src/files/real-paths.ts';

const paths = createRealPaths();
let dir = '';
beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'ringfence-paths-')));
  await mkdir(join(dir, 'deep/rules'), { recursive: true });
  await writeFile(join(dir, 'deep/rules/a.json'), '{}');
  await symlink('deep/rules', join(dir, 'link'));
  await symlink('deep/rules/new.json', join(dir, 'dangling'));
  await symlink('loop', join(dir, 'loop'));
});
afterAll(() => rm(dir, { recursive: true }));

describe('real paths', () => {
  it.each([
    ['deep/rules/a.json', 'deep/rules/a.json'],
    ['link/a.json', 'deep/rules/a.json'],
    ['link/../x', 'deep/x'],
    ['dangling', 'deep/rules/new.json'],
    ['dangling/further', 'deep/rules/new.json/further'],
    ['none/at/all', 'none/at/all'],
    ['none/../link/a.json', 'deep/rules/a.json'],
    ['none/../link/new', 'deep/rules/new'],
    ['deep/rules/a.json/below', 'deep/rules/a.json/below'],
    ['link//./a.json', 'deep/rules/a.json'],
  ])('%s leads to %s', async (path, real) => {
    expect(await paths.realPath(`${dir}/${path}`)).toBe(join(dir, real));
  });

  it.each(['loop', 'loop/x', 'a\0b', `${'n'.repeat(300)}/x`])(
    'gives nothing for %j',
    async (path) => {
      expect(await paths.realPath(`${dir}/${path}`)).toBeUndefined();
    },
  );

  it('takes relative paths from the working folder', async () => {
    expect(await paths.realPath('.')).toBe(process.cwd());
    expect(await paths.realPath('no-such-name')).toBe(join(process.cwd(), 'no-such-name'));
    expect(await paths.realPath('src/none')).toBe(join(process.cwd(), 'src/none'));
  });

  it.skipIf(process.platform !== 'linux')('sees through /proc', async () => {
    expect(await paths.realPath(`/proc/self/root${dir}/link`)).toBe(join(dir, 'deep/rules'));
    expect(await paths.realPath(`/proc/self/root${dir}/none`)).toBe(join(dir, 'none'));
    expect(await paths.realPath('/proc/self/cwd/none')).toBe(join(process.cwd(), 'none'));
  });
});
