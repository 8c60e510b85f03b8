import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { SupervisionError } from '../core/model/errors.ts';
import { sha256Hex } from '../core/model/seal-json.ts';
import type { Clock } from '../core/model/ports.ts';

/** The files of a rules folder as one text each. */
interface File {
  readonly name: string;
  readonly text: string;
}
/** What is wrong and where; a rule problem is one. */
interface Problem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly pointer: string;
  readonly message: string;
}
type Loaded<Set> =
  | { readonly ok: true; readonly set: Set }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface RuleWatcherOptions<Set> {
  /** A folder, or one file. */
  readonly path: string;
  /** Reads all files; throws a `SupervisionError` for what cannot be read. */
  readonly read: () => Promise<readonly File[]>;
  readonly load: (files: readonly File[]) => Loaded<Set>;
  /** Puts the set in force; the next change waits for it. */
  readonly activate: (set: Set) => Promise<void>;
  /** The last good set stays. */
  readonly reject: (problems: readonly Problem[], files: readonly File[]) => void;
  readonly clock: Clock;
  /** How long to wait for more changes: default 30 milliseconds. */
  readonly debounceMs?: number;
  /** How often to look even where the system told of no change: default 2,000 milliseconds. */
  readonly pollMs?: number;
}

export interface RuleWatcher {
  /** Watches from here on; what is on disk is looked at once before it resolves. */
  start(): Promise<void>;
  /** Reads now; resolves when what was on disk is in force or rejected. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Watches the folder (a watch on a file misses what editors and Kubernetes do) and its parent (so that a folder
 * swapped by a rename is seen). Every event leads to reading it all again: contents decide, not events.
 */
export function createRuleWatcher<Set>(options: RuleWatcherOptions<Set>): RuleWatcher {
  const { clock, debounceMs = 30, pollMs = 2000 } = options;
  const path = resolve(options.path);
  let seen: string | undefined;
  let marks = '';
  let running: Promise<void> | undefined;
  let isDirty = false;
  let isClosed = false;
  let cancelDebounce: (() => void) | undefined;
  let cancelPoll: (() => void) | undefined;
  let watcher: FSWatcher | undefined;

  /** One look at a time; a change during it leads to another. */
  const look = (): Promise<void> => {
    isDirty = true;
    running ??= lookWhileDirty().finally(() => {
      running = undefined;
    });
    return running;
  };
  const lookWhileDirty = async (): Promise<void> => {
    while (isDirty) {
      isDirty = false;
      if (!isClosed) await lookOnce();
    }
  };
  const lookOnce = async (): Promise<void> => {
    let files: readonly File[] = [];
    try {
      files = await options.read();
      if (files.length === 0 && seen !== undefined) throw emptied(path);
      const hash = sha256Hex(JSON.stringify(files));
      if (hash === seen) return;
      const loaded = options.load(files);
      if (loaded.ok) await options.activate(loaded.set);
      else options.reject(loaded.problems, files);
      seen = hash;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (seen === message) return;
      seen = message;
      options.reject([{ severity: 'error', file: path, pointer: '', message }], files);
    }
  };
  const schedule = (): void => {
    if (isClosed) return;
    cancelDebounce?.();
    cancelDebounce = clock.after(debounceMs, () => void look());
  };
  const poll = async (): Promise<void> => {
    const now = await readMarks(path);
    if (now !== marks) schedule();
    marks = now;
    if (!isClosed) cancelPoll = clock.after(pollMs, () => void poll());
  };

  return {
    reload: look,
    async start() {
      watcher = await watch(path, schedule);
      await look();
      await poll();
    },
    async close() {
      isClosed = true;
      cancelDebounce?.();
      cancelPoll?.();
      await watcher?.close();
      await running;
    },
  };
}

function emptied(path: string): SupervisionError {
  return new SupervisionError(
    'RULES_INVALID',
    `folder \`${path}\` has no rule files any more; to deny everything, leave a file with no rules`,
  );
}

/** chokidar is loaded when something is watched. */
async function watch(path: string, onChange: () => void): Promise<FSWatcher> {
  const chokidar = await import('chokidar');
  const parent = dirname(path);
  const watcher = chokidar.watch(parent, {
    ignoreInitial: true,
    depth: 1,
    ignored: (each) => each !== parent && each !== path && !each.startsWith(path + sep),
  });
  // raw too: what looks like no change to the library may be one to us
  watcher.on('all', onChange);
  watcher.on('raw', onChange);
  // a failing watch leaves the poll
  watcher.on('error', onChange);
  const { promise, resolve } = Promise.withResolvers<void>();
  watcher.once('ready', () => resolve());
  await promise;
  return watcher;
}

/** Names, sizes, times and inodes: cheap, and enough to see that something may have changed. */
async function readMarks(path: string): Promise<string> {
  const names = await readdir(path).catch(() => []);
  const paths = [path, ...names.map((name) => join(path, name))];
  const marks = await Promise.all(paths.map(readMark));
  return marks.join('\n');
}

async function readMark(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [path, ino, size, mtimeNs, ctimeNs].join();
  } catch {
    return `${path} is not there`;
  }
}
