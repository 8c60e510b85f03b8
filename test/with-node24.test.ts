import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const starter = join(root, 'scripts/with-node24.mjs');

function start(args: readonly string[], script = starter, env = process.env) {
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env });
}

describe('the starter', () => {
  it('runs node 24, or the machine’s own where npm has none for the platform', () => {
    const { stdout, status } = start(['node', '--version']);
    const [major = 0, minor = 0] = stdout.slice(1).split('.').map(Number);
    expect(status).toBe(0);
    expect(major * 1000 + minor).toBeGreaterThanOrEqual(22_022);
  });

  it('puts that node first on the path of what it starts', () => {
    const code = 'console.log(process.execPath + "\\n" + process.env.PATH)';
    const [node = '', path = ''] = start(['node', '-e', code]).stdout.trim().split('\n');
    expect(path.split(delimiter)[0]).toBe(dirname(node));
  });

  it('hands over arguments as they are', () => {
    const args = ['a b', '$HOME', '"', "'", '*', '', ';exit 3', 'ä'];
    const code = 'console.log(JSON.stringify(process.argv.slice(1)))';
    expect(JSON.parse(start(['node', '-e', code, '--', ...args]).stdout)).toEqual(args);
  });

  it('gives back the exit code', () => {
    expect(start(['node', '-e', 'process.exit(7)']).status).toBe(7);
    expect(start(['node', '-e', 'process.kill(process.pid, "SIGKILL")']).status).toBe(1);
  });

  it('passes signals on, so that nothing is left running', async () => {
    const code = 'setInterval(() => {}, 1000); console.log(process.pid)';
    const child = spawn(process.execPath, [starter, 'node', '-e', code], { stdio: 'pipe' });
    const [pid] = await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(() => process.kill(Number(String(pid)), 0)).toThrow(/ESRCH/);
  });

  it('starts tools by their name, and says which it does not know', () => {
    expect(start(['tsc', '--version']).stdout).toMatch(/^Version 7\./);
    expect(start(['no-such-tool'])).toMatchObject({
      status: 1,
      stderr: 'ringfence: no such tool in node_modules: no-such-tool\n',
    });
    expect(start([])).toMatchObject({ status: 1, stderr: expect.stringContaining('usage: ') });
  });
});

describe.skipIf(process.platform === 'win32')('the set-up by the starter', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  /** A clone with a lockfile and an `npm` that notes its arguments and does as `script` says. */
  function clone(script: string) {
    const folder = mkdtempSync(join(tmpdir(), 'ringfence-starter-'));
    folders.push(folder);
    mkdirSync(join(folder, 'scripts'));
    mkdirSync(join(folder, 'bin'));
    cpSync(starter, join(folder, 'scripts/with-node24.mjs'));
    writeFileSync(join(folder, 'package-lock.json'), '{}');
    writeFileSync(join(folder, 'bin/npm'), `#!/bin/sh\necho "npm $*" >&2\n${script}\n`, {
      mode: 0o755,
    });
    const path = `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`;
    const run = () =>
      start(['node', '-p', '1 + 1'], join(folder, 'scripts/with-node24.mjs'), {
        ...process.env,
        PATH: path,
      });
    return { folder, run };
  }

  const installs = 'mkdir -p node_modules && echo {} > node_modules/.package-lock.json';

  it('installs what is missing, once', () => {
    const { run } = clone(installs);
    const first = run();
    expect(first).toMatchObject({ status: 0, stdout: '2\n' });
    expect(first.stderr).toContain('npm ci --no-audit --no-fund');
    expect(run()).toMatchObject({ status: 0, stdout: '2\n', stderr: '' });
  });

  it('installs again when the lockfile is newer', () => {
    const { folder, run } = clone(installs);
    run();
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(folder, 'package-lock.json'), later, later);
    expect(run().stderr).toContain('npm ci');
  });

  it('runs nothing when the installation fails', () => {
    const { folder, run } = clone('exit 1');
    expect(run()).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('npm ci failed'),
    });
    expect(existsSync(join(folder, 'node_modules'))).toBe(false);
  });
});
