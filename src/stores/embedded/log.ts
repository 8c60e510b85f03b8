import { frameLine } from '../../core/audit/segment-format.ts';
import { linkEntry } from '../../core/audit/chain.ts';
import type { Clock, EntryBody, Linked, Log } from '../../core/model/ports.ts';
import type { FileSystem } from './file-system.ts';
import { createGroupCommit } from './group-commit.ts';
import { readEntries } from './read-entries.ts';
import { openEntry } from './scan-segment.ts';
import { openSegments } from './segments.ts';
import type { TornTail } from './segments.ts';

export interface LogOptions {
  /** The folder of the segments, which nothing else writes to. */
  readonly dir: string;
  readonly clock: Clock;
  readonly files: FileSystem;
  /** Default 64 MiB. */
  readonly segmentBytes?: number;
  /** How long an entry that nobody waits for may stay unsynced (default 50 milliseconds). */
  readonly lingerMs?: number;
  /** What must be durable before a batch is written: the values that its entries commit to. */
  readonly before?: () => Promise<void>;
}

const defaultSegmentBytes = 64 * 1024 * 1024;
const defaultLingerMs = 50;
const maxUnsynced = 1024 * 1024;

/**
 * Opens the action log in segment files. A torn end is cut and noted as an entry `recovery`; any other damage of
 * the newest segment throws AUDIT_BROKEN with file and byte.
 */
export async function openLog(options: LogOptions): Promise<Log> {
  const { dir, clock, files, segmentBytes = defaultSegmentBytes } = options;
  const { segments, torn } = await openSegments({ dir, clock, files, segmentBytes });
  let tail = segments.head(); // the last entry in line, durable or not
  let recovering: Promise<void> | undefined;
  const commits = createGroupCommit({
    name: 'action log',
    clock,
    async commit(text) {
      const last = tail; // called as the batch is closed: its last entry is the tail
      await options.before?.();
      await segments.write(text, last);
    },
    lingerMs: options.lingerMs ?? defaultLingerMs,
    maxUnsynced,
  });

  async function append(
    entries: readonly EntryBody[],
    durable: boolean,
  ): Promise<readonly Linked[]> {
    if (entries.length === 0) return [];
    const links: Linked[] = [];
    let last = tail;
    let text = '';
    for (const body of entries) {
      const { seq, leaf, line } = linkEntry(body, last);
      last = { seq, leaf };
      links.push(last);
      text += frameLine(leaf, line);
    }
    const waits = commits.add(text, { durable }); // throws when nothing can be written: then the tail stays
    tail = last;
    if (waits !== undefined) await waits;
    return links;
  }

  async function note(torn: TornTail): Promise<void> {
    await append([{ type: 'recovery', time: clock.nowMs(), ...torn }], true);
  }

  async function recover(): Promise<void> {
    if (!commits.hasFailed()) return;
    const kept = commits.kept();
    const torn = await segments.recover(kept, lastOf(kept) ?? segments.head());
    tail = segments.head();
    commits.reset();
    if (torn !== undefined) await note(torn);
  }

  if (torn !== undefined) await note(torn);
  return {
    append: (entries, { durable = true } = {}) => append(entries, durable),
    read: (fromSeq) => readEntries({ dir, files, fromSeq, toSeq: segments.head().seq }),
    head: segments.head,
    recover() {
      recovering ??= recover().finally(() => {
        recovering = undefined;
      });
      return recovering;
    },
    async close() {
      try {
        await commits.close();
      } finally {
        await segments.close();
      }
    },
  };
}

function lastOf(text: string): Linked | undefined {
  const line = text.slice(text.lastIndexOf('\n', text.length - 2) + 1, -1);
  return line === '' ? undefined : openEntry(line);
}
