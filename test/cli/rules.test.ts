import { readdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, folderWith } from './cli.ts';
import { mailRules, project, start } from './hypervisor.ts';

const me = `os:${userInfo().username}`;
const mailOnly = { rules: mailRules.rules.slice(0, 1) };

async function withTwoVersions(when: string) {
  const cwd = await project();
  const { hypervisor } = await start(cwd);
  await writeFile(join(cwd, 'rules/a.json'), JSON.stringify(mailOnly));
  expect((await cli(['rules', 'reload'], { cwd })).code).toBe(0);
  if (when !== 'while it runs') await hypervisor.close();
  const listed = await cli(['rules', 'history', '--json'], { cwd });
  const [one, two] = JSON.parse(listed.out);
  return { cwd, one, two };
}

describe.each([['while it runs'], ['while nobody runs']])('ringfence rules, %s', (when) => {
  it('show and compare what was in force', async () => {
    const { cwd, one, two } = await withTwoVersions(when);
    expect([one.via, two.via, two.author, two.removed]).toEqual(['start', 'edit', me, ['note']]);
    const history = await cli(['rules', 'history'], { cwd });
    expect(history.out).toContain(`${one.to.slice(0, 12)} start by ${me}`);
    const shown = await cli(['rules', 'show', one.to.slice(0, 10)], { cwd });
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('"name":"note"')]);
    const at = new Date(two.time).toISOString();
    const then = await cli(['rules', 'show', '--at', at, '--json'], { cwd });
    expect(JSON.parse(then.out)).toMatchObject({ to: two.to, files: [{ name: 'a.json' }] });
    const diff = await cli(['rules', 'diff', one.to, 'disk'], { cwd });
    expect([diff.code, diff.out]).toEqual([0, '- note\n']);
    expect((await cli(['rules', 'diff', two.to, one.to], { cwd })).code).toBe(1);
    expect((await cli(['rules', 'show', '000000'], { cwd })).code).toBe(1);
  });

  it('roll back, stay there, and come back', async () => {
    const { cwd, one, two } = await withTwoVersions(when);
    const back = await cli(['rules', 'rollback', one.to, '--reason', 'oops', '--json'], { cwd });
    expect(back.code).toBe(0);
    expect(JSON.parse(back.out)).toMatchObject({
      rules: one.to,
      frozen: { kind: 'pin', by: me, reason: 'oops' },
      disk: { version: two.to, removed: ['note'] },
      problems: [expect.stringContaining('disk differs')],
    });
    expect((await cli(['rules', 'pin'], { cwd })).code).toBe(0);
    const still = await cli(['rules', 'reload', '--json'], { cwd });
    expect(JSON.parse(still.out)).toMatchObject({ rules: one.to });
    expect((await cli(['rules', 'unpin'], { cwd })).code).toBe(2);
    const asked = await cli(['rules', 'unpin'], { cwd, isTty: true, stdin: 'n\n' });
    expect([asked.code, asked.err]).toEqual([1, expect.stringContaining('- note')]);
    const unpinned = await cli(['rules', 'unpin', '--yes', '--json'], { cwd });
    expect([unpinned.code, JSON.parse(unpinned.out).rules]).toEqual([0, two.to]);
  });

  it('hold several saves, and release them as one', async () => {
    const { cwd, two } = await withTwoVersions(when);
    const held = await cli(['rules', 'edit', '--hold', '--for', '30m', '--reason', 'x'], { cwd });
    expect([held.code, held.out]).toEqual([0, expect.stringContaining(`held by ${me} until`)]);
    await writeFile(join(cwd, 'rules/a.json'), JSON.stringify(mailRules));
    const waits = await cli(['rules', 'reload', '--json'], { cwd });
    expect(JSON.parse(waits.out)).toMatchObject({ rules: two.to, disk: { added: ['note'] } });
    const released = await cli(['rules', 'edit', '--release', '--yes', '--json'], { cwd });
    expect(JSON.parse(released.out)).toMatchObject({ frozen: null, disk: null, problems: [] });
    const [last] = JSON.parse(
      (await cli(['rules', 'history', '--last', '1', '--json'], { cwd })).out,
    );
    expect(last).toMatchObject({ via: 'release', author: me, added: ['note'] });
  });
});

describe('ringfence rules', () => {
  it('refuse what is no version, no time and no hold', async () => {
    const cwd = await project();
    await start(cwd);
    for (const argv of [
      ['show'],
      ['show', 'abcdef', '--at', '2026-11-23T10:00:00Z'],
      ['show', '--at', 'yesterday'],
      ['show', '--at', '2026-11-23T10:00:00'],
      ['rollback', 'the last one'],
      ['history', '--last', '0'],
      ['edit', '--hold', '--release'],
      ['edit', '--hold', '--for', 'ever'],
      ['edit'],
    ]) {
      expect([argv, (await cli(['rules', ...argv], { cwd })).code]).toEqual([argv, 2]);
    }
    for (const argv of [
      ['edit', '--release', '--yes'],
      ['unpin', '--yes'],
      ['edit', '--hold', '--for', '48h'],
    ]) {
      expect([argv, (await cli(['rules', ...argv], { cwd })).code]).toEqual([argv, 1]);
    }
  });

  it('find the files through the hypervisor that runs, without a configuration', async () => {
    const { cwd, one } = await withTwoVersions('while it runs');
    const dir = ['--dir', join(cwd, 'data')];
    const elsewhere = await folderWith({});
    const diff = await cli(['rules', 'diff', one.to, 'disk', ...dir], { cwd: elsewhere });
    expect([diff.code, diff.out, diff.err]).toEqual([0, '- note\n', '']);
  });

  it('say what is missing where nobody runs and no configuration names the files', async () => {
    const { cwd, one } = await withTwoVersions('while nobody runs');
    const dir = ['--dir', join(cwd, 'data')];
    const elsewhere = await folderWith({});
    const diff = await cli(['rules', 'diff', one.to, 'disk', ...dir], { cwd: elsewhere });
    expect([diff.code, diff.err]).toEqual([2, expect.stringContaining('--config')]);
  });

  it('hold, open the editor, and release what it left', async () => {
    const cwd = await project();
    await start(cwd);
    const EDITOR = `printf '{"rules":[]}' > "$1/a.json"; true`;
    const edited = await cli(['rules', 'edit', '--yes', '--json'], {
      cwd,
      isTty: true,
      env: { EDITOR },
    });
    expect(edited.err).toContain('- note');
    expect([edited.code, JSON.parse(edited.out).frozen]).toEqual([0, null]);
  });

  it('say so where a kept file was changed by hand', async () => {
    const { cwd, one } = await withTwoVersions('while it runs');
    const folder = join(cwd, 'data/rule-texts');
    for (const name of await readdir(folder)) await writeFile(join(folder, name), '{"rules":[]}');
    for (const argv of [
      ['show', one.to],
      ['rollback', one.to],
    ]) {
      const { code, out, err } = await cli(['rules', ...argv], { cwd });
      expect([code, out, err]).toEqual([1, '', expect.stringContaining('was changed')]);
    }
  });
});
