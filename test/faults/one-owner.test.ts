import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createTempDirs } from '../stores/temp-dirs.ts';
import { openWorld } from './world.ts';

const child = fileURLToPath(new URL('child.ts', import.meta.url));
const dirs = createTempDirs();
afterAll(dirs.clear);

describe('two owners of one folder', () => {
  it('the second process gets DIR_OWNED and does nothing, the first goes on', async () => {
    const root = dirs.make();
    mkdirSync(root, { recursive: true });
    const world = await openWorld(root, 10);
    const second = spawn(
      process.execPath,
      ['--no-warnings', '-C', 'ringfence-src', child, root, '10', 'never', '1'],
      { stdio: ['ignore', 'inherit', 'pipe'] },
    );
    let said = '';
    for await (const chunk of second.stderr.setEncoding('utf8')) said += String(chunk);
    expect(said).toContain('DIR_OWNED');
    expect(said).toContain(`owned by process ${process.pid}`);
    expect(await world.pay.attempt({})).toMatchObject({ status: 'done' });
    await expect(openWorld(root, 10)).rejects.toMatchObject({ code: 'DIR_OWNED' });
    await world.close();
    await (await openWorld(root, 10)).close();
  });
});
