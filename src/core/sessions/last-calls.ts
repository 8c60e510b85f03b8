import { joinKey } from '../model/length-prefixed.ts';
import type { RememberedCall } from '../model/provenance.ts';

/** The last call of each tool and action, for rules that ask what ran before. */
export interface LastCalls {
  /** False: there are too many, and the one of longest ago was forgotten. */
  add(call: RememberedCall): boolean;
  /** In the order of time. */
  readonly all: readonly RememberedCall[];
}

interface Last {
  call: RememberedCall;
  /** Of all that were added: put in order only when somebody asks, which few rules do. */
  nth: number;
}

export function createLastCalls(max: number): LastCalls {
  let calls: Map<string, Last> | undefined;
  let added = 0;
  // each rule that asks what ran before reads the list anew
  let shown: readonly RememberedCall[] | undefined;
  return {
    add(call) {
      calls ??= new Map();
      shown = undefined;
      const key = joinKey(call.tool, call.action);
      const last = calls.get(key);
      added += 1;
      Object.freeze(call);
      if (last === undefined) calls.set(key, { call, nth: added });
      else [last.call, last.nth] = [call, added];
      if (calls.size <= max) return true;
      calls.delete(oldestOf(calls));
      return false;
    },
    get all() {
      return (shown ??= Object.freeze(inOrder(calls?.values() ?? [])));
    },
  };
}

function inOrder(calls: Iterable<Last>): readonly RememberedCall[] {
  return [...calls].toSorted((one, other) => one.nth - other.nth).map(({ call }) => call);
}

function oldestOf(calls: ReadonlyMap<string, Last>): string {
  let [oldest, least] = ['', Number.POSITIVE_INFINITY];
  for (const [key, { nth }] of calls) if (nth < least) [oldest, least] = [key, nth];
  return oldest;
}
