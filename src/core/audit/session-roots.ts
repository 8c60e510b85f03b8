import type { LogEntry } from '../model/ports.ts';
import { createMerkleRange, emptyRoot } from './merkle.ts';
import type { MerkleRange } from './merkle.ts';

/** The types of entries that state the root of a session's entries so far, and are no leaf of it. */
export const rootTypes: ReadonlySet<string> = new Set(['session.ended', 'session.commit']);

/** Follows the RFC 6962 trees of sessions through the log: one of an entry's session per `body.session`. */
export interface SessionRoots {
  /** Takes the next entry; says what a stated root or count gets wrong. */
  apply(entry: LogEntry): readonly string[];
}

export function createSessionRoots(): SessionRoots {
  const ranges = new Map<string, MerkleRange>();
  return {
    apply({ leaf, body }) {
      const { session, type } = body;
      if (typeof session !== 'string') return [];
      // opened again after a crash: the root that will be stated starts here
      if (type === 'session.opened') ranges.delete(session);
      if (!rootTypes.has(type)) {
        rangeOf(ranges, session).push(leaf);
        return [];
      }
      const range = ranges.get(session);
      if (type === 'session.ended') ranges.delete(session);
      return compare(body, range);
    },
  };
}

function rangeOf(ranges: Map<string, MerkleRange>, session: string): MerkleRange {
  const known = ranges.get(session);
  if (known !== undefined) return known;
  const range = createMerkleRange();
  ranges.set(session, range);
  return range;
}

function compare(body: LogEntry['body'], range: MerkleRange | undefined): readonly string[] {
  const { root, count } = body;
  const wrong: string[] = [];
  if (root !== (range?.root() ?? emptyRoot)) {
    wrong.push("the root is not that of the session's entries");
  }
  if (count !== undefined && count !== (range?.size() ?? 0)) {
    wrong.push("the count is not that of the session's entries");
  }
  return wrong;
}
