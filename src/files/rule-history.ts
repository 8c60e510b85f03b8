import { z } from 'zod';
import { canonicalJson } from '../core/model/canonical-json.ts';
import { SupervisionError } from '../core/model/errors.ts';
import type { Json, JsonObject } from '../core/model/json.ts';
import type { Log, Records, Texts } from '../core/model/ports.ts';
import { sha256Hex } from '../core/model/sha256.ts';
import type { RuleFile } from '../core/rules/problem.ts';

const storedFile = z.object({ name: z.string(), sha256: z.string() });
const names = z.array(z.string());

/** What changed, by the names of rules; `loosened` in sentences. */
export const diffSchema = z.object({
  added: names,
  removed: names,
  changed: names,
  loosened: names,
  /** What the four lists would hold in full: they end after some hundreds. */
  counts: z.object({
    added: z.number(),
    removed: z.number(),
    changed: z.number(),
    loosened: z.number(),
  }),
});

/** How a set came into force. */
const waysIn = ['start', 'edit', 'accept', 'release', 'rollback'] as const;

/** One activation, as the history keeps it and, but for `files`, the action log. */
export const historyEntrySchema = z.object({
  /** Of its entry in the action log. */
  seq: z.number(),
  time: z.number(),
  from: z.string().nullable(),
  to: z.string(),
  via: z.enum(waysIn),
  /** A person, the owner of the changed file, or `unknown`. */
  author: z.string(),
  reason: z.string().nullable(),
  ...diffSchema.shape,
  tests: z.object({ ran: z.number(), passed: z.number() }),
  /** SHA-256 over the names and the SHA-256 of all files. */
  contents: z.string(),
  files: z.array(storedFile),
});
export type HistoryEntry = z.infer<typeof historyEntrySchema>;
export type StoredFile = z.infer<typeof storedFile>;

/** What was in force, in order: nothing here is ever changed, only added. */
export interface RuleHistory {
  /** Keeps the texts that are not kept yet. */
  keep(files: readonly RuleFile[]): Promise<readonly StoredFile[]>;
  add(entry: HistoryEntry): Promise<void>;
  /** Oldest first. */
  list(): Promise<readonly HistoryEntry[]>;
  /** The last activation of the version that begins so; throws RULES_INVALID for none or several. */
  find(version: string): Promise<HistoryEntry>;
  /** What was in force at that time (milliseconds since 1970); throws RULES_INVALID before the first. */
  at(timeMs: number): Promise<HistoryEntry>;
  /** Throws AUDIT_BROKEN unless the action log says the same of the entry. */
  verify(entry: HistoryEntry): Promise<void>;
  /** The files as they were, to the byte; throws AUDIT_BROKEN where one is missing or was changed. */
  read(entry: Pick<HistoryEntry, 'to' | 'files' | 'contents'>): Promise<readonly RuleFile[]>;
}

const kind = 'rules-history';

export function createRuleHistory(ports: {
  readonly log: Log;
  readonly records: Records;
  readonly texts: Texts;
}): RuleHistory {
  const { log, records, texts } = ports;
  const list = async (): Promise<readonly HistoryEntry[]> => {
    const stored = (await records.list(kind)).map(({ value }) => toEntry(value));
    return stored.toSorted((one, other) => one.seq - other.seq);
  };
  return {
    keep: (files) => keepAll(files, texts),
    async add(entry) {
      const isNew = await records.compareAndSet(kind, keyOf(entry.seq), 0, { ...entry });
      if (!isNew) throw broken(`entry ${entry.seq} of the rules' history is there already`);
    },
    list,
    find: async (version) => pick(await list(), version),
    async at(timeMs) {
      const found = (await list()).findLast(({ time }) => time <= timeMs);
      if (found !== undefined) return found;
      throw new SupervisionError(
        'RULES_INVALID',
        'no rules were in force at that time; `ringfence rules history` lists when they were',
      );
    },
    verify: (entry) => verify(entry, log),
    read: (entry) => readKept(entry, texts.get),
  };
}

/** Commits to every byte of all files. */
export function contentsOf(files: readonly StoredFile[]): string {
  return sha256Hex(canonicalJson(files.map(({ name, sha256 }) => [name, sha256])));
}

async function keepAll(files: readonly RuleFile[], texts: Texts): Promise<readonly StoredFile[]> {
  const kept: StoredFile[] = [];
  for (const { name, text } of files) kept.push({ name, sha256: await texts.put(text) });
  return kept;
}

/** Sorts as numbers do. */
function keyOf(seq: number): string {
  return String(seq).padStart(16, '0');
}

function toEntry(value: JsonObject): HistoryEntry {
  const parsed = historyEntrySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw broken('an entry of the history of rules is not what was written');
}

function pick(entries: readonly HistoryEntry[], version: string): HistoryEntry {
  const found = entries.filter(({ to }) => version !== '' && to.startsWith(version));
  const last = found.at(-1);
  if (last === undefined) {
    throw new SupervisionError(
      'RULES_INVALID',
      `no rules of version \`${version}\` were in force here; \`ringfence rules history\` lists those that were`,
    );
  }
  if (new Set(found.map(({ to }) => to)).size === 1) return last;
  throw new SupervisionError(
    'RULES_INVALID',
    `\`${version}\` begins several versions; give more of it`,
  );
}

async function verify(entry: HistoryEntry, log: Log): Promise<void> {
  const { files, ...said } = entry;
  if (contentsOf(files) === said.contents) {
    for await (const { body } of log.read(entry.seq)) {
      if (body.type === 'rules.activated' && isSaidBy(body, said)) return;
      break;
    }
  }
  throw broken(`the rules' history says of \`${entry.to}\` what the action log does not`);
}

/** Every field but the number itself, which is the place in the log. */
function isSaidBy(body: JsonObject, said: Omit<HistoryEntry, 'files'>): boolean {
  const same = (key: string, value: Json): boolean =>
    canonicalJson(body[key] ?? null) === canonicalJson(value);
  return Object.entries(said).every(([key, value]) => key === 'seq' || same(key, value));
}

/** The files of an entry, by their hashes; throws AUDIT_BROKEN where one is missing or the list was changed. */
export async function readKept(
  { to, files, contents }: Pick<HistoryEntry, 'to' | 'files' | 'contents'>,
  get: Texts['get'],
): Promise<readonly RuleFile[]> {
  if (contentsOf(files) !== contents) throw broken(`the list of files of \`${to}\` was changed`);
  const read: RuleFile[] = [];
  for (const { name, sha256 } of files) {
    const text = await get(sha256);
    if (text === undefined) throw broken(`\`${name}\` of \`${to}\` is not kept any more`);
    read.push({ name, text });
  }
  return read;
}

function broken(what: string): SupervisionError {
  return new SupervisionError(
    'AUDIT_BROKEN',
    `${what}; restore the data folder from a copy, and find out who changed it`,
  );
}
