import { open } from 'node:fs/promises';

/** A group commit and nothing else: one file, one write and one fdatasync for all who wait. */
export interface BareLoop {
  /** Resolves once the bytes are on the disk. */
  append(bytes: string): Promise<void>;
  /** In line with the next that somebody waits for. */
  add(bytes: string): void;
  close(): Promise<void>;
}

export async function openBareLoop(path: string): Promise<BareLoop> {
  const file = await open(path, 'w');
  let waiting = { text: '', done: Promise.withResolvers<void>() };
  let isRunning = false;

  const run = async (): Promise<void> => {
    while (waiting.text !== '') {
      const batch = waiting;
      waiting = { text: '', done: Promise.withResolvers<void>() };
      await file.write(Buffer.from(batch.text));
      await file.datasync();
      batch.done.resolve();
      // those just served come back within this turn
      await new Promise((resolve) => void setImmediate(resolve));
    }
    isRunning = false;
  };
  return {
    add(bytes) {
      waiting.text += bytes;
    },
    append(bytes) {
      waiting.text += bytes;
      if (!isRunning) setImmediate(() => void run());
      isRunning = true;
      return waiting.done.promise;
    },
    close: () => file.close(),
  };
}
