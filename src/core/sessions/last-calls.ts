import type { RememberedCall } from '../model/provenance.ts';

/** The last call of each tool and action, for rules that ask what ran before. */
export interface LastCalls {
  /** False: there are too many, and the one of longest ago was forgotten. */
  add(call: RememberedCall): boolean;
  /** In the order of time. */
  readonly all: readonly RememberedCall[];
}

export function createLastCalls(max: number): LastCalls {
  let calls: Map<string, RememberedCall> | undefined;
  return {
    add(call) {
      calls ??= new Map();
      const key = JSON.stringify([call.tool, call.action]);
      // set again, so that the map stays in the order of time
      calls.delete(key);
      calls.set(key, Object.freeze(call));
      if (calls.size <= max) return true;
      const [oldest = ''] = calls.keys();
      calls.delete(oldest);
      return false;
    },
    get all() {
      return [...(calls?.values() ?? [])];
    },
  };
}
