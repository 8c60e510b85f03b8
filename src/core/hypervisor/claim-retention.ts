import type { Clock, Records, Vault } from '../model/ports.ts';
import { putRecord } from '../model/ports.ts';
import { parseClaim, resultId, type ClaimRecord } from './claim-record.ts';

export interface ClaimRetention {
  /** Of the newest turn that something was forgotten of: of turns up to here nobody knows any more. */
  readonly forgottenTurnMs: number;
  /** The key of the claim that waits for the approval. */
  waitingFor(approvalId: string): string | undefined;
  note(key: string, claim: ClaimRecord): void;
  drop(key: string): void;
  /** Evicts the oldest where there are too many, or too old ones. Never while they wait for a person. */
  sweep(): Promise<void>;
}

const watermarkKey = 'watermark';

type Kept = Pick<ClaimRecord, 'callId' | 'atMs' | 'turnMs' | 'approvalId' | 'expiresAtMs'>;

/**
 * Bounds how many claims are kept, and how long. The watermark is durable before a claim is forgotten, so that a
 * late resume of a forgotten turn is refused and never run again.
 */
export async function openClaimRetention(options: {
  readonly records: Records;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly maxClaims: number;
  readonly claimMs: number;
}): Promise<ClaimRetention> {
  const { records, vault, clock, maxClaims, claimMs } = options;
  const kept = new Map<string, Kept>();
  const waiting = new Map<string, string>();
  let forgottenTurnMs = -Infinity;
  let isSweeping = false;

  const drop = (key: string): void => {
    const { approvalId } = kept.get(key) ?? {};
    if (approvalId !== undefined) waiting.delete(approvalId);
    kept.delete(key);
  };
  const note = (key: string, claim: ClaimRecord): void => {
    drop(key);
    const { callId, atMs, turnMs, approvalId, expiresAtMs } = claim;
    kept.set(key, { callId, atMs, turnMs, approvalId, expiresAtMs });
    if (approvalId !== undefined) waiting.set(approvalId, key);
  };
  const findEvictable = (): readonly (readonly [string, Kept])[] => {
    const now = clock.nowMs();
    // a batch at a time: the watermark costs a durable write of its own
    const surplus = kept.size > maxClaims ? kept.size - maxClaims + Math.ceil(maxClaims / 100) : 0;
    const found: (readonly [string, Kept])[] = [];
    for (const [key, claim] of kept) {
      if (found.length >= surplus && claim.atMs > now - claimMs) break;
      if ((claim.expiresAtMs ?? 0) <= now) found.push([key, claim]);
    }
    return found;
  };
  const evict = async (found: readonly (readonly [string, Kept])[]): Promise<void> => {
    const turnMs = Math.max(
      forgottenTurnMs,
      ...found.map(([, claim]) => claim.turnMs ?? -Infinity),
    );
    if (turnMs > forgottenTurnMs) {
      await putRecord(records, 'claim', watermarkKey, { turnMs });
      forgottenTurnMs = turnMs;
    }
    for (const [key, { callId }] of found) {
      await putRecord(records, 'claim', key, undefined);
      drop(key);
      await vault.erase(resultId(callId));
    }
  };

  const stored = (await records.list('claim')).flatMap(({ key, value }) => {
    const { turnMs } = value;
    if (key === watermarkKey && typeof turnMs === 'number') forgottenTurnMs = turnMs;
    const claim = parseClaim(value);
    return claim === undefined ? [] : [{ key, claim }];
  });
  for (const { key, claim } of stored.toSorted((a, b) => a.claim.atMs - b.claim.atMs)) {
    note(key, claim);
  }

  return {
    get forgottenTurnMs() {
      return forgottenTurnMs;
    },
    waitingFor: (approvalId) => waiting.get(approvalId),
    note,
    drop,
    async sweep() {
      if (isSweeping) return;
      isSweeping = true;
      try {
        const found = findEvictable();
        if (found.length > 0) await evict(found);
      } finally {
        isSweeping = false;
      }
    },
  };
}
