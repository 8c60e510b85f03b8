import type { Approval } from '../approvals/approval.ts';
import type { Approvals } from '../approvals/approvals.ts';
import type { ToolCall } from '../model/call.ts';
import type { Deny, Outcome, Review, Ticket } from '../model/decision.ts';
import type { Hypervisor, PendingApproval } from './api.ts';
import type { Events } from './events.ts';
import type { Persons } from './persons.ts';
import type { Identity } from './identity.ts';
import { restoreCall, type Received } from './receive.ts';
import type { ToolRegistry } from './tool-registry.ts';

/** Where persons answer, and where tickets come back. */
export interface ApprovalDesk {
  readonly api: Hypervisor['approvals'];
  /** The call of a ticket as it was judged, or why there is none; also where it is for another tool than `tool`. */
  redeem(
    ticket: Ticket,
    tool?: string,
  ): Promise<{ readonly received: Received; readonly review: Review } | Deny>;
}

export function createApprovalDesk(options: {
  readonly approvals: Approvals;
  readonly persons: Persons;
  readonly tools: ToolRegistry;
  readonly identity: Identity;
  readonly events: Events;
}): ApprovalDesk {
  const { approvals, persons, tools, identity, events } = options;

  const restore = (approval: Approval): Received | undefined => {
    const tool = tools.find(approval.tool);
    if (tool === undefined || tool.digest !== approval.definition) return undefined;
    const { callId: id, action, args } = approval;
    return restoreCall({ id, action, args }, tool, identity.seat(approval.agent, approval.session));
  };
  /** For whoever approves while the tool's own program is not running: shown, never run. */
  const describe = (approval: Approval): ToolCall => {
    const { callId: id, tool, action, definition, args, fingerprint } = approval;
    // takes no place in the session, and nothing can be submitted from it
    const agent = identity.agents.named(approval.agent);
    const session = identity.sessions.named(approval.session);
    return { id, tool, action, definition, args, fingerprint, seat: { agent, session } };
  };

  return {
    api: {
      async list() {
        return (await approvals.list()).map((approval): PendingApproval => {
          const { id: approvalId, callId, openedAtMs, expiresAtMs } = approval;
          const demands = approval.demands.map(({ by, code }) => ({ by, code }));
          return { approvalId, callId, openedAtMs, expiresAtMs, demands, call: describe(approval) };
        });
      },
      async answer(id, given) {
        // read once: the person who was checked is the one who answers
        const answer = { ...given };
        persons.check(answer.person);
        await approvals.answer(id, answer);
        const session = (await approvals.find(id))?.session ?? '';
        events.emit('approval.answered', { approval: id, verdict: answer.verdict, session });
      },
    },
    async redeem({ approvalId, callId }, asked) {
      const approval = await approvals.find(approvalId);
      if (approval === undefined)
        return deny('APPROVAL_UNKNOWN', 'there is no such approval, or it was used');
      if (approval.callId !== callId) {
        return deny('SUPERSEDED', 'a later attempt of the same call took this ticket over');
      }
      const { tool } = approval;
      if (asked !== undefined && tools.find(asked)?.name !== tool) {
        return deny('APPROVAL_UNKNOWN', 'the ticket is for a call of another tool; use it there');
      }
      const received = restore(approval);
      // a record that was edited between pause and resume is not what the person saw
      if (received !== undefined && received.call.fingerprint !== approval.fingerprint) {
        return deny('APPROVAL_UNKNOWN', 'the stored call is not the one that was to be approved');
      }
      if (received !== undefined) return { received, review: toReview(approval) };
      return deny(
        'DEFINITION_CHANGED',
        `\`${tool}\` is not registered as it was when the call was judged; ask again`,
      );
    },
  };
}

function toReview({ demands, expiresAtMs }: Approval): Review {
  const [first] = demands;
  return {
    verdict: 'review',
    by: first?.by ?? 'approvals',
    code: 'PENDING',
    reason: 'a person has to approve the call',
    demands: demands.map(({ ruleHash, ...demand }) =>
      ruleHash === undefined ? demand : { ...demand, ruleHash },
    ),
    expiresAtMs,
  };
}

function deny(code: Deny['code'], reason: string): Deny {
  return { verdict: 'deny', by: 'approvals', code, reason };
}

export function toRefused<R>(callId: string, why: Deny): Outcome<R> {
  return { status: 'refused', callId, why };
}
