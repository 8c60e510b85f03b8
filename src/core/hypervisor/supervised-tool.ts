import type { z } from 'zod';
import type { Decision, Outcome, Ticket } from '../model/decision.ts';
import { isErrorCode, SupervisionError, type ErrorCode } from '../model/errors.ts';
import type { Seat } from '../model/call.ts';
import type { Json } from '../model/json.ts';
import type { RunIo, ToolSpec } from '../model/tool.ts';
import type { Hypervisor } from './api.ts';
import { asTyped } from './as-typed.ts';

export interface CallOptions {
  /** Default: the agent `default` in one session per hypervisor. */
  readonly seat?: Seat;
  readonly signal?: AbortSignal;
  /** How long to wait for a person: milliseconds, default 30,000. */
  readonly waitMs?: number;
}

/** A tool that runs only through its hypervisor; the raw one is not to be had from it. */
export interface SupervisedTool<S extends z.ZodType, R> {
  readonly name: string;
  /** The result, or the tool's own error, or a `SupervisionError` for a call that was not done. */
  invoke(args: z.input<S>, options?: CallOptions): Promise<R>;
  /** Never throws a decision. */
  attempt(args: z.input<S>, options?: CallOptions): Promise<Outcome<R>>;
  /** Comes back with the ticket of a pending call. */
  resume(ticket: Ticket): Promise<Outcome<R>>;
}

/**
 * Wraps a plain tool.
 * @example
 * const refund = supervise({ name: 'stripe', action: 'refund', description: 'Refunds a charge', schema, manifest, run }, hypervisor);
 * await refund.invoke({ charge: 'ch_1', amount: 20 });
 */
export function supervise<S extends z.ZodType, R>(
  spec: ToolSpec<S, R>,
  hypervisor: Hypervisor,
): SupervisedTool<S, R> {
  const { name, description, schema, manifest, timeoutMs, action } = spec;
  if (typeof spec.run !== 'function') {
    throw new SupervisionError('TOOL_INVALID', `tool \`${name}\` has no \`run\` function`);
  }
  // taken now: a spec that is changed later must not change what runs
  const execute = spec.run.bind(spec);
  const actionOf =
    typeof action === 'function' ? (args: Json) => action(asTyped<z.output<S>>(args)) : action;
  hypervisor.tools.register({
    name,
    description,
    schema,
    manifest,
    ...(actionOf === undefined ? {} : { action: actionOf }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const run = (args: Json, io: RunIo): R | Promise<R> => execute(asTyped<z.output<S>>(args), io);
  const attempt = (args: z.input<S>, options: CallOptions = {}): Promise<Outcome<R>> => {
    const { seat = hypervisor.seat('default'), signal, waitMs } = options;
    // one by one: frameworks pass their whole configuration, and a `tool` in it must not rename the call
    const chosen = {
      ...(signal === undefined ? {} : { signal }),
      ...(waitMs === undefined ? {} : { waitMs }),
    };
    return hypervisor.submit({ ...chosen, tool: name, args: { value: args }, seat }, run);
  };
  return Object.freeze({
    name,
    attempt,
    invoke: async (args: z.input<S>, options?: CallOptions) => unwrap(await attempt(args, options)),
    resume: (ticket: Ticket) => hypervisor.resume(ticket, run, { tool: name }),
  });
}

/** The value of a done call; throws the tool's own error, or a `SupervisionError` that says why there is none. */
export function unwrap<R>(outcome: Outcome<R>): R {
  switch (outcome.status) {
    case 'done':
      return outcome.value;
    case 'failed':
      throw outcome.error;
    case 'refused':
      throw refusal(outcome.why, { callId: outcome.callId });
    case 'pending':
      throw new SupervisionError('PENDING', `a person has to approve it: ${outcome.why.reason}`, {
        why: outcome.why,
        ticket: outcome.ticket,
        callId: outcome.ticket.callId,
      });
    case 'released':
      throw new SupervisionError('RELEASED', 'the call was handed to foreign code', outcome);
    case 'unknown':
      throw new SupervisionError('OUTCOME_UNKNOWN', outcome.reason, { callId: outcome.callId });
  }
}

function refusal(why: Decision, details: { readonly callId: string }): SupervisionError {
  // a supervisor of the host may use codes of its own: they stay in `why`
  const code: ErrorCode = isErrorCode(why.code) ? why.code : 'SUPERVISOR_DENIED';
  return new SupervisionError(code, why.reason, { why, ...details });
}
