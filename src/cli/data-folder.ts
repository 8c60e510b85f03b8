import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { HypervisorOptions } from '../setup.ts';
import { notThere } from './exit-code.ts';

/** Which data folder a command is for; every verb has these two. */
export const folderOptions = {
  dir: { type: 'string' },
  config: { type: 'string' },
} as const;
export const folderHelp = {
  dir: 'the data folder (default: what the configuration says, else .ringfence)',
  config: 'the configuration (default: ringfence.yaml, .yml or .json here)',
} as const;

const configNames = ['ringfence.yaml', 'ringfence.yml', 'ringfence.json'];
const defaultFolder = '.ringfence';

/** A data folder, and what is known of how to open it. */
export interface DataFolder {
  readonly dir: string;
  readonly rules: string | undefined;
  readonly settings: Omit<HypervisorOptions, 'dir' | 'rules'>;
}

/** The data folder, and how to open it when nobody runs; throws where there is none. */
export async function findDataFolder(
  given: { readonly dir?: string | undefined; readonly config?: string | undefined },
  cwd: string,
): Promise<DataFolder> {
  const configured = await readConfig(given.config, cwd);
  const dir = resolve(cwd, given.dir ?? configured?.dir ?? defaultFolder);
  if (!existsSync(join(dir, 'records.db'))) {
    throw notThere(
      `there is no data folder at \`${dir}\``,
      'start your program once, or name its folder with `--dir` or `--config`',
    );
  }
  // the rules of a configuration are those of its own folder, not of another that was named
  if (configured === undefined || resolve(configured.dir) !== dir)
    return { dir, rules: undefined, settings: {} };
  return configured;
}

/** The configuration that was named, or the one that stands here; throws where the named one is not there. */
export function findConfigFile(path: string | undefined, cwd: string): string | undefined {
  const found = path ?? configNames.find((name) => existsSync(join(cwd, name)));
  if (found === undefined) return undefined;
  const file = resolve(cwd, found);
  if (!existsSync(file)) throw notThere(`there is no configuration at \`${file}\``);
  return file;
}

async function readConfig(path: string | undefined, cwd: string): Promise<DataFolder | undefined> {
  const file = findConfigFile(path, cwd);
  if (file === undefined) return undefined;
  const { readOptions } = await import('../setup.ts');
  const { dir, rules, ...settings } = await readOptions(file);
  return { dir, rules, settings };
}
