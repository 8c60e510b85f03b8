import { readlink } from 'node:fs/promises';
import { dirname, join, parse, sep } from 'node:path';

/** As many as Linux follows. */
const maxLinks = 40;

/**
 * Where an absolute path leads, as the system would follow it: each link on the way, in a folder without links, and the
 * end. Throws what `readlink` throws for what is not there.
 */
export async function placesOf(path: string): Promise<readonly string[]> {
  const places: string[] = [];
  let { root: at } = parse(path);
  const left = path.slice(at.length).split(sep);
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    const next = name === '..' ? dirname(at) : join(at, name);
    const target = next === at ? undefined : await findTarget(next);
    if (target === undefined) {
      at = next;
      continue;
    }
    places.push(next);
    if (places.length > maxLinks) throw new Error(`\`${path}\` leads over too many links`);
    const { root } = parse(target);
    if (root !== '') at = root;
    left.unshift(...target.slice(root.length).split(sep));
  }
  return [...places, at];
}

/** Undefined for what is no link. */
async function findTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    const isNoLink = error instanceof Error && 'code' in error && error.code === 'EINVAL';
    // Windows says so of a folder that is none
    if (isNoLink || process.platform === 'win32') return undefined;
    throw error;
  }
}
