import type { BigIntStats } from 'node:fs';
import { access, constants, lstat, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SupervisionError, type ErrorCode } from '../core/model/errors.ts';
import { placesOf } from './places-of.ts';

/** Mode bits: may be written by the group, by the world; only the owner of an entry may rename it (sticky). */
const groupWrites = 0o020n;
const worldWrites = 0o002n;
const sticky = 0o1000n;

/** Who beside the owner may write, from owner and mode alone; undefined is nobody. On Windows always undefined. */
export function findOtherWriter(stats: BigIntStats): 'world' | 'group' | undefined {
  if (process.platform === 'win32') return undefined;
  if ((stats.mode & worldWrites) !== 0n) return 'world';
  // a group with its user's own number is that user alone (user private groups); `staff` or `users` are many
  if ((stats.mode & groupWrites) !== 0n && stats.gid !== stats.uid) return 'group';
  return undefined;
}

/**
 * Throws `code` when a file or folder can be written by others, naming the chmod that mends it. What lies on a
 * read-only mount is fine whatever its mode says: so Kubernetes mounts its ConfigMaps.
 */
export async function checkPermissions(
  path: string,
  stats: BigIntStats,
  code: ErrorCode = 'RULES_UNSAFE',
): Promise<void> {
  const writer = findOtherWriter(stats);
  if (writer === undefined || (await isReadOnly(path))) return;
  const what = stats.isDirectory() ? 'folder' : 'file';
  const who = writer === 'world' ? 'everybody' : `group ${stats.gid}`;
  const remedy = writer === 'world' ? 'chmod go-w' : 'chmod g-w';
  throw new SupervisionError(
    code,
    `${what} \`${path}\` can be written by ${who}, and so by what it judges; run \`${remedy} '${path}'\``,
  );
}

/**
 * Throws `code` where everybody could put another file or folder in the place of this one, of a link that leads to it, or
 * of a folder above. Sticky folders such as /tmp are fine there: nobody can rename in them what another owns.
 */
export async function checkPlaceOf(path: string, code: ErrorCode = 'RULES_UNSAFE'): Promise<void> {
  for (const place of await placesOf(resolve(path))) await checkParents(place, code);
}

async function checkParents(place: string, code: ErrorCode): Promise<void> {
  // of a link itself: where it leads may be another device, and it can be replaced all the same
  let child = await lstat(place, { bigint: true });
  for (let path = place; path !== dirname(path);) {
    path = dirname(path);
    const parent = await stat(path, { bigint: true });
    // a mount point cannot be renamed
    const isMount = parent.dev !== child.dev;
    if (!isMount && (parent.mode & sticky) === 0n && (parent.mode & worldWrites) !== 0n) {
      await checkPermissions(path, parent, code);
    }
    child = parent;
  }
}

async function isReadOnly(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS';
  }
}
