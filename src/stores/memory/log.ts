import { genesis, linkEntry, parseLine } from '../../core/audit/chain.ts';
import type { Link } from '../../core/audit/chain.ts';
import { SupervisionError } from '../../core/model/errors.ts';
import type { EntryBody, Linked, Log, LogEntry } from '../../core/model/ports.ts';

/**
 * A log that lives and dies with the process, chained exactly as the embedded one: for replays and tests.
 * Reads give at least the newest `keep` entries (default 100,000); older ones are forgotten, their place in the chain is not.
 */
export function createMemoryLog(options: { readonly keep?: number } = {}): Log {
  const keep = options.keep ?? 100_000;
  let links: Link[] = [];
  let head: Linked = genesis;
  let isClosed = false;

  function append(entries: readonly EntryBody[]): readonly Linked[] {
    if (isClosed) throw new SupervisionError('CLOSED', 'the action log is closed');
    let tail = head;
    const added = entries.map((body) => {
      const link = linkEntry(body, tail);
      tail = link;
      return link;
    });
    for (const link of added) links.push(link);
    if (links.length > 2 * keep) links = links.slice(-keep); // in large steps, so that it costs little an entry
    head = { seq: tail.seq, leaf: tail.leaf };
    return added.map(({ seq, leaf }) => ({ seq, leaf }));
  }

  return {
    append: async (entries) => append(entries),
    async *read(fromSeq) {
      const from = links.findIndex((link) => link.seq >= fromSeq);
      if (from !== -1) yield* links.slice(from).map(toEntry);
    },
    head: () => head,
    recover: async () => {},
    close: async () => {
      isClosed = true;
    },
  };
}

function toEntry({ leaf, line }: Link): LogEntry {
  const placed = parseLine(line, leaf);
  if (placed === undefined)
    throw new SupervisionError('AUDIT_BROKEN', 'an entry in memory is broken');
  return placed.entry;
}
