import type { PastCall } from '../model/call.ts';

/** The last calls of a session, for whoever judges the next one. */
export interface PastCalls {
  add(call: PastCall): void;
  /** In the order of time, frozen: a supervisor may hold the list it was given, and change nothing of it. */
  readonly all: readonly PastCall[];
}

const none: readonly never[] = Object.freeze([]);

export function createPastCalls(max: number): PastCalls {
  let calls: PastCall[] | undefined;
  // most calls are judged by rules alone, which read the next list never
  let shown: readonly PastCall[] | undefined;
  return {
    add(call) {
      calls ??= [];
      const released = calls.findIndex(({ status, callId }) => {
        return status === 'released' && callId === call.callId;
      });
      // a call that was released comes to its end: one entry for both
      if (released !== -1) calls.splice(released, 1);
      calls.push(Object.freeze(call));
      if (calls.length > max) calls.shift();
      shown = undefined;
    },
    get all() {
      if (calls === undefined) return none;
      return (shown ??= Object.freeze([...calls]));
    },
  };
}
