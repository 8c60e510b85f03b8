import { createIdlePool, type IdlePool } from '../provenance/idle-pool.ts';

/** Bounds the texts of all sessions together: those of the session that is idle longest go first, and it says so for good. */
export type TextPool = IdlePool;

export const defaultMaxTextBytes = 256 * 1_048_576;
/** Of a session that holds a text, with its holder. */
const baseBytes = 512;

export function createTextPool(maxBytes: number): TextPool {
  return createIdlePool({ maxBytes, baseBytes });
}
