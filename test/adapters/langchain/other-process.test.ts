import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const child = fileURLToPath(new URL('agent-child.ts', import.meta.url));
const timeout = 60_000;
let root = '';
let folder = '';

/** One process asks, and ends; what it left behind is given to each test. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ringfence-lc-'));
  await chmod(root, 0o700);
  folder = join(root, 'asked');
  await mkdir(folder, { mode: 0o700 });
  const look = { name: 'look', condition: { tool: 'look' }, approval: 'auto_approve' };
  const mail = { name: 'mail', condition: { tool: 'mail' }, approval: 'require_review' };
  await writeFile(join(folder, 'rules.json'), JSON.stringify({ rules: [look, mail] }), {
    mode: 0o600,
  });
  await run('ask');
}, timeout);
afterAll(() => rm(root, { recursive: true, force: true }));

async function copyTo(name: string): Promise<void> {
  await cp(join(root, 'asked'), join(root, name), { recursive: true });
  folder = join(root, name);
}

/** Runs one process and gives what it said, a line a step: nothing of a step in which it was killed. */
async function run(...todo: readonly string[]): Promise<readonly unknown[]> {
  const running = spawn(process.execPath, ['-C', 'ringfence-src', child, folder, ...todo], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await text(running.stdout);
  return said.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

const ran = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, 'ran.txt'), 'utf8')).trim().split('\n');

describe('a graph that is resumed by another process', { timeout }, () => {
  it('waits on while nobody has answered, then runs what was approved, and nothing twice', async () => {
    await copyTo('answered');
    expect(await run('resume', 'answer', 'resume')).toEqual([
      { told: ['look done'], waits: true },
      { told: ['look done', 'mail done'], waits: false },
    ]);
    expect(await ran()).toEqual(['look a', 'mail a']);
  });

  it('does not run again what kill -9 cut off', async () => {
    await copyTo('killed');
    expect(await run('answer', 'resume', 'die')).toEqual([]);
    expect(await ran()).toEqual(['look a', 'mail a']);
    const refused = { told: ['look done', expect.stringContaining('ALREADY_DONE')], waits: false };
    expect(await run('resume')).toEqual([refused]);
    expect(await ran()).toEqual(['look a', 'mail a']);
  });
});
