import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { askOwner } from '../../src/files/control-client.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A folder whose owner writes this and hangs up. */
async function ownerThatSays(text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ringfence-control-'));
  closing.push(() => rm(dir, { recursive: true }));
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(text));
  });
  await new Promise<void>((resolve) => void server.listen(join(dir, 'control.sock'), resolve));
  closing.push(() => server.close());
  return dir;
}

describe('asking the owner of a data folder', () => {
  it.each(['', '{"ok":tr', '{"ok":true}', 'null'])('tells an owner that says %j', async (text) => {
    const asked = askOwner(await ownerThatSays(text), { verb: 'health' });
    await expect(asked).rejects.toMatchObject({
      code: 'CLOSED',
      message: expect.stringContaining('ended before it answered'),
    });
  });

  it('hears a refusal as the error it was', async () => {
    const reply = { ok: false, code: 'APPROVAL_REFUSED', message: 'has expired' };
    const dir = await ownerThatSays(`${JSON.stringify(reply)}\n`);
    await expect(askOwner(dir, { verb: 'inbox' })).rejects.toMatchObject({
      code: 'APPROVAL_REFUSED',
      message: 'has expired',
    });
  });

  it('finds nobody where there is no socket, or can be none', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'ringfence-control-'));
    closing.push(() => rm(dir, { recursive: true }));
    expect(await askOwner(dir, { verb: 'health' })).toBeUndefined();
    expect(await askOwner(join(dir, 'x'.repeat(200)), { verb: 'health' })).toBeUndefined();
  });
});
