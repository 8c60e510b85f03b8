import type { Clock } from '../../core/model/ports.ts';
import { SupervisionError } from '../../core/model/errors.ts';

/** One write and one sync for everybody who waits. */
export interface GroupCommit {
  /**
   * Puts text in line. Undefined when it need not be waited for; else resolves once it is durable.
   * Throws when closed or when an earlier write failed.
   */
  add(text: string, options: { readonly durable: boolean }): Promise<void> | undefined;
  /** Resolves once all that is in line is durable. */
  flush(): Promise<void>;
  /** Takes nothing more; flushes. */
  close(): Promise<void>;
  /** After a failure: the text that was in line up to the last that nobody waited for. Empty if there is none. */
  kept(): string;
  /** Starts anew after a failure. */
  reset(): void;
  readonly hasFailed: () => boolean;
}

export interface GroupCommitOptions {
  /** For messages: `action log`, `vault`. */
  readonly name: string;
  readonly clock: Clock;
  /** Writes and syncs. Called for one batch at a time; after it has failed, not again before `reset`. */
  readonly commit: (text: string) => Promise<void>;
  /** How long text that nobody waits for may stay unsynced (milliseconds). */
  readonly lingerMs: number;
  /** Beyond so many unsynced characters that nobody waits for, their writers wait too. */
  readonly maxUnsynced: number;
}

interface Batch {
  text: string;
  /** Its first part, up to the last text that nobody waits for. */
  kept: string;
  readonly done: PromiseWithResolvers<void>;
}

function openBatch(): Batch {
  const done = Promise.withResolvers<void>();
  done.promise.catch(() => {}); // those who wait get the error themselves; perhaps nobody does
  return { text: '', kept: '', done };
}

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { name, clock, commit, lingerMs, maxUnsynced } = options;
  let waiting = openBatch();
  let running: Batch | undefined;
  let isStarted = false; // until nothing is in line any more
  let stopTimer: (() => void) | undefined;
  let failure: { readonly cause: unknown; readonly kept: string } | undefined;
  let isClosed = false;

  const hasFailed = () => failure !== undefined;

  function add(text: string, { durable }: { readonly durable: boolean }) {
    check();
    waiting.text += text;
    if (!durable && waiting.kept.length <= maxUnsynced) {
      waiting.kept = waiting.text;
      stopTimer ??= clock.after(lingerMs, start);
      return undefined;
    }
    start();
    return waiting.done.promise;
  }

  function check(): void {
    if (isClosed) throw new SupervisionError('CLOSED', `the ${name} is closed`);
    if (failure !== undefined) throw unavailable(name, failure.cause);
  }

  // in the next turn of the loop, so that all who write in this one share a sync
  function start(): void {
    if (isStarted) return;
    isStarted = true;
    setImmediate(() => void run());
  }

  async function run(): Promise<void> {
    while (waiting.text !== '' && !hasFailed()) {
      running = waiting;
      waiting = openBatch();
      stopTimer?.();
      stopTimer = undefined;
      await runBatch(running);
    }
    // INVARIANT: no await between the last look at `waiting` and here, or a text could stay in line for ever
    running = undefined;
    isStarted = false;
  }

  async function runBatch(batch: Batch): Promise<void> {
    try {
      await commit(batch.text);
      batch.done.resolve();
    } catch (cause) {
      fail(batch, cause);
    }
    // the callers just served come back within this turn: let them into the next batch
    await new Promise((resolve) => void setImmediate(resolve));
  }

  function fail(batch: Batch, cause: unknown): void {
    const kept = waiting.kept === '' ? batch.kept : batch.text + waiting.kept;
    failure = { cause, kept };
    const error = unavailable(name, cause);
    batch.done.reject(error);
    waiting.done.reject(error);
    stopTimer?.();
    stopTimer = undefined;
  }

  async function flush(): Promise<void> {
    if (failure !== undefined) throw unavailable(name, failure.cause);
    const last = waiting.text === '' ? running : waiting;
    if (last === undefined) return;
    start();
    await last.done.promise;
  }

  return {
    add,
    flush,
    async close() {
      isClosed = true;
      await flush();
    },
    kept: () => failure?.kept ?? '',
    reset() {
      failure = undefined;
      waiting = openBatch();
    },
    hasFailed,
  };
}

function unavailable(name: string, cause: unknown): SupervisionError {
  const message = `the ${name} cannot be written, nothing runs until it can; free or repair the disk, then recover`;
  return new SupervisionError('LOG_UNAVAILABLE', message, { cause });
}
