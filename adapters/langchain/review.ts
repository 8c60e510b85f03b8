import { interrupt } from '@langchain/langgraph';
import type { RunnableConfig } from '@langchain/core/runnables';
import { SupervisionError, type Hypervisor, type Outcome, type Ticket } from 'ringfence/spi';
import { z } from 'zod';
import type { ReviewOptions } from './options.ts';

type Pending = Extract<Outcome<unknown>, { status: 'pending' }>;

/** What an interrupt shows, and what an approver has to name in the answer. */
export interface ReviewRequest extends Ticket {
  readonly type: 'ringfence.review';
  readonly tool: string;
  readonly code: string;
  readonly by: string;
  readonly reason: string;
  /** SHA-256 over tool, action, definition, arguments and seat: names exactly this call. */
  readonly fingerprint: string;
  readonly expiresAtMs: number;
}

const answerSchema = z.object({
  approvalId: z.string(),
  fingerprint: z.string(),
  verdict: z.enum(['allow', 'deny']),
});

/**
 * Submits until the call no longer waits for a person. A resume only wakes the graph: whatever it carries, the call
 * is asked for again and interrupts again while nobody has answered. Only an `approver` turns it into an answer.
 */
export async function untilReviewed(
  hypervisor: Hypervisor,
  attempt: () => Promise<Outcome<unknown>>,
  context: ReviewOptions & {
    readonly tool: string;
    readonly config: RunnableConfig;
    readonly hasCheckpointer: boolean;
  },
): Promise<Outcome<unknown>> {
  for (;;) {
    const outcome = await attempt();
    if (outcome.status !== 'pending' || context.review !== 'interrupt') return outcome;
    if (!context.hasCheckpointer) throw noCheckpointer(context.tool);
    const resumed: unknown = interrupt(await describe(hypervisor, context.tool, outcome));
    await answer(hypervisor, outcome.ticket, resumed, context);
  }
}

async function describe(
  hypervisor: Hypervisor,
  tool: string,
  { ticket, why }: Pending,
): Promise<ReviewRequest> {
  const open = await hypervisor.approvals.list();
  const found = open.find(({ approvalId }) => approvalId === ticket.approvalId);
  const { code, by, reason, expiresAtMs } = why;
  const fingerprint = found?.call.fingerprint ?? '';
  return { type: 'ringfence.review', ...ticket, tool, code, by, reason, fingerprint, expiresAtMs };
}

/** A resume that names another approval, or answers nothing, changes nothing: the call stays open. */
async function answer(
  hypervisor: Hypervisor,
  ticket: Ticket,
  resumed: unknown,
  { approver, config }: ReviewOptions & { readonly config: RunnableConfig },
): Promise<void> {
  const given = answerSchema.safeParse(resumed).data;
  if (approver === undefined || given?.approvalId !== ticket.approvalId) return;
  const { verdict, fingerprint } = given;
  const person = await approver(config);
  try {
    await hypervisor.approvals.answer(ticket.approvalId, { verdict, fingerprint, person });
  } catch (error) {
    // the requester, a late answer, another call: not an answer, so the call waits on
    if (!(error instanceof SupervisionError) || error.code !== 'APPROVAL_REFUSED') throw error;
  }
}

function noCheckpointer(tool: string): SupervisionError {
  return new SupervisionError(
    'CONFIG_INVALID',
    `\`${tool}\` needs a person, and \`review: 'interrupt'\` needs a graph that can be resumed: pass a \`checkpointer\` and a \`thread_id\`, or \`review: { waitMs }\``,
  );
}
