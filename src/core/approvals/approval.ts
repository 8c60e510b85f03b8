import { z } from 'zod';
import type { Demand, Review } from '../model/decision.ts';
import type { ToolCall } from '../model/call.ts';
import type { Json, JsonObject } from '../model/json.ts';

const demandSchema = z.object({
  by: z.string(),
  code: z.string(),
  ruleHash: z.string().exactOptional(),
  quorum: z.number().int().min(1),
});

const approvalSchema = z.object({
  id: z.string(),
  callId: z.string(),
  state: z.enum(['open', 'allowed', 'denied', 'expired', 'consumed']),
  fingerprint: z.string(),
  tool: z.string(),
  action: z.string(),
  definition: z.string(),
  args: z.custom<Json>((value) => value !== undefined),
  agent: z.string(),
  session: z.string(),
  demands: z.array(demandSchema),
  /** Who may not answer: the session's user and the owners of the agent. */
  requesters: z.array(z.string()),
  /** Filters that have rewritten the arguments already. */
  applied: z.array(z.string()),
  /** Earlier approvals of the same call, used up together with this one. */
  earlier: z.array(z.string()),
  openedAtMs: z.number(),
  expiresAtMs: z.number(),
  answers: z.array(
    z.object({ person: z.string(), verdict: z.enum(['allow', 'deny']), atMs: z.number() }),
  ),
});

/** A person's answer in the making: what it was opened for, until when, and what was said. */
export type Approval = z.infer<typeof approvalSchema>;
export type ApprovalState = Approval['state'];

/** Undefined for a record that cannot be read: such an approval approves nothing. */
export function parseApproval(value: JsonObject): Approval | undefined {
  return approvalSchema.safeParse(value).data;
}

/** An approval is JSON as it stands; its type says so. */
export function toRecord(approval: Approval): JsonObject {
  return approval;
}

/** Distinct persons who must say yes: the largest quorum of its demands. */
export function quorumOf(demands: readonly Pick<Demand, 'quorum'>[]): number {
  return Math.max(1, ...demands.map(({ quorum }) => quorum));
}

/** Open, or answered with yes and not used yet. */
export function isLive({ state }: Pick<Approval, 'state'>): boolean {
  return state === 'open' || state === 'allowed';
}

/** What to open an approval for, beside the call and its review. */
export interface Opening {
  readonly requesters: readonly string[];
  readonly applied: readonly string[];
  readonly earlier: readonly string[];
}

export function newApproval(
  call: ToolCall,
  review: Review,
  { id, openedAtMs, ...opening }: Opening & Pick<Approval, 'id' | 'openedAtMs'>,
): Approval {
  return {
    id,
    callId: call.id,
    state: 'open',
    fingerprint: call.fingerprint,
    tool: call.tool,
    action: call.action,
    definition: call.definition,
    args: call.args,
    agent: call.seat.agent.id,
    session: call.seat.session.id,
    demands: review.demands.map((demand: Demand) => ({ ...demand })),
    requesters: [...opening.requesters],
    applied: [...opening.applied],
    earlier: [...opening.earlier],
    openedAtMs,
    expiresAtMs: review.expiresAtMs,
    answers: [],
  };
}

/** As the log names it. */
export function labels({ id, callId, tool, action, agent, session }: Approval) {
  return { approval: id, call: callId, tool, action, agent, session };
}
