import type { FSWatcher } from 'chokidar';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Clock } from '../core/model/ports.ts';
import { isListFileName } from '../core/rules/list-files.ts';
import { isSetFileName } from './rule-files.ts';

export interface FolderWatchOptions {
  /** A folder, or a file whose folder is watched. */
  readonly path: string;
  /** Something may have changed; more often than it has. */
  readonly onChange: () => void;
  /** The system refuses to watch (its limit is reached, say): changes are then seen by the poll alone. */
  readonly onError: (error: unknown) => void;
  /** How often the folder is looked at without an event, milliseconds. */
  readonly pollMs: number;
  readonly clock: Clock;
  /** Whether a file of this name in the folder matters. Default: rule files. */
  readonly isOurs?: (name: string) => boolean;
}

export interface FolderWatch {
  close(): Promise<void>;
}

/** After an event: whether another folder took the place. */
const soonMs = 1;

/** What the folder is and holds, as far as a change shows in it; `identity` is another when a folder takes its place. */
interface Print {
  readonly identity: string;
  readonly contents: string;
}

/**
 * Tells of every change of a folder's own files, whichever way they are saved. It watches the folder and not the
 * files, since a watched file is lost when another is renamed over it; it starts anew when another folder takes the
 * place; and it compares states now and then, so that a missed event is late and not lost.
 */
export async function watchFolder(options: FolderWatchOptions): Promise<FolderWatch> {
  const { onChange, clock, pollMs, isOurs = isSetFileName } = options;
  const path = resolve(options.path);
  let watcher = await openWatcher(path, options, onEvent);
  // taken once watched: what changes from here on is an event or a difference
  let last = await printOf(path, isOurs);
  let isClosed = false;
  let isSoon = false;
  let looking: Promise<void> = Promise.resolve();
  let cancel = schedule(pollMs);

  function schedule(ms: number): () => void {
    return clock.after(ms, () => {
      looking = look().catch(options.onError).finally(lookAgain);
    });
  }

  function onEvent(): void {
    onChange();
    if (isSoon || isClosed) return;
    isSoon = true;
    cancel();
    cancel = schedule(soonMs);
  }

  async function look(): Promise<void> {
    isSoon = false;
    const now = await printOf(path, isOurs);
    if (isClosed) return;
    if (now.identity !== last.identity) {
      await watcher.close();
      watcher = await openWatcher(path, options, onEvent);
    }
    if (now.identity !== last.identity || now.contents !== last.contents) onChange();
    last = now;
  }

  /**
   * Also after a look that failed: without another, no edit would ever be seen again. Not soon, whatever came meanwhile:
   * a look can make events itself.
   */
  function lookAgain(): void {
    cancel();
    if (!isClosed) cancel = schedule(pollMs);
  }

  return {
    async close() {
      isClosed = true;
      cancel();
      await looking;
      cancel();
      await watcher.close();
    },
  };
}

/** Waits until the folder is watched, or cannot be. */
async function openWatcher(
  path: string,
  { onError, clock, pollMs, isOurs = isSetFileName }: FolderWatchOptions,
  onEvent: () => void,
): Promise<FSWatcher> {
  // loaded here: a program that never watches does not pay for it
  const { watch } = await import('chokidar');
  const folder = await folderOf(path, isOurs);
  const parent = dirname(folder);
  // a link is swapped in the folder that holds it; nothing happens then in the one it led to
  const isLink = await isSymbolicLink(folder);
  const watcher = watch(isLink ? [folder, parent] : folder, {
    depth: 0,
    ignoreInitial: true,
    persistent: false,
    atomic: false,
    ignored: (name) => isLink && dirname(name) === parent && name !== folder,
  });
  watcher.on('error', onError);
  watcher.on('raw', onEvent);
  watcher.on('all', onEvent);
  await new Promise<void>((done) => {
    const cancel = clock.after(pollMs, done);
    const go = (): void => {
      cancel();
      done();
    };
    watcher.once('ready', go);
    watcher.once('error', go);
  });
  return watcher;
}

async function isSymbolicLink(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isSymbolicLink() === true;
}

async function folderOf(path: string, isOurs: (name: string) => boolean): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  const isFile = stats === undefined ? isOurs(basename(path)) : stats.isFile();
  return isFile ? dirname(path) : path;
}

async function printOf(path: string, isOurs: (name: string) => boolean): Promise<Print> {
  const folder = await folderOf(path, isOurs);
  try {
    const { dev, ino } = await stat(folder, { bigint: true });
    const isWanted = folder === path ? isOurs : isListFileName;
    const names = new Set((await readdir(folder)).filter(isWanted));
    if (folder !== path) names.add(basename(path));
    const files = await Promise.all([...names].toSorted().map((name) => printFile(folder, name)));
    return { identity: `${dev}:${ino}`, contents: files.join('\n') };
  } catch {
    return { identity: 'missing', contents: '' };
  }
}

async function printFile(folder: string, name: string): Promise<string> {
  const stats = await stat(join(folder, name), { bigint: true }).catch(() => undefined);
  if (stats === undefined) return `${name}:missing`;
  return [name, stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':');
}
