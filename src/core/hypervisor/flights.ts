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
      const flight = new FlightOfCall(call);
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

/** A class, since every call makes one: getters of an object literal are defined anew each time, at a microsecond. */
class FlightOfCall implements Flight {
  #call: ToolCall;
  #cancelled: Deny | undefined;
  #controller: AbortController | undefined;
  #callbacks: Set<(why: Deny) => void> | undefined;
  #hasStarted = false;

  constructor(call: ToolCall) {
    this.#call = call;
  }
  get hasStarted() {
    return this.#hasStarted;
  }
  markStarted() {
    this.#hasStarted = true;
  }
  get call() {
    return this.#call;
  }
  follow(next: ToolCall) {
    this.#call = next;
  }
  get cancelled() {
    return this.#cancelled;
  }
  get signal() {
    this.#controller ??= new AbortController();
    if (this.#cancelled !== undefined) this.#controller.abort(new Error(this.#cancelled.reason));
    return this.#controller.signal;
  }
  cancel(why: Deny) {
    if (this.#cancelled !== undefined) return;
    this.#cancelled = why;
    this.#controller?.abort(new Error(why.reason));
    for (const callback of this.#callbacks ?? []) callback(why);
  }
  onCancel(callback: (why: Deny) => void) {
    if (this.#cancelled !== undefined) callback(this.#cancelled);
    this.#callbacks ??= new Set();
    const callbacks = this.#callbacks.add(callback);
    return () => void callbacks.delete(callback);
  }
}
