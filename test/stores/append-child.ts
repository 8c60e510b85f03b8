// A process that appends to a data folder and says on standard output what was acknowledged, until it is killed
// or has appended so many entries. Arguments: folder, entries, and `nosync` for a file system whose sync does nothing.
import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers';
import { createRecorder } from '../../src/core/audit/recorder.ts';
import type { Clock } from '../../src/core/model/ports.ts';
import { nodeFileSystem } from '../../src/stores/embedded/file-system.ts';
import type { FileSystem } from '../../src/stores/embedded/file-system.ts';
import { openFolder } from '../../src/stores/embedded/folder.ts';

const [dir = '', entries = '', mode = ''] = process.argv.slice(2);

const clock: Clock = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
};

/** The mutant: what it says is synced is not. */
const unsynced: FileSystem = {
  ...nodeFileSystem,
  async open(path, how) {
    return { ...(await nodeFileSystem.open(path, how)), sync: async () => {} };
  },
};

const files = mode === 'nosync' ? unsynced : nodeFileSystem;
const folder = await openFolder({ dir, clock, files, segmentBytes: 20_000 });
const ids = { id: () => crypto.randomUUID().replaceAll('-', '') };
const recorder = createRecorder({ log: folder.log, vault: folder.vault, ids });
let next = 0;

async function caller(): Promise<void> {
  while (next < Number(entries)) {
    next += 1;
    const id = ids.id();
    const values = { args: JSON.stringify({ n: next }) };
    const body = { type: 'call.decided', time: clock.nowMs(), verdict: 'deny', call: id };
    const { seq, leaf } = await recorder.record(body, { id, values });
    writeSync(1, `ack ${seq} ${leaf} ${id}\n`);
  }
}

writeSync(1, 'ready\n');
await Promise.all(Array.from({ length: 4 }, caller));
await folder.close();
