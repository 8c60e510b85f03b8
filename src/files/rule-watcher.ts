import type { Clock } from '../core/model/ports.ts';
import { SupervisionError } from '../core/model/errors.ts';
import { watchFolder, type FolderWatch } from './folder-watch.ts';
import { createReloader, type ReloaderOptions, type ReloadResult } from './reload-rules.ts';

export interface RuleWatcherOptions<Set> extends ReloaderOptions<Set> {
  /** Says that the system does not let us watch: changes are then seen at the next poll. */
  readonly watchFailed?: (error: unknown) => void;
  /** Quiet time after a change before the files are read, milliseconds; default 30. */
  readonly debounceMs?: number;
  /** How often the folder is looked at without an event, milliseconds; default 2,000. */
  readonly pollMs?: number;
  readonly clock: Clock;
  /** Whether a file of this name in the folder matters. Default: rule files. */
  readonly isOurs?: (name: string) => boolean;
}

/** Keeps the set in force equal to the files, and the last good one when they are wrong. */
export interface RuleWatcher<Set> {
  /** Watches, then loads: no save after this resolves goes unseen. */
  start(): Promise<ReloadResult<Set>>;
  /** Reads the files now. One reload runs at a time; calls meanwhile share the next. */
  reload(): Promise<ReloadResult<Set>>;
  /** Stops watching; a reload under way ends first. */
  close(): Promise<void>;
}

/** A burst of changes waits at most so many times the quiet time. */
const longestBurst = 4;

/** Nothing is put in force that was not read whole, loaded without a problem and activated. */
export function createRuleWatcher<Set>(options: RuleWatcherOptions<Set>): RuleWatcher<Set> {
  const { path, clock, debounceMs = 30, pollMs = 2000 } = options;
  const reloader = createReloader(options);
  const debounce = createDebounce(clock, debounceMs, () => background(reload()));
  let watching: Promise<FolderWatch> | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<ReloadResult<Set>> | undefined;
  let isClosed = false;
  let cancelRetry: (() => void) | undefined;

  function reload(): Promise<ReloadResult<Set>> {
    next ??= running.then(() => {
      next = undefined;
      return isClosed ? Promise.reject(closed()) : reloader.reload();
    });
    running = next.catch(() => undefined);
    return next;
  }

  /** What could not be activated is tried again, though no file changes. */
  function retry(): void {
    cancelRetry = clock.after(pollMs, () => {
      if (reloader.isStale()) background(reload());
      retry();
    });
  }

  return {
    async start() {
      if (isClosed || watching !== undefined) throw isClosed ? closed() : started();
      const onError = options.watchFailed ?? ((): void => undefined);
      watching = watchFolder({
        path,
        onChange: debounce.touch,
        onError,
        pollMs,
        clock,
        ...(options.isOurs === undefined ? {} : { isOurs: options.isOurs }),
      });
      await watching;
      if (!isClosed) retry();
      return reload();
    },
    reload: () => (isClosed ? Promise.reject(closed()) : reload()),
    async close() {
      isClosed = true;
      debounce.cancel();
      cancelRetry?.();
      await (await watching)?.close();
      // an event between the two may have touched it again
      debounce.cancel();
      await running;
    },
  };
}

/** A reload asked for by an event answers through the callbacks; it rejects only once closed, which is no news. */
function background(work: Promise<unknown>): void {
  work.catch(() => undefined);
}

function closed(): SupervisionError {
  return new SupervisionError('CLOSED', 'the rule watcher is closed; make a new one');
}

function started(): SupervisionError {
  return new SupervisionError(
    'RULES_INVALID',
    'the rule watcher was started before; start it once',
  );
}

interface Debounce {
  readonly touch: () => void;
  readonly cancel: () => void;
}

/** Calls back after a quiet time, or after the longest burst if it never gets quiet. */
function createDebounce(clock: Clock, quietMs: number, callback: () => void): Debounce {
  let cancel: (() => void) | undefined;
  let firstMs = 0;
  return {
    touch() {
      const nowMs = clock.monotonicMs();
      if (cancel === undefined) firstMs = nowMs;
      const waitMs = Math.min(quietMs, firstMs + longestBurst * quietMs - nowMs);
      cancel?.();
      cancel = clock.after(Math.max(0, waitMs), () => {
        cancel = undefined;
        callback();
      });
    },
    cancel() {
      cancel?.();
      cancel = undefined;
    },
  };
}
