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
   * Durable when it resolves; rejects when either cannot be written. Drivers whose vault lies on a disk write a
   * line only once its values are synced (`ports.ts`). With `durable: false` both ride along with the next sync,
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
      // in line together; a log on disk writes its line only when the vault has synced
      const put = vault.put({ id: secrets.id, salt, values: secrets.values }, options);
      const entry = { ...body, commitments, vault: secrets.id };
      const [links] = await Promise.all([log.append([entry], options), put]);
      return only(links);
    },
  };
}

function only(links: readonly Linked[]): Linked {
  const [link] = links;
  if (link === undefined) throw new TypeError('the log acknowledged no entry for one it was given');
  return link;
}
