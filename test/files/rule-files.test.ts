import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRulePaths, maxRuleBytes, readRuleFiles } from '../../src/files/rule-files.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ringfence-rule-files-'));
  await mkdir(join(dir, 'rules'));
});
afterEach(async () => {
  await chmod(dir, 0o700);
  await rm(dir, { recursive: true, force: true });
});

const put = (name: string, text = '{}'): Promise<void> => writeFile(join(dir, name), text);
const names = async (): Promise<readonly string[]> =>
  (await readRuleFiles(join(dir, 'rules'))).map((file) => file.name);

describe('reading rule files', () => {
  it('reads the json files of the folder itself, sorted, and nothing else', async () => {
    await mkdir(join(dir, 'rules/deeper'));
    await put('rules/deeper/c.json');
    for (const name of ['b.json', 'a.JSON', '.hidden.json', 'x.schema.json', 'a.json~', 'n.txt']) {
      await put(`rules/${name}`);
    }
    expect(await names()).toEqual(['a.JSON', 'b.json']);
  });

  it('follows links of files and of the folder, as Kubernetes lays them', async () => {
    await mkdir(join(dir, 'rules/..2026'));
    await put('rules/..2026/a.json', '{"v":1}');
    await symlink('..2026', join(dir, 'rules/..data'));
    await symlink('..data/a.json', join(dir, 'rules/a.json'));
    await symlink('rules', join(dir, 'linked'));
    expect(await readRuleFiles(join(dir, 'linked'))).toEqual([{ name: 'a.json', text: '{"v":1}' }]);
  });

  it('reads one file by its path', async () => {
    await put('rules/one.rules', '{"v":1}');
    const files = await readRuleFiles(join(dir, 'rules/one.rules'));
    expect(files).toEqual([{ name: 'one.rules', text: '{"v":1}' }]);
  });

  it('reads the lists that rules name, and no other text', async () => {
    await put(
      'rules/a.json',
      '{"lists":{"x":{"file":"x.txt"},"y":{"file":"gone.txt"}},"rules":[]}',
    );
    await put('rules/x.txt', 'one');
    await put('rules/z.txt', 'other');
    expect(await names()).toEqual(['a.json', 'x.txt']);
    await put('one.rules', '{"lists":{"x":{"file":"list.txt"}}}');
    await put('list.txt', 'two');
    const files = await readRuleFiles(join(dir, 'one.rules'));
    expect(files.map(({ name }) => name)).toEqual(['list.txt', 'one.rules']);
    expect(await findRulePaths(join(dir, 'one.rules'))).toEqual([
      join(dir, 'one.rules'),
      join(dir, 'list.txt'),
    ]);
  });

  it('refuses a list that others can write', async () => {
    await put('rules/a.json', '{"lists":{"x":{"file":"x.txt"}},"rules":[]}');
    await put('rules/x.txt', 'one');
    await chmod(join(dir, 'rules/x.txt'), 0o666);
    await expect(names()).rejects.toMatchObject({ code: 'RULES_UNSAFE' });
  });

  it('gives nothing for an empty folder', async () => {
    expect(await names()).toEqual([]);
  });

  it('names every real path that a link leads to', async () => {
    await put('elsewhere.json');
    await symlink('../elsewhere.json', join(dir, 'rules/a.json'));
    await symlink('rules', join(dir, 'linked'));
    expect(await findRulePaths(join(dir, 'linked'))).toEqual([
      join(dir, 'linked'),
      join(dir, 'rules'),
      join(dir, 'elsewhere.json'),
    ]);
  });
});

describe('rule files that cannot be read', () => {
  const invalid = (message: RegExp): object => ({
    code: 'RULES_INVALID',
    message: expect.stringMatching(message),
  });

  it('says that the folder is missing, and what to do', async () => {
    await expect(readRuleFiles(join(dir, 'none'))).rejects.toMatchObject(
      invalid(/none` does not exist; create it/),
    );
  });

  it('refuses a dangling link instead of leaving its rules out', async () => {
    await symlink('gone.json', join(dir, 'rules/a.json'));
    await expect(names()).rejects.toMatchObject(invalid(/a\.json` does not exist/));
  });

  it('refuses bytes that are not UTF-8', async () => {
    await writeFile(
      join(dir, 'rules/a.json'),
      Buffer.concat([Buffer.from('{\n "é": "'), Buffer.from([0xc3, 0x28])]),
    );
    await expect(names()).rejects.toMatchObject(
      invalid(/a\.json` is not UTF-8 at line 2, column 8; save it as UTF-8$/),
    );
  });

  it('reads a long text whole, wherever its characters lie', async () => {
    for (const pad of ['', 'x', 'xx', 'xxx']) {
      const text = `${pad}${'é€😀'.repeat(30_000)}`;
      await put('rules/a.json', text);
      expect((await readRuleFiles(join(dir, 'rules')))[0]?.text).toBe(text);
    }
  });

  it('refuses a long text whose last character is cut off', async () => {
    const bytes = Buffer.from(`${'é'.repeat(100_000)}€`);
    await writeFile(join(dir, 'rules/a.json'), bytes.subarray(0, -1));
    await expect(names()).rejects.toMatchObject(invalid(/not UTF-8 at line 1, column 100001;/));
  });

  it('keeps a byte order mark for the parser to refuse', async () => {
    await put('rules/a.json', '\uFEFF{}');
    expect((await readRuleFiles(join(dir, 'rules')))[0]?.text).toBe('\uFEFF{}');
  });

  it('refuses a folder with the name of a file', async () => {
    await mkdir(join(dir, 'rules/a.json'));
    await expect(names()).rejects.toMatchObject(invalid(/not a regular file/));
  });

  it.skipIf(process.platform === 'win32')('is not held up by a named pipe', async () => {
    execFileSync('mkfifo', [join(dir, 'rules/a.json')]);
    await expect(names()).rejects.toMatchObject(invalid(/not a regular file/));
  });

  it('refuses more than 64 MiB before reading it', async () => {
    await put('rules/a.json');
    await truncate(join(dir, 'rules/a.json'), maxRuleBytes + 1);
    await expect(names()).rejects.toMatchObject(invalid(/beyond 67108864 bytes/));
  });
});

describe.skipIf(process.platform === 'win32')('rule files that others can write', () => {
  const unsafe = (message: RegExp): object => ({
    code: 'RULES_UNSAFE',
    message: expect.stringMatching(message),
  });
  beforeEach(() => put('rules/a.json'));

  it.each([
    ['a file the world can write', 'rules/a.json', 0o646, /everybody.*chmod go-w '.*a\.json'/],
    ['a folder the world can write', 'rules', 0o757, /everybody.*chmod go-w '.*rules'/],
    ['a sticky folder the world can write', 'rules', 0o1777, /everybody/],
    ['a folder above that the world can write', '', 0o777, /everybody/],
  ])('refuses %s', async (_, name, mode, message) => {
    await chmod(join(dir, name), mode);
    await expect(names()).rejects.toMatchObject(unsafe(message));
    await chmod(join(dir, name), 0o700);
    expect(await names()).toEqual(['a.json']);
  });

  it('refuses the target of a link that the world can write', async () => {
    await put('open.json');
    await chmod(join(dir, 'open.json'), 0o666);
    await symlink('../open.json', join(dir, 'rules/b.json'));
    await expect(names()).rejects.toMatchObject(unsafe(/b\.json` can be written by everybody/));
  });

  it('refuses a link into a folder that the world can write', async () => {
    await mkdir(join(dir, 'open'));
    await put('open/b.json');
    await chmod(join(dir, 'open'), 0o777);
    await symlink('../open/b.json', join(dir, 'rules/b.json'));
    await expect(names()).rejects.toMatchObject(unsafe(/open` can be written by everybody/));
  });

  it('refuses a link that leads on by a link in such a folder, of a file and of the folder', async () => {
    await mkdir(join(dir, 'open'));
    await put('b.json');
    await put('rules/a.json');
    await symlink('../b.json', join(dir, 'open/on.json'));
    await symlink('../rules', join(dir, 'open/on'));
    await symlink('open/on', join(dir, 'linked'));
    const linked = () => readRuleFiles(join(dir, 'linked'));
    expect(await linked()).toHaveLength(1);
    await chmod(join(dir, 'open'), 0o777);
    await expect(linked()).rejects.toMatchObject(unsafe(/open` can be written by everybody/));
    expect(await names()).toEqual(['a.json']);
    await symlink('../open/on.json', join(dir, 'rules/b.json'));
    await expect(names()).rejects.toMatchObject(unsafe(/open` can be written by everybody/));
  });

  it('accepts a sticky folder above, as /tmp is', async () => {
    await chmod(dir, 0o1777);
    expect(await names()).toEqual(['a.json']);
  });
});
