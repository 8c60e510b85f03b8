import { nodeFileSystem } from '../../src/stores/embedded/file-system.ts';
import type { FileSystem, OpenFile } from '../../src/stores/embedded/file-system.ts';

/** What a step does instead of its work: fail, or (for a write) write only a part and then fail. */
export type Fault = 'EIO' | 'ENOSPC' | 'short write' | 'torn write';

export interface FaultyFiles extends FileSystem {
  /** The steps taken so far, as `write log/0…1.seg`. */
  readonly steps: string[];
  /** Lets the step with this index (from 0) fail, and those after it work again. */
  failAt(step: number, fault: Fault): void;
}

class DiskError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`${code}: made by the test`);
    this.code = code;
  }
}

/** The real file system, with a fault at a chosen step. Reading never fails. */
export function createFaultyFiles(): FaultyFiles {
  const steps: string[] = [];
  let planned: { step: number; fault: Fault } | undefined;

  function begin(kind: string, path: string): Fault | undefined {
    const isFault = planned?.step === steps.length;
    steps.push(`${kind} ${path.split('/').slice(-2).join('/')}`);
    const fault = isFault ? planned?.fault : undefined;
    if (fault === 'EIO' || fault === 'ENOSPC') throw new DiskError(fault);
    return fault;
  }

  function wrap(file: OpenFile, path: string): OpenFile {
    return {
      ...file,
      async write(bytes, position) {
        const fault = begin('write', path);
        if (fault === undefined) return file.write(bytes, position);
        const part = bytes.subarray(0, Math.max(1, Math.floor(bytes.length / 2)));
        const written = await file.write(part, position);
        if (fault === 'torn write') throw new DiskError('EIO');
        return written;
      },
      async sync() {
        begin('sync', path);
        await file.sync();
      },
      async truncate(size) {
        begin('truncate', path);
        await file.truncate(size);
      },
    };
  }

  return {
    ...nodeFileSystem,
    steps,
    failAt(step, fault) {
      planned = { step: steps.length + step, fault };
    },
    async open(path, mode) {
      if (mode !== 'read') begin(mode, path);
      return wrap(await nodeFileSystem.open(path, mode), path);
    },
    async syncDir(dir) {
      begin('sync', dir);
      await nodeFileSystem.syncDir(dir);
    },
    async makeReadOnly(path) {
      begin('seal', path);
      await nodeFileSystem.makeReadOnly(path);
    },
    async remove(path) {
      begin('remove', path);
      await nodeFileSystem.remove(path);
    },
  };
}
