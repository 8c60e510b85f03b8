import { createMerkleRange } from '../audit/merkle.ts';
import type { Recorder } from '../audit/recorder.ts';
import type { Clock, Log } from '../model/ports.ts';

export interface SessionCommits {
  /** Writes like the recorder, but holds back the entries of a session while its root is computed and written. */
  readonly recorder: Recorder;
  /** The RFC 6962 root over the session's entries from `fromSeq` on, written as `session.ended`; in hexadecimal. */
  commit(session: string, fromSeq: number): Promise<string>;
}

/** The root of a session must be that of all its entries before the one that states it; so none may slip between. */
export function createSessionCommits(options: {
  readonly recorder: Recorder;
  readonly log: Log;
  readonly clock: Clock;
}): SessionCommits {
  const { recorder, log, clock } = options;
  const closing = new Map<string, Promise<unknown>>();

  const commitNow = async (session: string, fromSeq: number): Promise<string> => {
    // durable, and so is every line before it: from here on the log can be read
    const { seq } = await recorder.record({ type: 'session.ending', time: clock.nowMs(), session });
    const range = createMerkleRange();
    let first = seq;
    for await (const entry of log.read(fromSeq)) {
      if (entry.seq > seq) break;
      if (entry.body['session'] !== session) continue;
      first = Math.min(first, entry.seq);
      range.push(entry.leaf);
    }
    const root = range.root();
    const sum = { count: range.size(), first, last: seq, root };
    await recorder.record({ type: 'session.ended', time: clock.nowMs(), session, ...sum });
    return root;
  };

  return {
    recorder: {
      record(body, ...rest) {
        const { session } = body;
        const closed = typeof session === 'string' ? closing.get(session) : undefined;
        // handed on as it is: another promise around it would cost every call three turns
        if (closed === undefined) return recorder.record(body, ...rest);
        return closed.then(() => recorder.record(body, ...rest));
      },
    },
    async commit(session, fromSeq) {
      const done = Promise.withResolvers<void>();
      closing.set(session, done.promise);
      try {
        return await commitNow(session, fromSeq);
      } finally {
        closing.delete(session);
        done.resolve();
      }
    },
  };
}
