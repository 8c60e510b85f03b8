import { z } from 'zod';

const scope = z.union([
  z.literal('all'),
  z.strictObject({ tool: z.string() }),
  z.strictObject({ agent: z.string() }),
  z.strictObject({ session: z.string() }),
]);

/** Why, for the log and the history. */
const reason = z.string().max(2000).optional();

/** What can be asked through the socket of a data folder: one JSON line a request, one a reply. Who asks is never in it. */
export const controlRequestSchema = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('health') }),
  z.strictObject({ verb: z.literal('inbox') }),
  z.strictObject({
    verb: z.literal('answer'),
    approvalId: z.string(),
    verdict: z.enum(['allow', 'deny']),
    /** Of the call that the person was shown. */
    fingerprint: z.string(),
  }),
  z.strictObject({ verb: z.literal('kill'), scope, reason: z.string().min(1) }),
  z.strictObject({ verb: z.literal('revive'), scope }),
  z.strictObject({ verb: z.literal('rules.reload') }),
  z.strictObject({ verb: z.literal('rules.accept'), version: z.string().min(6), reason }),
  z.strictObject({ verb: z.literal('rules.state') }),
  /** Where the files are. */
  z.strictObject({ verb: z.literal('rules.folder') }),
  /** The newest entries, so many at most. */
  z.strictObject({ verb: z.literal('rules.history'), last: z.int().min(1) }),
  /** One entry, checked against the action log: of a version, or what was in force at a time. */
  z.strictObject({ verb: z.literal('rules.entry'), version: z.string().min(6) }),
  z.strictObject({ verb: z.literal('rules.entry-at'), timeMs: z.number() }),
  z.strictObject({ verb: z.literal('rules.rollback'), version: z.string().min(6), reason }),
  z.strictObject({ verb: z.literal('rules.pin'), reason }),
  z.strictObject({ verb: z.literal('rules.hold'), forMs: z.number(), reason }),
  z.strictObject({
    verb: z.literal('rules.release'),
    kind: z.enum(['pin', 'hold']),
    /** Of the set that the person was shown. */
    version: z.string().optional(),
    reason,
  }),
  z.strictObject({ verb: z.literal('trials.report') }),
  z.strictObject({ verb: z.literal('trials.lift'), rule: z.string().min(1) }),
]);
export type ControlRequest = z.infer<typeof controlRequestSchema>;

export const controlReplySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), result: z.json() }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);
export type ControlReply = z.infer<typeof controlReplySchema>;

/** Longer requests and lines are cut off: 64 KiB. */
export const maxRequestBytes = 65_536;

export const socketName = 'control.sock';
