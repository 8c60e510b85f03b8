import { z } from 'zod';
import type { Hypervisor } from '../../src/core/hypervisor/api.ts';
import {
  supervise,
  type CallOptions,
  type SupervisedTool,
} from '../../src/core/hypervisor/supervised-tool.ts';
import type { Outcome, Ticket } from '../../src/core/model/decision.ts';
import type { Json } from '../../src/core/model/json.ts';
import type { Manifest, RunIo } from '../../src/core/model/tool.ts';

/** A write that can be undone: ring 2 may do it without a person. */
export const writes: Manifest = { effect: 'write', undo: 'full', paths: [] };
export const reads: Manifest = { effect: 'read', undo: 'full', paths: [] };

export const allow = (tool: string, condition: { readonly [key: string]: Json } = {}) => ({
  name: `allow_${tool}`,
  condition: { tool, ...condition },
  approval: 'auto_approve',
});
export const review = (tool: string) => ({
  name: `review_${tool}`,
  condition: { tool },
  approval: 'require_review',
});
export const deny = (tool: string) => ({
  name: `deny_${tool}`,
  condition: { tool },
  approval: 'deny',
});

/** A tool that counts its runs, and keeps what it was given. */
export interface CountingTool {
  readonly tool: SupervisedTool<z.ZodType, unknown>;
  readonly runs: Json[];
  attempt(args?: unknown, options?: CallOptions): Promise<Outcome<unknown>>;
}

export function countingTool(
  hypervisor: Hypervisor,
  name: string,
  options: {
    readonly manifest?: Manifest;
    readonly schema?: z.ZodType;
    readonly timeoutMs?: number;
    readonly action?: (args: unknown) => string;
    readonly run?: (args: unknown, io: RunIo) => unknown;
  } = {},
): CountingTool {
  const { manifest = writes, schema = z.any(), run, ...rest } = options;
  const runs: Json[] = [];
  const tool = supervise(
    {
      name,
      description: name,
      schema,
      manifest,
      ...rest,
      run: (args, io) => {
        runs.push(args as Json);
        return run === undefined ? runs.length : run(args, io);
      },
    },
    hypervisor,
  );
  return { tool, runs, attempt: (args = {}, given = {}) => tool.attempt(args, given) };
}

/** Answers all open approvals as this person. */
export async function answerAll(
  { approvals, authenticate }: Hypervisor,
  who = 'ann',
  verdict: 'allow' | 'deny' = 'allow',
): Promise<void> {
  const person = await authenticate(who);
  for (const { approvalId, call } of await approvals.list()) {
    await approvals.answer(approvalId, { verdict, person, fingerprint: call.fingerprint });
  }
}

export function ticketOf(outcome: Outcome<unknown>): Ticket {
  if (outcome.status === 'pending') return outcome.ticket;
  throw new Error(`expected a pending call, got ${JSON.stringify(outcome)}`);
}

/** The status, or for a refusal its code. */
export function codeOf(outcome: Outcome<unknown>): string {
  return outcome.status === 'refused' ? outcome.why.code : outcome.status;
}
