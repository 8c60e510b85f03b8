import type { Clock, Sealed, Vault } from '../../core/model/ports.ts';
import type { FileSystem } from './file-system.ts';
import { createGroupCommit } from './group-commit.ts';
import { createPositions } from './positions.ts';
import { writeSealed } from './sealed-record.ts';
import { openVaultFiles } from './vault-files.ts';

export interface VaultOptions {
  /** The folder of the vault's files, which nothing else writes to. */
  readonly dir: string;
  readonly clock: Clock;
  readonly files: FileSystem;
  /** Default 64 MiB. */
  readonly fileBytes?: number;
  /** How long a record that nobody waits for may stay unsynced (default 50 milliseconds). */
  readonly lingerMs?: number;
  /** Of how many of the newest records the place is known in memory (default 200,000); older ones are searched for. */
  readonly indexed?: number;
}

const defaultFileBytes = 64 * 1024 * 1024;
const defaultLingerMs = 50;
const defaultIndexed = 200_000;
const maxUnsynced = 1024 * 1024;

/** A record in line; `bytes` is the length of its line. */
interface Waiting {
  readonly sealed: Sealed;
  readonly bytes: number;
}

/** The vault, and a way to wait for all that was put into it. */
export interface EmbeddedVault extends Vault {
  /** Resolves once every record so far is durable. */
  flush(): Promise<void>;
}

/** Opens the vault in append-only files. Erasing overwrites a record in place. */
export async function openVault(options: VaultOptions): Promise<EmbeddedVault> {
  const { dir, clock, files, fileBytes = defaultFileBytes } = options;
  const store = await openVaultFiles({ dir, files, fileBytes });
  const positions = createPositions(options.indexed ?? defaultIndexed);
  for await (const { id, position } of store.newest()) positions.set(id, position);
  let waiting: Waiting[] = []; // not durable yet, in the order of the file

  const commits = createGroupCommit({
    name: 'vault',
    clock,
    commit: write,
    lingerMs: options.lingerMs ?? defaultLingerMs,
    maxUnsynced,
  });

  async function write(text: string): Promise<void> {
    const count = waiting.length; // taken as the batch is closed: exactly the records of `text`
    const first = await store.write(text);
    place(waiting.slice(0, count), first);
    waiting = waiting.slice(count);
  }

  function place(records: readonly Waiting[], first: number): void {
    let position = first;
    for (const { sealed, bytes } of records) {
      positions.set(sealed.id, position);
      position += bytes;
    }
  }

  async function put(sealed: Sealed, durable: boolean): Promise<void> {
    const line = writeSealed(sealed);
    const waits = commits.add(line, { durable });
    waiting.push({ sealed, bytes: Buffer.byteLength(line) });
    if (waits !== undefined) await waits;
  }

  async function erase(id: string): Promise<boolean> {
    await commits.flush();
    const position = positions.get(id) ?? (await store.find(id));
    if (position === undefined || (await store.readAt(position)) === undefined) return false;
    await store.eraseAt(position);
    return true;
  }

  async function recover(): Promise<void> {
    if (!commits.hasFailed()) return;
    const kept = commits.kept();
    const first = await store.recover(kept);
    place(upTo(waiting, Buffer.byteLength(kept)), first);
    waiting = [];
    commits.reset();
  }

  return {
    put: (sealed, { durable = true } = {}) => put(sealed, durable),
    async get(id) {
      const unwritten = waiting.findLast(({ sealed }) => sealed.id === id);
      if (unwritten !== undefined) return unwritten.sealed;
      const position = positions.get(id) ?? (await store.find(id));
      return position === undefined ? undefined : store.readAt(position);
    },
    erase,
    recover,
    flush: commits.flush,
    async close() {
      try {
        await commits.close();
      } finally {
        await store.close();
      }
    },
  };
}

/** The first records, which together have so many bytes. */
function upTo(records: readonly Waiting[], bytes: number): readonly Waiting[] {
  let sum = 0;
  return records.filter((record) => {
    sum += record.bytes;
    return sum <= bytes;
  });
}
