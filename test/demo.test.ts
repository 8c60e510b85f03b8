import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '..');

async function runDemo(env: NodeJS.ProcessEnv): Promise<{ code: number | null; out: string }> {
  const argv = ['-C', 'ringfence-src', 'scripts/demo.ts'];
  const child = spawn(process.execPath, argv, { cwd: root, env: { ...process.env, ...env } });
  let out = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (out += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

describe('npm run demo', () => {
  it('shows every act, without colour where there is no terminal, and cleans up', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'demo-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const { code, out } = await runDemo({ TMPDIR: folder, FORCE_COLOR: undefined });
    expect(out).toContain('All 12 acts went as they must');
    expect(code).toBe(0);
    for (const shown of [
      'refused by rule',
      'a yes',
      ' ms from the save',
      'refused by rule payout_injected',
      'newly allowed',
      'stopped after',
      'refused by the judge',
      'by label',
    ])
      expect(out).toContain(shown);
    expect(out).not.toContain('\u001B');
    expect(await readdir(folder)).toEqual([]);
  });
});
