import { lstatSync } from 'node:fs';
import { readlink, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, parse, sep } from 'node:path';
import type { Paths } from '../core/model/ports.ts';

/** As many links as Linux follows before it says ELOOP. */
const maxLinks = 40;

/** The port over the real file system, as this process sees it. Never rejects: what cannot be resolved is undefined. */
export function createRealPaths(): Paths {
  return { realPath, home: homedir() };
}

async function realPath(path: string): Promise<string | undefined> {
  if (path.includes('\0')) return undefined;
  try {
    return findPlain(path) ?? (await resolveOnDisk(path));
  } catch {
    // a loop of links, a folder we may not search, a name too long, a working folder that is gone
    return undefined;
  }
}

/**
 * A relative path whose first name is no link (if it is all), or is not there, needs no following. Looked up without
 * waiting: such are most arguments of most calls, and a turn of the thread pool costs twenty times as much.
 */
function findPlain(path: string): string | undefined {
  if (sep === '\\' || path === '' || path.startsWith('/') || path.startsWith('.')) return undefined;
  const slash = path.indexOf('/');
  const cwd = process.cwd();
  const first = joinName(cwd, slash < 0 ? path : path.slice(0, slash));
  const stats = lstatSync(first, { throwIfNoEntry: false });
  if (stats === undefined) return slash < 0 ? first : findBelow(cwd, path);
  return slash < 0 && !stats.isSymbolicLink() ? first : undefined;
}

/** Below a name that is not there nothing is: the rest is as written, unless `..` leads out again. */
function findBelow(cwd: string, path: string): string | undefined {
  return path.includes('..') ? undefined : join(cwd, path);
}

function joinName(folder: string, name: string): string {
  return folder.endsWith(sep) ? folder + name : folder + sep + name;
}

async function resolveOnDisk(path: string): Promise<string | undefined> {
  // joined as text: `resolve` would fold `link/..` before the link is followed
  const absolute = isAbsolute(path) ? path : joinName(process.cwd(), path);
  try {
    return await realpath(absolute);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return walk(absolute);
  }
}

/** Follows a path that does not wholly exist, from the top: links as far as there are any, then the names as written. */
async function walk(absolute: string): Promise<string | undefined> {
  let here = parse(absolute).root;
  let missing = 0;
  let links = 0;
  const names = splitNames(absolute).toReversed();
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    if (name === '..') {
      here = dirname(here);
      missing = Math.max(0, missing - 1);
      continue;
    }
    const next = join(here, name);
    const target = missing > 0 ? 'missing' : await readTarget(next);
    if (typeof target === 'object') {
      links += 1;
      if (links > maxLinks) return undefined;
      if (isAbsolute(target.link)) here = parse(target.link).root;
      names.push(...splitNames(target.link).toReversed());
      continue;
    }
    here = next;
    if (target === 'missing') missing += 1;
  }
  return here;
}

async function readTarget(path: string): Promise<{ readonly link: string } | 'plain' | 'missing'> {
  try {
    return { link: await readlink(path) };
  } catch (error) {
    if (isMissing(error)) return 'missing';
    // EINVAL: it is there and is no link (UNKNOWN is what Windows says)
    if (hasCode(error, 'EINVAL') || hasCode(error, 'UNKNOWN')) return 'plain';
    throw error;
  }
}

function splitNames(path: string): readonly string[] {
  const names = path.slice(parse(path).root.length).split(sep === '\\' ? /[\\/]/ : '/');
  return names.filter((name) => name !== '' && name !== '.');
}

function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
