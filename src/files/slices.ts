import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../core/model/ports.ts';

/** Milliseconds of work at a stretch: whoever waits for a decision waits for no more than one. */
const sliceMs = 0.4;

/** Long work that lets others run: `pause` between short steps returns at once until the slice is used up. */
export function createSlices(clock: Clock): { pause(): Promise<void> | undefined } {
  let endMs = clock.monotonicMs() + sliceMs;
  return {
    pause() {
      if (clock.monotonicMs() < endMs) return undefined;
      return setImmediate().then(() => void (endMs = clock.monotonicMs() + sliceMs));
    },
  };
}
