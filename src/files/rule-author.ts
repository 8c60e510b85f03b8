import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { RuleFile } from '../core/rules/problem.ts';

/**
 * Who owns the files that differ: `os:NAME` for this process's user, `uid:N` for another, several with a comma
 * between them; `unknown` where nobody can tell (a file that is gone, Windows). Whoever owns a file need not be
 * who saved it.
 */
export async function findAuthor(
  path: string,
  before: readonly RuleFile[],
  after: readonly RuleFile[],
): Promise<string> {
  if (process.platform === 'win32') return unknown;
  const known = new Map(before.map(({ name, text }) => [name, text]));
  const changed = after.filter(({ name, text }) => known.get(name) !== text);
  const names = new Set(after.map(({ name }) => name));
  const left = before.some(({ name }) => !names.has(name));
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const owners = await Promise.all(
    changed.map(({ name }) => findOwner(isFolder ? join(path, name) : path)),
  );
  const all = new Set(left ? [...owners, unknown] : owners);
  return all.size === 0 ? unknown : [...all].toSorted().slice(0, maxOwners).join(', ');
}

const unknown = 'unknown';
const maxOwners = 8;

async function findOwner(path: string): Promise<string> {
  try {
    const { uid } = await stat(path);
    const self = userInfo();
    return uid === self.uid ? `os:${self.username}` : `uid:${uid}`;
  } catch {
    return unknown;
  }
}
