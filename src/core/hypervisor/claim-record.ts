import { z } from 'zod';
import type { Claim, ToolCall } from '../model/call.ts';
import type { JsonObject } from '../model/json.ts';
import { joinKey } from '../model/length-prefixed.ts';
import { sha256Hex } from '../model/sha256.ts';

/**
 * What is kept of a claim. Nothing is kept of work that was refused or that failed: it is evaluated again.
 * `started` stays where a crash cut the work off; it may have happened.
 */
const schema = z.strictObject({
  state: z.enum(['pending', 'started', 'done', 'unknown']),
  fingerprint: z.string(),
  callId: z.string(),
  /** When it was last written, by our clock. */
  atMs: z.number(),
  /** When the turn began, by the framework's. */
  turnMs: z.number().optional(),
  /** Of a pending one. */
  approvalId: z.string().optional(),
  expiresAtMs: z.number().optional(),
  /** Of a done one: `other` is no JSON and lives in memory alone. */
  result: z.enum(['json', 'nothing', 'other']).optional(),
});
export type ClaimRecord = z.output<typeof schema>;

/** Undefined for what is no claim as we write them. */
export function parseClaim(value: JsonObject): ClaimRecord | undefined {
  return schema.safeParse(value).data;
}

/** Left-out fields left out, as the store wants it. */
export function toRecord(claim: ClaimRecord): JsonObject {
  return JSON.parse(JSON.stringify(claim));
}

/** Once-only per adapter, seat, thread, task and call id; a digest, so that foreign labels of any length fit. */
export function claimKey(claim: Claim, { agent, session }: ToolCall['seat']): string {
  const { adapter, thread, task, id } = claim;
  return sha256Hex(joinKey(adapter, agent.id, session.id, thread, task, id));
}

/** Where the vault keeps what a claimed call gave back, filters applied. */
export function resultId(callId: string): string {
  return `${callId}.claim`;
}
