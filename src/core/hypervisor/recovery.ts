import { createOpenCalls } from '../audit/open-calls.ts';
import type { Recorder } from '../audit/recorder.ts';
import { SupervisionError } from '../model/errors.ts';
import { isJsonArray, isJsonObject, toText, type Json, type JsonObject } from '../model/json.ts';
import { parseJson } from '../model/parse-json.ts';
import {
  putRecord,
  type Clock,
  type Counters,
  type EntryBody,
  type Log,
  type Records,
  type Vault,
} from '../model/ports.ts';

import type { Rollouts } from './rollouts.ts';

/** Counters that can be written down and read again, so that a restart resets no limit. */
export interface DurableCounters extends Counters {
  snapshot(): JsonObject;
  restore(snapshot: JsonObject): void;
}

const recordKey = 'counters';

/**
 * Brings the counters to where the log says they are, from the last snapshot on, and closes each call that a
 * crash cut off as `unknown`, once. Nothing is run again.
 */
export async function recoverState(options: {
  readonly log: Log;
  readonly vault: Vault;
  readonly records: Records;
  readonly recorder: Recorder;
  readonly counters: DurableCounters;
  readonly rollouts: Rollouts;
  readonly clock: Clock;
}): Promise<{ readonly cutOff: number }> {
  const { log, vault, records, recorder, counters, rollouts, clock } = options;
  const stored = (await records.get('snapshot', recordKey))?.value;
  const fromSeq = typeof stored?.['seq'] === 'number' ? stored['seq'] + 1 : 1;
  const counted = stored?.['counters'];
  if (isJsonObject(counted)) counters.restore(counted);
  if (stored !== undefined) await checkAnchor(log, fromSeq - 1, stored['leaf']);
  if (fromSeq > 1 && !rollouts.restore(stored?.['rollouts'])) await countTrials(options, fromSeq);
  const openCalls = createOpenCalls();
  const reservations = new Map<string, string>();

  for await (const { body } of log.read(fromSeq)) {
    openCalls.apply(body);
    rollouts.replay(body);
    await countAgain({ counters, vault, reservations }, body);
  }
  const open = openCalls.open();
  for (const { call, decided } of open) {
    const { agent = '', session = '' } = decided;
    const labels = { call, agent, session, status: 'unknown', code: 'CRASHED' };
    await recorder.record({ type: 'call.finished', time: clock.nowMs(), ...labels, durationMs: 0 });
  }
  return { cutOff: open.length };
}

/** A snapshot that knows nothing of trials, or that was damaged: the log still has them all. */
async function countTrials(
  { log, rollouts }: { readonly log: Log; readonly rollouts: Rollouts },
  untilSeq: number,
): Promise<void> {
  for await (const { seq, body } of log.read(1)) {
    if (seq >= untilSeq) return;
    rollouts.replay(body);
  }
}

/** The calls whose end stands in the log from there on: a write that failed may have been kept all the same. */
export async function endedSince(log: Log, fromSeq: number): Promise<ReadonlySet<string>> {
  const ended = new Set<string>();
  for await (const { body } of log.read(fromSeq)) {
    if (body.type === 'call.finished') ended.add(toText(body['call']));
  }
  return ended;
}

/** The snapshot names an entry that was durable: a log without it was cut back or replaced. */
async function checkAnchor(log: Log, seq: number, leaf: Json | undefined): Promise<void> {
  if (seq === 0) return;
  for await (const entry of log.read(seq)) {
    if (entry.leaf === leaf) return;
    throw new SupervisionError(
      'AUDIT_BROKEN',
      `the action log was replaced: entry ${seq} is not the one that was written`,
    );
  }
  throw new SupervisionError(
    'AUDIT_BROKEN',
    `the action log was cut back: it had ${seq} entries and has ${log.head().seq}; restore it, or move the data folder away`,
  );
}

/** Limits are kept by a refusal of a call that was never entered, and by nothing else. */
async function countAgain(
  {
    counters,
    vault,
    reservations,
  }: {
    readonly counters: Counters;
    readonly vault: Vault;
    readonly reservations: Map<string, string>;
  },
  body: EntryBody,
): Promise<void> {
  const call = toText(body['call']);
  if (body.type === 'call.finished' && body['status'] === 'refused') {
    const reservation = reservations.get(call);
    if (reservation !== undefined) await counters.refund(reservation);
  }
  if (body.type === 'call.finished') reservations.delete(call);
  const limits = isSpending(body) ? toList(body['spent']) : await readLimits(vault, body);
  if (limits.length === 0) return;
  const uses = limits.filter(isJsonObject).map(({ key, amount, untilMs }) => ({
    key: toText(key),
    rule: '',
    amount: Number(amount),
    max: Number.MAX_SAFE_INTEGER,
    sinceMs: 0,
    untilMs: Number(untilMs),
    onExceed: 'deny' as const,
  }));
  const beyond = new Set(uses.map(({ key }) => key));
  const reserved = await counters.reserve(uses, { nowMs: body.time, beyond });
  if (reserved.ok) reservations.set(call, reserved.reservation);
}

/** What a question to a judging model took, whatever became of it, and what it cost beyond that. */
function isSpending({ type }: EntryBody): boolean {
  return type === 'judge.asked' || type === 'judge.overspent';
}

function toList(value: Json | undefined): readonly Json[] {
  return isJsonArray(value) ? value : [];
}

/** What an allowed call took; nothing once its record is erased. */
async function readLimits(vault: Vault, { type, ...fields }: EntryBody): Promise<readonly Json[]> {
  const { commitments } = fields;
  if (type !== 'call.decided' || !isJsonObject(commitments)) return [];
  if (commitments['limits'] === undefined) return [];
  const text = (await vault.get(toText(fields['vault'])))?.values['limits'];
  const parsed = text === undefined ? undefined : parseJson(text);
  return parsed?.ok === true && isJsonArray(parsed.value) ? parsed.value : [];
}

/** Writes the counters down at a moment when no call is between its reservation and its entry. */
export async function saveState(options: {
  readonly log: Log;
  readonly records: Records;
  readonly counters: DurableCounters;
  readonly rollouts: Rollouts;
}): Promise<void> {
  const { log, records, counters, rollouts } = options;
  const { seq, leaf } = log.head();
  const value = { seq, leaf, counters: counters.snapshot(), rollouts: rollouts.snapshot() };
  await putRecord(records, 'snapshot', recordKey, value);
}
