import { createIdlePool, type IdlePool } from './idle-pool.ts';

/** Bounds the indexes of all sessions together: the longest unused goes first, and is made again when asked for. */
export type IndexPool = IdlePool;

const defaultMaxBytes = 256 * 1_048_576;
/** Of an index however small, with its holder. */
const baseBytes = 8_192;

export function createIndexPool(maxBytes = defaultMaxBytes): IndexPool {
  return createIdlePool({ maxBytes, baseBytes });
}
