import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith, type Ran } from './cli.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');

interface Spawned {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Closes the pipe after the first chunk of answers, as `head` does. */
  readonly hangUp?: boolean;
}

/** Runs the program itself, its streams being pipes. */
function ringfence(argv: readonly string[], options: Spawned): Promise<Ran> {
  const { cwd, env = {}, hangUp = false } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  const child = spawn(process.execPath, [main, ...argv], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (hangUp) child.stdout.destroy();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.on('error', reject);
  child.on('close', (code) => resolve({ code: code ?? -1, out, err }));
  return promise;
}

const rule = { name: 'x', condition: {}, approval: 'deny' };

describe('the program', () => {
  it('gives answers and exit codes to its shell', async () => {
    const cwd = await folderWith({
      'good/a.json': { rules: [rule] },
      'bad/a.json': { rules: [{ ...rule, approval: 'no' }] },
    });
    const ran = await Promise.all(
      [['--version'], ['check', 'good'], ['check', 'bad'], ['chekc'], ['health']].map((argv) =>
        ringfence(argv, { cwd }),
      ),
    );
    expect(ran.map(({ code }) => code)).toEqual([0, 0, 1, 2, 3]);
    expect(ran.map(({ out }) => out === '')).toEqual([false, false, false, true, true]);
    expect(ran.map(({ err }) => err === '')).toEqual([true, true, true, false, false]);
  });

  it('colours a pipe only when it is told to', async () => {
    const cwd = await folderWith({ 'bad/a.json': { rules: [{ ...rule, approval: 'no' }] } });
    const colored = async (env: Record<string, string>): Promise<boolean> =>
      (await ringfence(['check', 'bad'], { cwd, env })).out.includes('\u001b[');
    expect(
      await Promise.all([
        colored({}),
        colored({ FORCE_COLOR: '1' }),
        colored({ FORCE_COLOR: '1', NO_COLOR: '1' }),
      ]),
    ).toEqual([false, true, false]);
  });

  it('ends quietly when its reader has seen enough', async () => {
    const rules = Array.from({ length: 3000 }, (_, index) => ({ ...rule, name: `Bad ${index}` }));
    const cwd = await folderWith({ 'bad/a.json': { rules } });
    const { code, out, err } = await ringfence(['check', 'bad'], { cwd, hangUp: true });
    expect(out).toContain('a.json:1:');
    expect([code, err]).toEqual([0, '']);
  });
});
