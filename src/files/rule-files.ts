import type { BigIntStats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SupervisionError } from '../core/model/errors.ts';
import { checkPermissions, checkPlaceOf } from './check-permissions.ts';
import { listFileNames } from '../core/rules/list-files.ts';
import { isSameState, readSteady, unreadable } from './read-steady.ts';

/** One file of rules: its name in the folder, and its text. */
export interface RuleText {
  readonly name: string;
  readonly text: string;
}

/** Bytes of all rule files together. */
export const maxRuleBytes = 64 * 1024 * 1024;

/** How often a folder whose entries change meanwhile is read again. */
const attempts = 5;
/** Files open at once. */
const width = 16;

/**
 * The rule files at `path`, sorted by name: a folder's own `*.json` (links followed; names with a leading dot and
 * `*.schema.json` and `*.tests.json` left out) or one file, and the files beside them that they name as lists. Throws
 * RULES_INVALID for what is missing or unreadable, RULES_UNSAFE for
 * what others could write.
 */
export async function readRuleFiles(path: string): Promise<readonly RuleText[]> {
  const absolute = resolve(path);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await statPath(absolute);
    const files = await readAll(absolute, before);
    const after = await statPath(absolute);
    if (!before.isDirectory() || isSameState(before, after)) return files;
  }
  throw new SupervisionError(
    'RULES_INVALID',
    `folder \`${absolute}\` keeps changing while it is read; write elsewhere and rename into place`,
  );
}

/**
 * The real paths of the folder or file at `path` and of every rule file that a link leads out of it: what the
 * agent must not reach. Throws as `readRuleFiles` does.
 */
export async function findRulePaths(path: string): Promise<readonly string[]> {
  const absolute = resolve(path);
  const stats = await statPath(absolute);
  const isFolder = stats.isDirectory();
  const folder = isFolder ? absolute : dirname(absolute);
  const names = isFolder ? await listNames(folder, isSetFileName) : await namesAround(absolute);
  const files = await Promise.all(names.map((name) => realOf(join(folder, name))));
  return [...new Set([absolute, await realOf(absolute), ...files])];
}

async function readAll(path: string, stats: BigIntStats): Promise<readonly RuleText[]> {
  const folder = stats.isDirectory() ? path : dirname(path);
  await checkPermissions(folder, await statPath(folder));
  await checkPlaceOf(folder);
  const names = stats.isDirectory() ? await listNames(folder, isRuleFileName) : [basename(path)];
  const files = await readNames(folder, names, maxRuleBytes);
  const lists = await findLists(folder, files);
  if (lists.length === 0) return files;
  const left = files.reduce((bytes, { text }) => bytes - Buffer.byteLength(text), maxRuleBytes);
  const all = [...files, ...(await readNames(folder, lists, left))];
  return all.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** The lists that are there and not read yet; the loader says of one that is missing. */
async function findLists(folder: string, files: readonly RuleText[]): Promise<readonly string[]> {
  const read = new Set(files.map(({ name }) => name));
  const wanted = listFileNames(files).filter((name) => !read.has(name));
  if (wanted.length === 0) return [];
  const there = new Set(await readdir(folder));
  return wanted.filter((name) => there.has(name));
}

/** Of one file alone: it, and the lists beside it as far as the file can be read. */
async function namesAround(path: string): Promise<readonly string[]> {
  const name = basename(path);
  const files = await readNames(dirname(path), [name], maxRuleBytes).catch(() => []);
  return [name, ...(await findLists(dirname(path), files))];
}

async function readNames(
  folder: string,
  names: readonly string[],
  most: number,
): Promise<readonly RuleText[]> {
  const files: RuleText[] = [];
  const realFolder = await realOf(folder);
  let left = most;
  for (let from = 0; from < names.length; from += width) {
    const some = names.slice(from, from + width);
    const maxBytes = left;
    const read = await Promise.all(
      some.map((name) => readOne(join(folder, name), { maxBytes, realFolder })),
    );
    files.push(...read);
    left -= read.reduce((sum, file) => sum + Buffer.byteLength(file.text), 0);
    if (left < 0) throw tooLarge(folder);
  }
  return files;
}

async function readOne(
  path: string,
  { maxBytes, realFolder }: { readonly maxBytes: number; readonly realFolder: string },
): Promise<RuleText> {
  const text = await readSteady(path, {
    maxBytes,
    invalid: 'RULES_INVALID',
    unsafe: 'RULES_UNSAFE',
  });
  const name = basename(path);
  // the folder itself was looked at before
  if ((await realOf(path)) !== join(realFolder, name)) await checkPlaceOf(path);
  return { name, text };
}

async function listNames(
  folder: string,
  isWanted: (name: string) => boolean,
): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter(isWanted).toSorted();
  } catch (error) {
    throw unreadable('folder', folder, 'RULES_INVALID', error);
  }
}

/** Whether a file of this name in a rules folder is read as rules. */
function isRuleFileName(name: string): boolean {
  const lower = name.toLowerCase();
  const isOther = lower.endsWith('.schema.json') || lower.endsWith('.tests.json');
  return lower.endsWith('.json') && !isOther && !name.startsWith('.');
}

/** Whether a file of this name may be part of a set: rules, or a list that they name. */
export function isSetFileName(name: string): boolean {
  return isRuleFileName(name) || (/\.txt$/i.test(name) && !name.startsWith('.'));
}

async function statPath(path: string): Promise<BigIntStats> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    throw unreadable('file or folder', path, 'RULES_INVALID', error);
  }
}

async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw unreadable('file or folder', path, 'RULES_INVALID', error);
  }
}

function tooLarge(folder: string): SupervisionError {
  return new SupervisionError(
    'RULES_INVALID',
    `the rule files of \`${folder}\` are larger than ${maxRuleBytes} bytes together; split the folder or remove some`,
  );
}
