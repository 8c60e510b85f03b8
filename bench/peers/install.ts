import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Note } from '../figure.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Installs the peers into bench/node_modules where they are missing or older than the lockfile; false if that fails. */
export function installPeers({ mayInstall, note }: { mayInstall: boolean; note: Note }): boolean {
  if (isInstalled()) return true;
  if (!mayInstall) {
    note('the peers are not installed, and a short run installs nothing: our own figures only');
    return false;
  }
  note('installing the peers into bench/node_modules (npm ci), once');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status === 0) return true;
  note('npm could not install the peers (see above): our own figures only');
  return false;
}

function isInstalled(): boolean {
  const stamp = `${folder}node_modules/.package-lock.json`;
  if (!existsSync(stamp)) return false;
  return statSync(stamp).mtimeMs >= statSync(`${folder}package-lock.json`).mtimeMs;
}
