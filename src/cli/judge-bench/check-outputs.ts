import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { quote } from '../../core/model/quote.ts';
import { findPromptPaths } from '../../files/prompt-folder.ts';
import { misuse } from '../exit-code.ts';
import type { BenchTask } from './options.ts';
import { checkFolderOf } from './write-whole.ts';

const outputs = ['record', 'calibrate', 'html'] as const;

/** Before anything is asked: throws where a file could not be written, or would take the place of one that is read. */
export async function checkOutputs(
  { settings, configFile, recorded, ...task }: BenchTask,
  others: readonly string[],
): Promise<void> {
  const { policyFile, calibrationFile, prompts } = settings;
  const overrides = prompts === undefined ? [] : await findPromptPaths(prompts);
  const read = [configFile, recorded, policyFile, calibrationFile, ...overrides, ...others];
  const taken = new Map<string, string>();
  for (const path of read) {
    if (path !== undefined) taken.set(await identityOf(path), 'is read');
  }
  for (const name of outputs) {
    const path = task[name];
    if (path === undefined) continue;
    await checkFolderOf(path);
    const identity = await identityOf(path);
    const why = taken.get(identity);
    if (why !== undefined) {
      throw misuse(`\`--${name}\` would overwrite ${quote(path, 200)}, which ${why}`, remedy);
    }
    taken.set(identity, `\`--${name}\` writes too`);
  }
}

const remedy = 'name a file of its own';

/** The same for every name of a file, links included. */
async function identityOf(path: string): Promise<string> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    // not there, so only the name can be the same
    const folder = await realpath(dirname(path)).catch(() => dirname(path));
    return join(folder, basename(path));
  }
}
