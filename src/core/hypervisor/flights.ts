import type { ToolCall } from '../model/call.ts';
import type { Deny } from '../model/decision.ts';
import type { Clock } from '../model/ports.ts';

/** A call on its way through the pipeline, from its arrival to its outcome. */
export interface Flight {
  readonly call: ToolCall;
  /** Why it was cancelled, once it was. */
  readonly cancelled: Deny | undefined;
  /** A filter has rewritten the call: what it is now is what a kill must find. */
  follow(call: ToolCall): void;
  /** Aborted when the flight is cancelled; made when first asked for. */
  readonly signal: AbortSignal;
  /** The tool was entered: from here on it may have happened. */
  readonly hasStarted: boolean;
  markStarted(): void;
  cancel(why: Deny): void;
  /** Calls back at once if it was cancelled before; the answer forgets the callback. */
  onCancel(callback: (why: Deny) => void): () => void;
}

/** The calls in flight, so that a kill reaches those that wait and those that run. */
export interface Flights {
  start(call: ToolCall): Flight;
  land(flight: Flight): void;
  cancel(isHit: (call: ToolCall) => boolean, why: Deny): void;
  readonly size: number;
  /** Resolves when nothing is in flight, or after so many milliseconds. */
  landed(ms: number, clock: Clock): Promise<void>;
}

export function createFlights(): Flights {
  const flights = new Set<Flight>();
  let onEmpty: (() => void) | undefined;
  return {
    start(call) {
      const flight = createFlight(call);
      flights.add(flight);
      return flight;
    },
    land(flight) {
      flights.delete(flight);
      if (flights.size === 0) onEmpty?.();
    },
    async landed(ms, clock) {
      if (flights.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(ms, resolve);
      onEmpty = resolve;
      await promise;
      cancel();
    },
    cancel(isHit, why) {
      for (const flight of flights) if (isHit(flight.call)) flight.cancel(why);
    },
    get size() {
      return flights.size;
    },
  };
}

function createFlight(first: ToolCall): Flight {
  let call = first;
  let cancelled: Deny | undefined;
  let controller: AbortController | undefined;
  let callbacks: Set<(why: Deny) => void> | undefined;
  let hasStarted = false;
  return {
    get hasStarted() {
      return hasStarted;
    },
    markStarted() {
      hasStarted = true;
    },
    get call() {
      return call;
    },
    follow(next) {
      call = next;
    },
    get cancelled() {
      return cancelled;
    },
    get signal() {
      controller ??= new AbortController();
      if (cancelled !== undefined) controller.abort(new Error(cancelled.reason));
      return controller.signal;
    },
    cancel(why) {
      if (cancelled !== undefined) return;
      cancelled = why;
      controller?.abort(new Error(why.reason));
      for (const callback of callbacks ?? []) callback(why);
    },
    onCancel(callback) {
      if (cancelled !== undefined) callback(cancelled);
      callbacks ??= new Set();
      callbacks.add(callback);
      return () => void callbacks?.delete(callback);
    },
  };
}
