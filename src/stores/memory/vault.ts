import { SupervisionError } from '../../core/model/errors.ts';
import type { Sealed, Vault } from '../../core/model/ports.ts';

/** A vault that lives and dies with the process. Keeps at least the newest `keep` records (default 100,000). */
export function createMemoryVault(options: { readonly keep?: number } = {}): Vault {
  const keep = options.keep ?? 100_000;
  // two generations: when the newer is full it becomes the older, and the older is forgotten in one step
  let newer = new Map<string, Sealed>();
  let older = new Map<string, Sealed>();
  let isClosed = false;
  return {
    async put(sealed) {
      if (isClosed) throw new SupervisionError('CLOSED', 'the vault is closed');
      newer.set(sealed.id, { ...sealed, values: { ...sealed.values } });
      if (newer.size < keep) return;
      older = newer;
      newer = new Map();
    },
    get: async (id) => newer.get(id) ?? older.get(id),
    async erase(id) {
      const wasNewer = newer.delete(id);
      return older.delete(id) || wasNewer;
    },
    recover: async () => {},
    async close() {
      isClosed = true;
    },
  };
}
