import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPermissions, checkPlaceOf } from './check-permissions.ts';
import type { PromptText } from './prompt-file.ts';
import { readSteady, unreadable } from './read-steady.ts';

const maxPromptBytes = 256 * 1024;

/** Whether a file of this name in a prompts folder is a prompt. */
export function isPromptFileName(name: string): boolean {
  return name.toLowerCase().endsWith('.md') && !name.startsWith('.') && name !== 'README.md';
}

/** The `*.md` files of a folder, sorted by name. Throws `PROMPT_INVALID`, also for what others could write. */
export async function readPromptFolder(folder: string): Promise<readonly PromptText[]> {
  const code = 'PROMPT_INVALID' as const;
  const options = { maxBytes: maxPromptBytes, invalid: code, unsafe: code };
  const names = await listNames(folder);
  await checkPermissions(folder, await stat(folder, { bigint: true }), code);
  return Promise.all(
    names.map(async (name) => {
      const text = await readSteady(join(folder, name), options);
      await checkPlaceOf(join(folder, name), code);
      return { name, text };
    }),
  );
}

/** The folder and every file that a link leads out of it, by their real paths: what no tool may reach. */
export async function findPromptPaths(folder: string): Promise<readonly string[]> {
  const names = await listNames(folder);
  const real = [folder, ...names.map((name) => join(folder, name))].map((path) => realpath(path));
  return [...new Set([folder, ...(await Promise.all(real))])];
}

async function listNames(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter(isPromptFileName).toSorted();
  } catch (error) {
    throw unreadable('folder', folder, 'PROMPT_INVALID', error);
  }
}
