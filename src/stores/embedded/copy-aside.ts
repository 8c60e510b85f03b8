import { join } from 'node:path';
import type { Clock } from '../../core/model/ports.ts';
import { writeAll } from './file-system.ts';
import type { FileSystem, OpenFile } from './file-system.ts';

const chunkBytes = 1024 * 1024;

interface Tail {
  readonly dir: string;
  readonly file: OpenFile;
  /** Bytes. */
  readonly from: number;
  readonly end: number;
  readonly clock: Clock;
  readonly files: FileSystem;
}

/** Copies a part of a file to `torn-<offset>-<time>.bin` in `dir` and gives the name. */
export async function copyAside(tail: Tail): Promise<string> {
  const { name, copy } = await createCopy(tail);
  try {
    for (let at = tail.from; at < tail.end; at += chunkBytes) {
      const chunk = Buffer.alloc(Math.min(chunkBytes, tail.end - at));
      await readFully(tail.file, chunk, at);
      await writeAll(copy, chunk, at - tail.from);
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
  return name;
}

async function createCopy(tail: Tail): Promise<{ name: string; copy: OpenFile }> {
  // two cuts at one place in one millisecond: the later name gets a higher time
  for (let time = tail.clock.nowMs(); ; time += 1) {
    const name = `torn-${tail.from}-${time}.bin`;
    try {
      return { name, copy: await tail.files.open(join(tail.dir, name), 'create') };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

async function readFully(file: OpenFile, into: Uint8Array, position: number): Promise<void> {
  for (let read = 0; read < into.length;) {
    const step = await file.read(into.subarray(read), position + read);
    if (step === 0) return;
    read += step;
  }
}
