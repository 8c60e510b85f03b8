import type { EntryBody, Ids, Linked, Log, Vault } from '../model/ports.ts';
import { commitAll } from './commitment.ts';

/** What an entry commits to without showing it. `id` names the record in the vault: unique, ours. */
export interface Secrets {
  readonly id: string;
  /** Name -> canonical JSON of the value. */
  readonly values: { readonly [name: string]: string };
}

/** Writes entries whose secret values stand in the vault, and in the line only as commitments. */
export interface Recorder {
  /**
   * Durable when it resolves, the vault before the log. With `durable: false` both ride along with the next sync,
   * and after a crash a line may be there whose values are not: its proof stays valid, as after an erasure.
   * The entry gets the fields `commitments` (name -> hexadecimal) and `vault` (the record's id).
   */
  record(
    body: EntryBody,
    secrets?: Secrets,
    options?: { readonly durable?: boolean },
  ): Promise<Linked>;
}

export function createRecorder(ports: {
  readonly log: Log;
  readonly vault: Vault;
  readonly ids: Ids;
}): Recorder {
  const { log, vault, ids } = ports;
  return {
    async record(body, secrets, options) {
      if (secrets === undefined) return only(await log.append([body], options));
      const salt = ids.id();
      const commitments = commitAll(salt, secrets.values);
      await vault.put({ id: secrets.id, salt, values: secrets.values }, options);
      return only(await log.append([{ ...body, commitments, vault: secrets.id }], options));
    },
  };
}

function only(links: readonly Linked[]): Linked {
  const [link] = links;
  if (link === undefined) throw new TypeError('the log acknowledged no entry for one it was given');
  return link;
}
