import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { SupervisionError } from '../../core/model/errors.ts';
import { isJsonObject } from '../../core/model/json.ts';
import type { Json, JsonObject } from '../../core/model/json.ts';
import type { Rec, RecordKind, Records } from '../../core/model/ports.ts';

const table = `CREATE TABLE IF NOT EXISTS records (
  kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID`;

/** Records in a SQLite database that this process holds alone. Each change is one durable transaction. */
export function openRecords(database: DatabaseSync): Records {
  database.exec(table);
  const select = database.prepare(
    'SELECT key, version, value FROM records WHERE kind = ? AND key = ?',
  );
  const selectAll = database.prepare(
    'SELECT key, version, value FROM records WHERE kind = ? ORDER BY key',
  );
  const insert = database.prepare('INSERT INTO records VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING');
  const update = database.prepare(
    'UPDATE records SET version = version + 1, value = ? WHERE kind = ? AND key = ? AND version = ?',
  );
  const remove = database.prepare('DELETE FROM records WHERE kind = ? AND key = ? AND version = ?');

  /** One question to the database; an error of it, or a folder that was closed, is told as such. */
  function answering<R>(ask: () => R): R {
    if (!database.isOpen) {
      throw new SupervisionError('CLOSED', 'the hypervisor is closed; create another one');
    }
    try {
      return ask();
    } catch (cause) {
      const message = '`records.db` cannot be read or written; free or repair the disk';
      throw new SupervisionError('DIR_UNUSABLE', message, { cause });
    }
  }

  function compareAndSet(
    kind: RecordKind,
    key: string,
    expected: number,
    value: JsonObject | undefined,
  ): boolean {
    if (value === undefined) {
      if (expected === 0) return select.get(kind, key) === undefined;
      return remove.run(kind, key, expected).changes === 1;
    }
    const text = JSON.stringify(value);
    if (expected === 0) return insert.run(kind, key, text).changes === 1;
    return update.run(text, kind, key, expected).changes === 1;
  }

  return {
    get: async (kind, key) =>
      answering(() => {
        const row = select.get(kind, key);
        return row === undefined ? undefined : toRecord(row);
      }),
    compareAndSet: async (kind, key, expected, value) =>
      answering(() => compareAndSet(kind, key, expected, value)),
    list: async (kind) => answering(() => selectAll.all(kind).map(toRecord)),
    async close() {
      if (database.isOpen) database.close();
    },
  };
}

function toRecord(row: { readonly [column: string]: SQLOutputValue }): Rec {
  const { key, version, value } = row;
  const object: Json = typeof value === 'string' ? JSON.parse(value) : null;
  if (typeof key === 'string' && typeof version === 'number' && isJsonObject(object)) {
    return { key, version, value: object };
  }
  throw new Error('a row of the table `records` is not what was written');
}
