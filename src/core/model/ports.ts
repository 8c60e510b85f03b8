import type { LimitUse } from './decision.ts';
import type { Json, JsonObject } from './json.ts';

/** An entry of the action log before it has its place: `type`, `time`, and what the type calls for. */
export interface EntryBody {
  readonly [key: string]: Json;
  /** `call.decided`, `call.finished`, `kill.thrown` … */
  readonly type: string;
  /** Wall clock, milliseconds since 1970. */
  readonly time: number;
}

/** An entry at its place in the chain. */
export interface Linked {
  /** From 1, without gaps. */
  readonly seq: number;
  /** SHA-256(0x00 || line), in hexadecimal (RFC 6962 leaf). */
  readonly leaf: string;
}
export interface LogEntry extends Linked {
  readonly body: EntryBody;
}

/** The action log: append-only, chained. Atomicity belongs to the driver. */
export interface Log {
  /**
   * Appends all or none, in order. Resolves once the entries are durable, or, with `durable: false`, once they
   * are in line (written and synced with the next durable ones, and at `close`).
   * Rejects when the log cannot be written; it then stays closed for writing until `recover`.
   * A driver that comes with a durable vault writes an entry only once what was put into the vault before is durable.
   */
  append(
    entries: readonly EntryBody[],
    options?: { readonly durable?: boolean },
  ): Promise<readonly Linked[]>;
  /** Durable entries from `fromSeq` on, in order. */
  read(fromSeq: number): AsyncIterable<LogEntry>;
  /** The last durable entry; seq 0 when there is none. */
  head(): Linked;
  /** Opens again after a failed write. What was never acknowledged may or may not be there. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** What an entry commits to: the salt and the values that the line itself must not show. */
export interface Sealed {
  readonly id: string;
  /** 32 hexadecimal digits or more, random for each entry. */
  readonly salt: string;
  /** Name -> canonical JSON of the value. */
  readonly values: { readonly [name: string]: string };
}

/** Keeps what the log commits to, apart from it, so that it can be erased while every proof stays valid. */
export interface Vault {
  /** Durable when it resolves, unless `durable: false`. */
  put(sealed: Sealed, options?: { readonly durable?: boolean }): Promise<void>;
  get(id: string): Promise<Sealed | undefined>;
  /** True if it was there. */
  erase(id: string): Promise<boolean>;
  /** Opens again after a failed write. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** One token bucket (GCRA): `perSecond` tokens a second, at most `burst` at once. */
export interface Bucket {
  readonly key: string;
  /** Above 0, finite. */
  readonly perSecond: number;
  /** At least 1. */
  readonly burst: number;
}
export type Taken = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };
export type Reserved =
  | { readonly ok: true; readonly reservation: string }
  | { readonly ok: false; readonly full: readonly LimitUse[] };

/** Token buckets and limits; every method is one atomic step. */
export interface Counters {
  /** Takes one token from every bucket, or none at all. A bucket whose rate changed keeps its used fraction. */
  take(buckets: readonly Bucket[], monotonicMs: number): Promise<Taken>;
  /**
   * Reserves every use or none. `beyond` names the limit keys that a person allowed to be passed.
   * `dryRun` answers without reserving (its `reservation` is empty).
   */
  reserve(
    uses: readonly LimitUse[],
    options: {
      readonly nowMs: number;
      readonly beyond?: ReadonlySet<string>;
      readonly dryRun?: boolean;
    },
  ): Promise<Reserved>;
  /** How much of each limit is reserved at the moment, in its own amounts; takes nothing. */
  used(uses: readonly LimitUse[], nowMs: number): Promise<readonly number[]>;
  commit(reservation: string): Promise<void>;
  /** Only for a call whose tool was never entered. */
  refund(reservation: string): Promise<void>;
}

export interface Rec {
  readonly key: string;
  /** From 1, plus one a change. */
  readonly version: number;
  readonly value: JsonObject;
}
export type RecordKind =
  | 'approval'
  | 'kill'
  | 'quarantine'
  | 'agent'
  | 'session'
  | 'snapshot'
  | 'rules'
  | 'rules-history'
  | 'claim'
  | 'judge';

/** Small durable facts with compare-and-set. */
export interface Records {
  get(kind: RecordKind, key: string): Promise<Rec | undefined>;
  /** Writes if the stored version is `expected` (0: not there); `undefined` deletes. Durable when true. */
  compareAndSet(
    kind: RecordKind,
    key: string,
    expected: number,
    value: JsonObject | undefined,
  ): Promise<boolean>;
  list(kind: RecordKind): Promise<readonly Rec[]>;
  close(): Promise<void>;
}

/** Texts under the SHA-256 of their UTF-8 (64 hexadecimal digits): what is there is stored once and never changes. */
export interface Texts {
  /** Its name. Durable when it resolves. */
  put(text: string): Promise<string>;
  /** Undefined if it is not there; throws AUDIT_BROKEN if it is no longer what its name says. */
  get(sha256: string): Promise<string | undefined>;
}

export interface Clock {
  /** Wall clock, milliseconds since 1970; may jump. */
  nowMs(): number;
  /** Milliseconds that only go forward; for buckets and time-outs. */
  monotonicMs(): number;
  /**
   * Calls back once, after so many milliseconds (at most 2^31 - 1); the answer cancels. Keeps the process alive
   * only with `keepAlive`: somebody waits for it.
   */
  after(ms: number, callback: () => void, options?: { readonly keepAlive?: boolean }): () => void;
}

export interface Ids {
  /** 128 random bits, 32 hexadecimal digits. */
  id(): string;
}

export interface Paths {
  /**
   * The real path behind `path` (links resolved; of a path that is not there yet, its nearest existing parent's),
   * relative ones from the working folder; undefined if it cannot be resolved.
   */
  realPath(path: string): Promise<string | undefined>;
  readonly home: string;
}

/** Writes one entry to the action log and resolves once it is durable. */
export type Journal = (body: EntryBody) => Promise<Linked>;

/** Sets (or, with undefined, deletes) a record whatever its version; the last writer wins. */
export function putRecord(
  records: Records,
  kind: RecordKind,
  key: string,
  value: JsonObject | undefined,
): Promise<void> {
  return putNewest(records, kind, key, () => value);
}

/** As `putRecord`, with a value that is made at each try: of two writers at once, the late one writes nothing that is old. */
export async function putNewest(
  records: Records,
  kind: RecordKind,
  key: string,
  valueAfter: (stored: JsonObject | undefined) => JsonObject | undefined,
): Promise<void> {
  for (;;) {
    const stored = await records.get(kind, key);
    const version = stored?.version ?? 0;
    const value = valueAfter(stored?.value);
    if (version === 0 && value === undefined) return;
    if (await records.compareAndSet(kind, key, version, value)) return;
  }
}
