import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseSegmentName } from '../core/audit/segment-format.ts';
import { notThere } from './exit-code.ts';

/** Finds the segments of a log in a data folder, or in its `log` folder; throws where there are none. */
export async function findLogFolder(path: string, cwd: string): Promise<string> {
  const folder = resolve(cwd, path);
  for (const dir of [join(folder, 'log'), folder]) {
    if (existsSync(dir) && (await listSegments(dir)).length > 0) return dir;
  }
  const what = existsSync(folder) ? 'holds no action log' : 'does not exist';
  throw notThere(`\`${path}\` ${what}`, 'name a data folder, or the `log` folder in it');
}

/** The names of the segments, oldest first. */
export async function listSegments(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch(() => []);
  return names.filter((name) => parseSegmentName(name) !== undefined).toSorted();
}
