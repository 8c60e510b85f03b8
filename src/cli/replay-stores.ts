import { genesis } from '../core/audit/chain.ts';
import type { Ids, Linked, Log, Records, Vault } from '../core/model/ports.ts';
import { createMemoryRecords } from '../stores/memory/records.ts';

// A replay keeps nothing: what a real run writes for others to read is only counted here.

/** Numbers entries and forgets them; leaves are left blank, since nobody verifies what nobody keeps. */
export function createCountingLog(): Log {
  let seq = 0;
  const link = (): Linked => ({ seq: (seq += 1), leaf: genesis.leaf });
  return {
    append: async (entries) => entries.map(link),
    read: nothing,
    head: () => ({ seq, leaf: genesis.leaf }),
    recover: async () => {},
    close: async () => {},
  };
}

async function* nothing(): AsyncGenerator<never> {}

/** Takes everything and gives nothing back. */
export function createBlindVault(): Vault {
  return {
    put: async () => {},
    get: async () => undefined,
    erase: async () => false,
    recover: async () => {},
    close: async () => {},
  };
}

/** Records without the approvals that have expired: nobody comes back with a ticket. */
export function createReplayRecords(): Records {
  const records = createMemoryRecords();
  return {
    ...records,
    compareAndSet(kind, key, expected, value) {
      const hasEnded = kind === 'approval' && value?.['state'] === 'expired';
      return records.compareAndSet(kind, key, expected, hasEnded ? undefined : value);
    },
  };
}

/** In order, so that a replay is the same each time. */
export function createCountingIds(): Ids {
  const zeros = '0'.repeat(19);
  let next = 1_000_000_000_000; // thirteen digits, and 32 with the zeros
  return { id: () => `${zeros}${(next += 1)}` };
}
