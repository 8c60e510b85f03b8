import type { Clock } from '../model/ports.ts';
import type { Deny } from '../model/decision.ts';
import type { Flight } from './flights.ts';

export type Bounded<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'cancelled'; readonly why: Deny };

/** A timer costs as much as all of these: enough for a log in memory, which waits for nothing outside. */
const patientTurns = 6;

/**
 * Waits for work, but no longer than `ms` and only until the flight is cancelled; never rejects.
 * Work that is done within a few turns costs no timer. Work that goes on after its bound is left alone.
 */
export async function bounded<T>(
  work: () => T | PromiseLike<T>,
  bound: { readonly ms: number; readonly clock: Clock; readonly flight?: Flight },
): Promise<Bounded<T>> {
  let result: Bounded<T> | undefined;
  let started: T | PromiseLike<T>;
  try {
    started = work();
    // inside, since a getter named `then` may throw as well
    if (!isThenable(started)) return { kind: 'value', value: started };
  } catch (error) {
    return { kind: 'error', error };
  }
  const settled = Promise.resolve(started).then(
    (value) => (result = { kind: 'value', value }),
    (error: unknown) => (result = { kind: 'error', error }),
  );
  for (let turn = 0; turn < patientTurns; turn += 1) {
    await Promise.resolve();
    const ended = endOf(result, bound.flight);
    if (ended !== undefined) return ended;
  }
  return race(settled, bound);
}

/** Work that fails because it was cancelled may have happened: that it was cancelled is what counts. */
function endOf<T>(
  result: Bounded<T> | undefined,
  flight: Flight | undefined,
): Bounded<T> | undefined {
  if (result?.kind === 'value' || flight?.cancelled === undefined) return result;
  return { kind: 'cancelled', why: flight.cancelled };
}

function race<T>(
  settled: Promise<Bounded<T>>,
  { ms, clock, flight }: { readonly ms: number; readonly clock: Clock; readonly flight?: Flight },
): Promise<Bounded<T>> {
  const { promise, resolve } = Promise.withResolvers<Bounded<T>>();
  // a caller waits: the process must not end under it
  const cancelTimer = clock.after(ms, () => resolve({ kind: 'timeout' }), { keepAlive: true });
  const forget = flight?.onCancel((why) => resolve({ kind: 'cancelled', why }));
  settled.then(resolve, resolve);
  return promise.finally(() => {
    cancelTimer();
    forget?.();
  });
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
