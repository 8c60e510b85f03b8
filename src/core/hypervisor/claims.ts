import type { ToolCall } from '../model/call.ts';
import type { Deny, Outcome, Ticket } from '../model/decision.ts';
import { SupervisionError } from '../model/errors.ts';
import type { Clock, Ids, Records, Vault } from '../model/ports.ts';
import { sealJson } from '../model/seal-json.ts';
import { asTyped } from './as-typed.ts';
import { claimKey, parseClaim, resultId, toRecord, type ClaimRecord } from './claim-record.ts';
import { openClaimRetention } from './claim-retention.ts';
import type { Received } from './receive.ts';

/** The claim of one attempt. */
export interface ClaimHold {
  /** Durable when it resolves, as it must be before the tool may start; a deny where another attempt was faster. */
  start(callId: string): Promise<Deny | undefined>;
  /** Says what became of the attempt. Never rejects: what cannot be written stays `started`, and refused later. */
  end(outcome: Outcome<unknown>): Promise<void>;
}

type Standing =
  | { readonly kind: 'free'; readonly hold: ClaimHold }
  | { readonly kind: 'pending'; readonly hold: ClaimHold; readonly ticket: Ticket }
  | { readonly kind: 'done'; readonly callId: string; readonly value: unknown }
  | { readonly kind: 'barred'; readonly why: Deny };

/** Where a framework runs its work again (a resumed graph): each piece is done once. */
export interface Claims {
  find(call: ToolCall): Promise<Standing | undefined>;
  /** Of a ticket that comes back by another way than the framework's. */
  holdOf(ticket: Ticket): Promise<ClaimHold | undefined>;
}

/** Values that are no JSON cannot be stored; this many are kept in memory. */
const maxValues = 1000;

export async function openClaims(options: {
  readonly records: Records;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly maxClaims: number;
  readonly claimMs: number;
}): Promise<Claims> {
  const { records, vault, clock, ids } = options;
  const retention = await openClaimRetention(options);
  const values = new Map<string, unknown>();

  const createHold = (key: string, fresh: Fresh, known: Known): ClaimHold => {
    let { version } = known;
    const write = async (claim: ClaimRecord | undefined): Promise<boolean> => {
      const value = claim === undefined ? undefined : toRecord(claim);
      if (!(await records.compareAndSet('claim', key, version, value))) return false;
      version = claim === undefined ? 0 : version + 1;
      if (claim === undefined) retention.drop(key);
      else retention.note(key, claim);
      return true;
    };
    const describe = (state: ClaimRecord['state'], callId: string): ClaimRecord => {
      return { ...fresh, state, callId, atMs: clock.nowMs() };
    };
    const finish = async (callId: string, value: unknown): Promise<void> => {
      const result = await keep(callId, value);
      await write({ ...describe('done', callId), result });
    };
    const end = async (outcome: Outcome<unknown>): Promise<void> => {
      switch (outcome.status) {
        case 'done':
          return finish(outcome.callId, outcome.value);
        case 'pending': {
          const { approvalId, callId } = outcome.ticket;
          if (known.claim?.approvalId === approvalId) return;
          const { expiresAtMs } = outcome.why;
          await write({ ...describe('pending', callId), approvalId, expiresAtMs });
          return;
        }
        case 'unknown':
          await write(describe('unknown', outcome.callId));
          return;
        case 'failed':
          await write(isWithheld(outcome) ? describe('unknown', outcome.callId) : undefined);
          return;
        case 'refused':
          if (version > 0) await write(undefined);
          return;
        case 'released':
      }
    };
    return {
      async start(callId) {
        if (await write(describe('started', callId))) return undefined;
        return barred('another attempt of the same call was faster');
      },
      // what could not be written leaves the claim as it stands, and that refuses
      end: (outcome) =>
        end(outcome)
          .then(retention.sweep)
          .catch(() => undefined),
    };
  };
  const keep = async (callId: string, value: unknown): Promise<ClaimRecord['result']> => {
    if (value === undefined) return 'nothing';
    const canonical = tryCanonical(value);
    if (canonical !== undefined) {
      const sealed = { id: resultId(callId), salt: ids.id(), values: { value: canonical } };
      await vault.put(sealed, { durable: false });
      return 'json';
    }
    const [oldest] = values.keys();
    if (values.size >= maxValues && oldest !== undefined) values.delete(oldest);
    values.set(callId, value);
    return 'other';
  };
  const recall = async ({ callId, result }: ClaimRecord): Promise<Standing> => {
    if (result === 'nothing') return { kind: 'done', callId, value: undefined };
    if (values.has(callId)) return { kind: 'done', callId, value: values.get(callId) };
    const text =
      result === 'json' ? (await vault.get(resultId(callId)))?.values['value'] : undefined;
    if (text !== undefined) return { kind: 'done', callId, value: JSON.parse(text) };
    return { kind: 'barred', why: barred('the call was done; its result is no longer here') };
  };
  const load = async (key: string): Promise<Known> => {
    const record = await records.get('claim', key);
    if (record === undefined) return { version: 0, claim: undefined };
    return { version: record.version, claim: parseClaim(record.value) };
  };

  return {
    async find({ claim: label, seat, fingerprint }) {
      if (label === undefined) return undefined;
      try {
        const key = claimKey(label, seat);
        const known = await load(key);
        const { turnMs } = label;
        const fresh = turnMs === undefined ? { fingerprint } : { fingerprint, turnMs };
        const hold = createHold(key, fresh, known);
        if (known.version > 0) return stand(known.claim, fingerprint, hold, recall);
        const isForgotten = turnMs !== undefined && turnMs <= retention.forgottenTurnMs;
        if (!isForgotten) return { kind: 'free', hold };
        const reason = 'the turn is so old that nobody knows whether the call was done; ask anew';
        return { kind: 'barred', why: barred(reason) };
      } catch {
        const reason =
          'what was done before cannot be read, so nothing runs; an operator has to look';
        return { kind: 'barred', why: { ...barred(reason), code: 'LOG_UNAVAILABLE' } };
      }
    },
    async holdOf({ approvalId, callId }) {
      const key = retention.waitingFor(approvalId);
      if (key === undefined) return undefined;
      const known = await load(key);
      // a ticket that was taken over must not end the claim of who took it
      if (known.claim?.callId !== callId) return undefined;
      const { fingerprint, turnMs } = known.claim;
      return createHold(
        key,
        turnMs === undefined ? { fingerprint } : { fingerprint, turnMs },
        known,
      );
    },
  };
}

type Fresh = Pick<ClaimRecord, 'fingerprint' | 'turnMs'>;
interface Known {
  /** 0 where there is none. */
  readonly version: number;
  readonly claim: ClaimRecord | undefined;
}

/** Done: the value. Pending: the ticket. Started, unknown, unreadable, or done for other arguments: no. */
async function stand(
  claim: ClaimRecord | undefined,
  fingerprint: string,
  hold: ClaimHold,
  recall: (claim: ClaimRecord) => Promise<Standing>,
): Promise<Standing> {
  const isSame = claim?.fingerprint === fingerprint;
  if (claim?.state === 'pending') {
    const { approvalId = '', callId } = claim;
    return isSame
      ? { kind: 'pending', hold, ticket: { approvalId, callId } }
      : { kind: 'free', hold };
  }
  if (!isSame) {
    return { kind: 'barred', why: barred('another call was made under this call id before') };
  }
  if (claim?.state === 'done') return recall(claim);
  return { kind: 'barred', why: barred('the call was started before: it may have happened') };
}

/**
 * Goes the way that the claim leaves open. A barred call passes the gates like any other: it costs a token, and a
 * thrown kill switch is the reason that is told first.
 */
export async function submitClaimed<R>(
  standing: Standing,
  received: Received,
  ways: {
    readonly submit: (received: Received, hold: ClaimHold | undefined) => Promise<Outcome<R>>;
    readonly redeem: (ticket: Ticket, hold: ClaimHold) => Promise<Outcome<R>>;
  },
): Promise<Outcome<R>> {
  switch (standing.kind) {
    case 'done':
      return { status: 'done', callId: standing.callId, value: asTyped<R>(standing.value) };
    case 'barred':
      return ways.submit({ ...received, fault: standing.why }, undefined);
    case 'free':
      return ending(standing.hold, ways.submit(received, standing.hold));
    case 'pending':
      return ending(standing.hold, ways.redeem(standing.ticket, standing.hold));
  }
}

/** The outcome, once the claim knows it too. */
export async function ending<R>(
  hold: ClaimHold | undefined,
  running: Promise<Outcome<R>>,
): Promise<Outcome<R>> {
  const outcome = await running;
  await hold?.end(outcome);
  return outcome;
}

/** The tool ran, and a filter keeps its result back: not a failure that may be tried again. */
function isWithheld({ error, callId }: Extract<Outcome<unknown>, { status: 'failed' }>): boolean {
  if (!(error instanceof SupervisionError)) return false;
  return error.code === 'FILTER_DENIED' && error.callId === callId;
}

function tryCanonical(value: unknown): string | undefined {
  try {
    return sealJson(value).canonical;
  } catch (error) {
    if (error instanceof SupervisionError) return undefined;
    throw error;
  }
}

function barred(reason: string): Deny {
  return { verdict: 'deny', by: 'claims', code: 'ALREADY_DONE', reason };
}
