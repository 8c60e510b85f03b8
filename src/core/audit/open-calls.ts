import type { EntryBody } from '../model/ports.ts';

/** A call that was decided `allow` and has no terminal entry yet. */
export interface OpenCall {
  readonly call: string;
  /** The entry that allowed it. */
  readonly decided: EntryBody;
  /** Handed to foreign code (advisory mode): its result may still be settled. */
  readonly released: boolean;
}

/** Follows the lives of calls through the log: which were allowed and have not ended. */
export interface OpenCalls {
  /** Takes the next entry; says what is wrong with it in the life of its call, if anything is. */
  apply(body: EntryBody): string | undefined;
  /** Oldest first. */
  open(): readonly OpenCall[];
}

export function createOpenCalls(): OpenCalls {
  const calls = new Map<string, OpenCall>();
  return {
    apply(body) {
      const { type, call } = body;
      if (typeof call !== 'string') return undefined;
      if (type === 'call.decided') return decide(calls, call, body);
      if (type === 'call.finished') return finish(calls, call, body);
      // `call.refused` ends nothing: a spent ticket may come back while its call runs
      return undefined;
    },
    open: () => [...calls.values()],
  };
}

function decide(calls: Map<string, OpenCall>, call: string, body: EntryBody): string | undefined {
  if (body['verdict'] !== 'allow') return undefined;
  if (calls.has(call)) return 'is allowed a second time while it runs';
  calls.set(call, { call, decided: body, released: false });
  return undefined;
}

function finish(calls: Map<string, OpenCall>, call: string, body: EntryBody): string | undefined {
  const open = calls.get(call);
  // a call whose decision could not be written was never entered: its end may be all there is of it
  if (open === undefined && body['status'] === 'refused') return undefined;
  if (open === undefined) return 'ends without having been allowed, or a second time';
  if (body['status'] !== 'released') {
    calls.delete(call);
    return undefined;
  }
  if (open.released) return 'is released a second time';
  calls.set(call, { ...open, released: true });
  return undefined;
}
