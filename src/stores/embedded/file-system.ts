import { chmod, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** A file that stays open. Positions and sizes are bytes. */
export interface OpenFile {
  /** Says how many bytes it wrote: at least one, perhaps not all. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** Says how many bytes it read; 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Resolves once what was written is on the disk. */
  sync(): Promise<void>;
  size(): Promise<number>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** The few functions of a file system that the log and the vault need; tests pass one that fails. */
export interface FileSystem {
  /** `create` fails if the file is there; `update` and `read` if it is not. */
  open(path: string, mode: 'create' | 'update' | 'read'): Promise<OpenFile>;
  /** The names in a folder, sorted. */
  list(dir: string): Promise<readonly string[]>;
  /** Creates the folder (0700) and its parents; nothing if it is there. */
  makeDir(dir: string): Promise<void>;
  /** Makes names that were added to or removed from the folder durable. */
  syncDir(dir: string): Promise<void>;
  makeReadOnly(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
}

const flags = { create: 'wx+', update: 'r+', read: 'r' } as const;
const ownerOnly = 0o600;

export const nodeFileSystem: FileSystem = {
  open: async (path, mode) => toOpenFile(await open(path, flags[mode], ownerOnly)),
  list: async (dir) => (await readdir(dir)).toSorted(),
  async makeDir(dir) {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  },
  async syncDir(dir) {
    if (process.platform === 'win32') return; // folders cannot be synced there, NTFS journals names itself
    const handle = await open(dir, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  makeReadOnly: (path) => chmod(path, 0o400),
  rename,
  remove: unlink,
};

function toOpenFile(handle: FileHandle): OpenFile {
  return {
    async write(bytes, position) {
      const { bytesWritten } = await handle.write(bytes, 0, bytes.length, position);
      return bytesWritten;
    },
    async read(into, position) {
      const { bytesRead } = await handle.read(into, 0, into.length, position);
      return bytesRead;
    },
    sync: () => handle.datasync(),
    size: async () => (await handle.stat()).size,
    truncate: (size) => handle.truncate(size),
    close: () => handle.close(),
  };
}

/** Writes all of it, however many steps the file system takes. */
export async function writeAll(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const step = await file.write(bytes.subarray(written), position + written);
    if (step <= 0) throw new Error(`the file system wrote nothing at byte ${position + written}`);
    written += step;
  }
}
