import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createTempDirs } from './temp-dirs.ts';

// A kill cannot show a missing sync, since the kernel keeps what was written. So the order of the system calls
// is read: what is acknowledged must have been written and then synced, in the vault and in the log.

const child = fileURLToPath(new URL('append-child.ts', import.meta.url));
const dirs = createTempDirs();
afterAll(dirs.clear);
const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
if (!canTrace)
  console.warn('sync-order.test.ts: skipped, strace is missing or ptrace is refused here');
const appends = 200;

interface Order {
  readonly acknowledged: number;
  /** Acknowledgements of something that was not synced by then. */
  readonly early: readonly string[];
  /** Lines of the log that were written before their values were synced in the vault. */
  readonly uncovered: readonly string[];
}

function trace(mode: string): Order {
  const dir = dirs.make();
  const file = `${dir}.trace`;
  const calls = 'trace=openat,pwrite64,write,fdatasync,fsync,close';
  const strace = ['-f', '-s', '4000000', '-e', calls, '-o', file];
  const node = [process.execPath, child, dir, String(appends), mode];
  const { status, stderr } = spawnSync('strace', [...strace, ...node], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return readOrder(readFileSync(file, 'utf8'));
}

/** Follows what was written to which file, and what a sync that has ended made durable. */
function readOrder(text: string): Order {
  const written = new Map<string, string>(); // file descriptor -> what is written and not synced
  const syncing = new Map<string, { fd: string; text: string }>(); // thread -> the sync it is in
  let durable = '';
  let acknowledged = 0;
  const early: string[] = [];
  const uncovered: string[] = [];
  const inLog = (id: string) => durable.includes(`\\"call\\":\\"${id}\\"`);
  const inVault = (id: string) => durable.includes(`{\\"id\\":\\"${id}\\"`);
  const synced = (fd: string, text: string) => {
    durable += text;
    written.set(fd, (written.get(fd) ?? '').slice(text.length));
  };
  for (const line of text.split('\n')) {
    const thread = line.slice(0, line.indexOf(' '));
    const [, call, fd, rest = ''] = /(\w+)\((\d+)(.*)$/u.exec(line) ?? [];
    const resumed = /<\.\.\. f(?:data)?sync resumed>.*= 0/u.test(line)
      ? syncing.get(thread)
      : undefined;
    if (resumed !== undefined) synced(resumed.fd, resumed.text);
    if (fd === undefined) continue;
    for (const [, id = ''] of call === 'pwrite64' ? rest.matchAll(/\\"call\\":\\"(\w+)/gu) : []) {
      if (!inVault(id)) uncovered.push(id);
    }
    if (call === 'pwrite64') written.set(fd, (written.get(fd) ?? '') + rest);
    if (call === 'fdatasync' || call === 'fsync') {
      const pending = written.get(fd) ?? '';
      if (line.includes('unfinished')) syncing.set(thread, { fd, text: pending });
      else synced(fd, pending);
    }
    const id = call === 'write' && fd === '1' ? /ack \d+ \w+ (\w+)/u.exec(rest)?.[1] : undefined;
    if (id === undefined) continue;
    acknowledged += 1;
    if (!inLog(id) || !inVault(id)) early.push(id);
  }
  return { acknowledged, early, uncovered };
}

describe.skipIf(!canTrace)('order of write, sync and acknowledgement', () => {
  it(`acknowledges none of ${appends} entries before its sync has ended`, () => {
    expect(trace('')).toEqual({ acknowledged: appends, early: [], uncovered: [] });
  });

  it('finds the mutant that does not sync', () => {
    const { acknowledged, early, uncovered } = trace('nosync');
    expect([acknowledged, early.length, uncovered.length]).toEqual([appends, appends, appends]);
  });
});
