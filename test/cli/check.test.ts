import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ruleProblemCases } from '../docs/rule-problem-cases.ts';
import { cli, folderWith } from './cli.ts';

const rule = { name: 'no_shell', condition: { tool: 'shell' }, approval: 'deny' };

describe('ringfence check', () => {
  it('finds sound rules fine', async () => {
    const tests = [{ call: { tool: 'shell' }, expect: 'deny' }];
    const cwd = await folderWith({ 'rules/a.json': { rules: [{ ...rule, tests }] } });
    const { code, out, err } = await cli(['check', 'rules'], { cwd });
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^1 rule in 1 file, 1 test: fine \(version [0-9a-f]{12}\)\n$/u);
  });

  it('shows every mistake of every file in its line, with a caret and a remedy', async () => {
    const cwd = await folderWith({
      'rules/a.json':
        '{ "rules": [\n  { "name": "x", "condition": { "tol": "shell" }, "approval": "deny" } ] }',
      'rules/b.json': '{ "rules": [\n  { "name": "y", "condition": {}, "approval": "denied" } ]\n',
    });
    const { code, out } = await cli(['check', 'rules'], { cwd });
    expect(code).toBe(1);
    const lines = out.split('\n');
    const shown = lines.findIndex((line) => line.includes('"tol"'));
    expect(lines[shown - 1]).toMatch(/^a\.json:2:33: error: .*unknown key `tol`/u);
    expect(lines[shown + 1]?.indexOf('^')).toBe(lines[shown]?.indexOf('"tol"'));
    expect(lines[shown + 2]).toBe('  remedy: did you mean `tool`?');
    expect(out).toMatch(/^b\.json:3:1: error: /mu);
    expect(out).toMatch(/2 errors, 0 warnings in 2 files\n$/u);
  });

  it('fails when a test of a rule fails', async () => {
    const tests = [{ call: { tool: 'shell' }, expect: 'auto_approve' }];
    const cwd = await folderWith({ 'rules/a.json': { rules: [{ ...rule, tests }] } });
    const { code, out } = await cli(['check', 'rules'], { cwd });
    expect(code).toBe(1);
    expect(out).toContain('the test expects `auto_approve`, but the rules give `deny`');
  });

  it('tells once what both loading and the linter find', async () => {
    const rules = [{ ...rule, on_exceed: 'deny' }];
    const cwd = await folderWith({ 'rules/a.json': { rules } });
    const { out } = await cli(['check', 'rules'], { cwd });
    expect(out.match(/no limit that could be exceeded/gu)).toHaveLength(1);
    const { out: linted } = await cli(['lint', 'rules', '--json'], { cwd });
    expect(linted).toContain('idle-on-exceed');
  });

  it('answers in JSON', async () => {
    const bad = { rules: [{ ...rule, approval: 'no' }] };
    const cwd = await folderWith({ 'bad/a.json': bad, 'good/a.json': { rules: [rule] } });
    const good = await cli(['check', 'good', '--json'], { cwd });
    expect(JSON.parse(good.out)).toEqual({
      ok: true,
      files: 1,
      rules: 1,
      tests: 0,
      version: expect.stringMatching(/^[0-9a-f]{64}$/u),
      problems: [],
    });
    const failed = await cli(['check', 'bad', '--json'], { cwd });
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.out)).toEqual({
      ok: false,
      files: 1,
      rules: null,
      tests: null,
      version: null,
      problems: [
        {
          severity: 'error',
          file: 'a.json',
          line: 1,
          column: expect.any(Number),
          pointer: '/rules/0/approval',
          rule: 'no_shell',
          message: 'expected `auto_approve` or `require_review` or `deny`',
          remedy: expect.stringMatching(/^write /u),
        },
      ],
    });
  });

  it('says of every mistake what to write, in JSON too', async () => {
    const path = join(import.meta.dirname, '../cases/rule-problems/problems.json');
    const cases = ruleProblemCases.parse(JSON.parse(await readFile(path, 'utf8')));
    const texts = cases.map(({ text }, nth) => [`rules/${nth}.json`, text] as const);
    const cwd = await folderWith({ 'rules/ok.json': { rules: [rule] } });
    await Promise.all(texts.map(([name, text]) => writeFile(join(cwd, name), text)));
    const { out } = await cli(['check', 'rules', '--json'], { cwd });
    const { problems } = z
      .object({ problems: z.array(z.object({ message: z.string(), remedy: z.string() })) })
      .parse(JSON.parse(out));
    expect(problems.length).toBeGreaterThan(cases.length);
    expect(problems.filter(({ remedy }) => remedy.trim() === '')).toEqual([]);
  });

  it('warns of rules for tools that nobody declared, and of filters that nobody registers', async () => {
    const filters = ['pii', 'house_style'];
    const rules = [
      rule,
      { name: 'mail', condition: { tool: 'mail.send' }, approval: 'auto_approve', filters },
      { name: 'files', condition: { tool: 'file_*' }, approval: 'deny' },
    ];
    const read = { effect: 'read', undo: 'full' };
    const cwd = await folderWith({
      'rules/a.json': { rules },
      'tools.json': { mail: read, file_read: read },
      'groups.json': { one: { shell: read }, two: { mail: read } },
    });
    const warnings = async (...more: string[]): Promise<unknown[]> => {
      const { code, out } = await cli(['check', 'rules', '--json', ...more], { cwd });
      expect(code).toBe(0);
      return JSON.parse(out).problems.map(({ pointer }: { pointer: string }) => pointer);
    };
    const filter = '/rules/1/filters/1';
    expect(await warnings()).toEqual([filter]);
    expect(await warnings('--filter', 'house_style')).toEqual([]);
    expect(await warnings('--tools', 'tools.json')).toEqual([filter, '/rules/0/condition/tool']);
    expect(await warnings('--tools', 'groups.json')).toEqual([filter, '/rules/2/condition/tool']);
    expect(await warnings('--tools', 'groups.json', '--group', 'one')).toEqual([
      filter,
      '/rules/1/condition/tool',
      '/rules/2/condition/tool',
    ]);
  });

  it('shows what is wrong with a tools file, and where', async () => {
    const cwd = await folderWith({
      'rules/a.json': { rules: [rule] },
      'tools.json': '{ "mail": { "effect": "write",\n "undoo": "full" } }',
      'two.json': {
        a: { x: { effect: 'read', undo: 'full' } },
        b: { X: { effect: 'write', undo: 'none' } },
      },
    });
    const check = (...more: string[]) => cli(['check', 'rules', '--tools', ...more], { cwd });
    const wrong = await check('tools.json');
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('tools.json:2:2: error: unknown key `undoo`');
    expect(wrong.err).toContain('`undo`');
    expect((await check('two.json', '--group', 'c')).err).toContain(
      'no group `c`; it has `a`, `b`',
    );
    const none = await check('none.json');
    expect([none.code, none.err]).toEqual([3, 'error: file `none.json` does not exist\n']);
  });

  it('warns of what looks like rules and is not read', async () => {
    const cwd = await folderWith({
      'rules/a.json': { rules: [rule] },
      'rules/team/deny.json': { rules: [rule] },
      'rules/old/README.md': 'nothing',
      'rules/.git/x.json': '{}',
      'rules/deny.yaml': 'rules:',
      'rules/a.json.bak': '{}',
    });
    const { code, out } = await cli(['check', 'rules'], { cwd });
    expect(code).toBe(0);
    const unread = out.split('\n').filter((line) => line.includes('nothing of this is read'));
    expect(unread).toEqual([
      expect.stringMatching(/^deny\.yaml: warning: /u),
      expect.stringMatching(/^team: warning: /u),
    ]);
    expect(out).toContain('move its files into the folder of the rules');
    expect((await cli(['check', 'rules/a.json'], { cwd })).out).toContain('fine');
  });

  it('refuses rules that others can write', async () => {
    const cwd = await folderWith({ 'rules/a.json': { rules: [rule] } });
    await chmod(join(cwd, 'rules/a.json'), 0o666);
    const { code, err } = await cli(['check', 'rules'], { cwd });
    expect(code).toBe(1);
    expect(err).toContain('chmod go-w');
  });
});
