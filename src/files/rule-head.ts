import { z } from 'zod';
import { SupervisionError } from '../core/model/errors.ts';
import type { JsonObject } from '../core/model/json.ts';
import { putRecord, type Log, type Records } from '../core/model/ports.ts';
import { entryTypeOf, freezeSchema, type Freeze } from './rule-freeze.ts';
import { historyEntrySchema, type HistoryEntry, type RuleHistory } from './rule-history.ts';

const storedSet = historyEntrySchema.pick({ to: true, contents: true, files: true });

const headSchema = z.object({
  inForce: storedSet.extend({ seq: z.number() }).nullable(),
  freeze: freezeSchema.nullable(),
  /** A hold ran out: what loosens waits, whatever else is saved, until a person has put something in force. */
  wary: z.boolean().default(false),
  /** What is about to be in force: it is, if the log has it. */
  next: storedSet.extend({ freeze: freezeSchema.omit({ seq: true }).nullable() }).nullable(),
});

/** The one record that says what is in force, and whether it is pinned: written in one step. */
export type Head = z.infer<typeof headSchema>;

export const emptyHead: Head = { inForce: null, freeze: null, wary: false, next: null };

const kind = 'rules';
const key = 'head';

export async function writeHead(records: Records, head: Head): Promise<void> {
  await putRecord(records, kind, key, head);
}

export interface FoundHead {
  readonly head: Head;
  /** What the record says and the log does not. */
  readonly problem: string | undefined;
}

/**
 * What was in force when the last process ended, as far as the log has it: a record alone could have been slipped in.
 * With `strict` nothing may have been in force later: the whole log since then is read, and AUDIT_BROKEN thrown.
 */
export async function readHead(ports: {
  readonly log: Log;
  readonly records: Records;
  readonly history: RuleHistory;
  readonly strict: boolean;
}): Promise<FoundHead> {
  const { log, records, history, strict } = ports;
  const parsed = headSchema.safeParse((await records.get(kind, key))?.value);
  const head = parsed.data ?? emptyHead;
  const needsLog = strict || head.freeze !== null || head.next !== null;
  const said = needsLog
    ? await readLog(log, startOf(head))
    : await readLog(log, head.inForce?.seq ?? log.head().seq + 1, 1);
  const settled = await settle(head, said, { records, history });
  if (settled.inForce !== null && !said.some((entry) => isActivation(entry, settled.inForce))) {
    return giveUp(strict, 'what the record says to be in force is not in the action log');
  }
  const last = said.findLast(({ body }) => body['type'] === 'rules.activated');
  if (strict && last !== undefined && last.seq !== settled.inForce?.seq) {
    return giveUp(strict, 'the action log has a later set of rules in force than the record');
  }
  if (settled.freeze === null || isFrozenBy(said, settled.freeze)) {
    return { head: settled, problem: undefined };
  }
  const problem = 'the pin or hold of the rules is not the last word of the action log: ignored';
  // a hold that ran out just before the crash, perhaps
  const wary = settled.wary || said.at(-1)?.body['type'] === 'rules.released';
  return { head: { ...settled, freeze: null, wary }, problem };
}

function giveUp(strict: boolean, what: string): FoundHead {
  if (!strict) return { head: emptyHead, problem: `${what}: ignored` };
  throw new SupervisionError(
    'AUDIT_BROKEN',
    `${what}, so that a loosening edit could pass unseen; restore \`records.db\`, or look at the rules and start once with \`activate: immediately\``,
  );
}

interface Said {
  readonly seq: number;
  readonly body: JsonObject;
}

const spoken = new Set(['rules.activated', 'rules.pinned', 'rules.held', 'rules.released']);

/** What the log says of rules from there on; `most` entries are looked at. */
async function readLog(log: Log, fromSeq: number, most = Infinity): Promise<readonly Said[]> {
  const said: Said[] = [];
  let looked = 0;
  if (fromSeq > log.head().seq) return said;
  for await (const { seq, body } of log.read(Math.max(1, fromSeq))) {
    if (spoken.has(body.type)) said.push({ seq, body });
    looked += 1;
    if (looked >= most) break;
  }
  return said;
}

function startOf({ inForce, freeze }: Head): number {
  return Math.min(inForce?.seq ?? 1, freeze?.seq ?? Number.POSITIVE_INFINITY);
}

/** Ends what a crash interrupted: what the log has was put in force, and the rest never was. */
async function settle(
  head: Head,
  said: readonly Said[],
  { records, history }: { readonly records: Records; readonly history: RuleHistory },
): Promise<Head> {
  const { next, inForce } = head;
  if (next === null) return head;
  const { to, contents, files } = next;
  const done = said.findLast(
    (entry) =>
      entry.seq > (inForce?.seq ?? 0) && isActivation(entry, { to, contents, seq: entry.seq }),
  );
  const settled: Head =
    done === undefined
      ? { ...head, next: null }
      : {
          inForce: { to, contents, files, seq: done.seq },
          freeze: next.freeze && { ...next.freeze, seq: done.seq },
          wary: false,
          next: null,
        };
  if (done !== undefined) await addIfMissing(history, { ...done.body, files, seq: done.seq });
  await writeHead(records, settled);
  return settled;
}

async function addIfMissing(history: RuleHistory, value: JsonObject): Promise<void> {
  const entry: HistoryEntry = historyEntrySchema.parse(value);
  const isThere = (await history.list()).some(({ seq }) => seq === entry.seq);
  if (!isThere) await history.add(entry);
}

function isActivation(
  { seq, body }: Said,
  of: { readonly seq: number; readonly to: string; readonly contents: string } | null,
): boolean {
  return (
    body['type'] === 'rules.activated' &&
    seq === of?.seq &&
    body['to'] === of.to &&
    body['contents'] === of.contents
  );
}

/** Pinned or held, by that entry, and by none since. */
function isFrozenBy(said: readonly Said[], { kind: how, by, seq, untilMs }: Freeze): boolean {
  const last = said.at(-1);
  if (last?.seq !== seq) return false;
  const { body } = last;
  const isPinning = body['type'] === 'rules.activated' && body['pinned'] === true && how === 'pin';
  if (isPinning) return body['author'] === by;
  const isEntry = body['type'] === entryTypeOf(how) && body['by'] === by;
  return isEntry && body['untilMs'] === untilMs;
}
