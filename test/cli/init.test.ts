import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/files/config.ts';
import { cli, folderWith } from './cli.ts';

describe('ringfence init', () => {
  it('writes rules, tools and a configuration that work, readable by their owner alone', async () => {
    const cwd = await folderWith();
    const { code, out } = await cli(['init', 'agent', '--json'], { cwd });
    expect(code).toBe(0);
    const { dir, created, kept } = JSON.parse(out);
    expect([dir, kept]).toEqual([join(cwd, 'agent'), []]);
    expect(created).toEqual(expect.arrayContaining(['tools.json', 'ringfence.yaml']));
    for (const path of created) expect((await stat(join(dir, path))).mode & 0o777).toBe(0o600);
    for (const path of ['.', 'rules'])
      expect((await stat(join(dir, path))).mode & 0o777).toBe(0o700);
    const config = await loadConfig(join(dir, 'ringfence.yaml'));
    expect(config).toMatchObject({
      rulesFile: join(dir, 'rules'),
      auditLog: join(dir, '.ringfence'),
    });
    for (const path of created.filter((name: string) => /^rules.[a-z]+\.json$/u.test(name))) {
      const { $schema } = JSON.parse(await readFile(join(dir, path), 'utf8'));
      const schema = await readFile(join(dir, path, '..', $schema), 'utf8');
      expect(JSON.parse(schema)).toMatchObject({ title: 'Rules of Ringfence' });
    }
    const argv = ['check', 'agent/rules', '--tools', 'agent/tools.json', '--json'];
    expect(JSON.parse((await cli(argv, { cwd })).out)).toMatchObject({ ok: true });
  });

  it('says that a file stands where its folder would be', async () => {
    const cwd = await folderWith({ 'agent/rules': 'mine', file: 'mine' });
    for (const dir of ['file', 'agent']) {
      const { code, out, err } = await cli(['init', dir], { cwd });
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(
        `a file stands where the folder \`${join(cwd, dir, 'rules')}\` belongs`,
      );
      expect(err).not.toContain('not foreseen');
    }
  });

  it('overwrites nothing, and adds no rules to rules that are there', async () => {
    const cwd = await folderWith({ 'rules/mine.json': '{ "rules": [] }', 'tools.json': '{}' });
    const { code, out } = await cli(['init', '--json'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      dir: cwd,
      created: ['ringfence.yaml'],
      kept: ['rules', 'tools.json'],
    });
    expect(await readFile(join(cwd, 'tools.json'), 'utf8')).toBe('{}');
    await writeFile(join(cwd, 'ringfence.yaml'), 'mine');
    expect(JSON.parse((await cli(['init', '--json'], { cwd })).out).created).toEqual([]);
    expect(await readFile(join(cwd, 'ringfence.yaml'), 'utf8')).toBe('mine');
  });
});
