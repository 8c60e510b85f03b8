import { SupervisionError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { Clock } from '../model/ports.ts';
import { describeResult } from './describe-result.ts';
import { finishedEntry } from './entries.ts';
import type { Received } from './receive.ts';
import type { Ending, Ledger } from './ride.ts';

/** Calls handed to foreign code (advisory mode): settled when their result comes back, else unknown. */
export interface Releases {
  add(received: Received, ending: Omit<Ending, 'entry' | 'result'>): void;
  /** Throws for a call that is not released, or was settled before. */
  settle(
    callId: string,
    result: { readonly value: Json } | { readonly error: string },
  ): Promise<void>;
  close(): Promise<void>;
  readonly size: number;
}

const unsettledMs = 10 * 60_000;

interface Released {
  readonly ending: Omit<Ending, 'entry' | 'result'>;
  readonly startedMs: number;
  readonly cancelTimer: () => void;
}

export function createReleases(clock: Clock, ledger: Ledger): Releases {
  const released = new Map<string, Released>();
  const end = async (
    { ending, startedMs }: Released,
    status: 'done' | 'failed' | 'unknown',
    result: Ending['result'],
  ): Promise<void> => {
    const entry = finishedEntry(ending.received.call, status, { startedMs, nowMs: clock.nowMs() });
    await ledger.finished({ ...ending, entry, result, past: { ...ending.past, status } });
  };
  const take = (callId: string): Released | undefined => {
    const found = released.get(callId);
    released.delete(callId);
    found?.cancelTimer();
    return found;
  };
  return {
    get size() {
      return released.size;
    },
    add({ call }, ending) {
      const cancelTimer = clock.after(unsettledMs, () => {
        const late = take(call.id);
        if (late !== undefined) void end(late, 'unknown', undefined);
      });
      released.set(call.id, { ending, startedMs: clock.nowMs(), cancelTimer });
    },
    async settle(callId, result) {
      // made first: what cannot be read must not cost the call its end
      const ran = describeResult(
        'error' in result
          ? { kind: 'error', error: result.error }
          : { kind: 'value', value: result.value },
      );
      const found = take(callId);
      if (found === undefined) {
        throw new SupervisionError(
          'ALREADY_DONE',
          `call \`${callId}\` is not waiting to be settled`,
        );
      }
      return end(found, 'error' in result ? 'failed' : 'done', ran);
    },
    async close() {
      for (const id of released.keys()) {
        const found = take(id);
        if (found !== undefined) await end(found, 'unknown', undefined);
      }
    },
  };
}
