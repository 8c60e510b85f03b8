import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Runs the work with an empty folder of its own and removes it. Beside the bench and not in the system's temporary
 * folder, which is often memory, where a sync costs nothing.
 */
export async function withFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const parent = fileURLToPath(new URL('.', import.meta.url));
  const dir = await mkdtemp(join(parent, '.scratch-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
