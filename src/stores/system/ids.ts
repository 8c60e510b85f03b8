import { randomFillSync } from 'node:crypto';
import type { Ids } from '../../core/model/ports.ts';

const idBytes = 16;

/** Ids from the system's random source, drawn for 256 ids at a time: one call to it costs as much as a whole id. */
export function createRandomIds(): Ids {
  const pool = Buffer.alloc(idBytes * 256);
  let at = pool.length;
  return {
    id() {
      if (at === pool.length) {
        randomFillSync(pool);
        at = 0;
      }
      at += idBytes;
      return pool.toString('hex', at - idBytes, at);
    },
  };
}
