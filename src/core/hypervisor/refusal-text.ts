import type { Deny, Outcome } from '../model/decision.ts';

/** An outcome without a value: what a model has to be told about. */
export type NotDone = Exclude<Outcome<unknown>, { status: 'done' | 'failed' }>;

/** What a program reads of it, beside the words for the model. */
export interface Supervision {
  readonly status: NotDone['status'] | 'failed';
  readonly code: string;
  readonly by: string;
  /** Of a pending call. */
  readonly approvalId?: string;
}

const ours = 'This is a fault of the supervision, not of the call: it can be tried again later.';
const standing =
  'The same call will be refused again while that stands; do something else, or tell the user what is needed.';

/** What would be allowed instead, by code. It names no pattern, limit or argument. */
const advice: { readonly [code: string]: string } = {
  ARGS_INVALID: 'With corrected arguments it can be called again.',
  ARGS_TOO_LARGE: 'With smaller arguments it can be called again.',
  UNKNOWN_TOOL: 'Only the tools that you were given can be called.',
  RATE_LIMITED: 'After a pause it can be called again.',
  LIMIT_EXCEEDED: 'It will be refused again until the limit allows more; do not repeat it now.',
  DENIED: 'Do not ask for it again; tell the user that it was denied.',
  EXPIRED: 'Asking again opens a new request; do so only if it is still needed.',
  SUPERSEDED: 'Another attempt of the same call goes on in its place; do not repeat it.',
  ALREADY_DONE: 'Do not repeat it; check whether it took effect, or ask the user.',
  ABORTED: 'It was stopped from outside; do not repeat it unless you are asked to.',
  GATE_FAILED: ours,
  GATE_TIMEOUT: ours,
  SUPERVISOR_ERROR: ours,
  SUPERVISOR_TIMEOUT: ours,
  COUNTERS_UNAVAILABLE: ours,
  LOG_UNAVAILABLE: ours,
  APPROVALS_UNAVAILABLE: ours,
  FILTER_FAILED: ours,
};

/** For programs: status, code, and who decided. */
export function toSupervision(outcome: NotDone): Supervision {
  switch (outcome.status) {
    case 'refused':
      return { status: 'refused', code: outcome.why.code, by: outcome.why.by };
    case 'pending': {
      const { code, by } = outcome.why;
      return { status: 'pending', code, by, approvalId: outcome.ticket.approvalId };
    }
    case 'released':
      return { status: 'released', code: 'RELEASED', by: 'pipeline' };
    case 'unknown':
      return { status: 'unknown', code: 'OUTCOME_UNKNOWN', by: 'pipeline' };
  }
}

/** For the model: what was not executed, why, what would be allowed, and whether asking again is of use. */
export function describeNotDone(tool: string, outcome: NotDone): string {
  switch (outcome.status) {
    case 'refused':
      return describeRefusal(tool, outcome.why);
    case 'pending':
      return `The call of \`${tool}\` was not executed: a person has to approve it first (PENDING, approval ${outcome.ticket.approvalId}): ${toSentence(outcome.why.reason)} Do not repeat it; it can go on once it is approved.`;
    case 'released':
      return `The call of \`${tool}\` was handed on; its result is not known here (RELEASED).`;
    case 'unknown':
      return `The call of \`${tool}\` was started and did not finish (OUTCOME_UNKNOWN): ${toSentence(outcome.reason)} Check whether it took effect before doing it again.`;
  }
}

function describeRefusal(tool: string, { code, reason, retryAfterMs }: Deny): string {
  const wait =
    retryAfterMs === undefined ? '' : ` Wait ${Math.max(1, Math.ceil(retryAfterMs / 1000))} s.`;
  const then = Object.hasOwn(advice, code) ? advice[code] : standing;
  return `The call of \`${tool}\` was not executed (${code}): ${toSentence(reason)} ${then}${wait}`;
}

/** Rules bring messages of their own, with a full stop or without. */
function toSentence(reason: string): string {
  return /[.!?]$/u.test(reason) ? reason : `${reason}.`;
}
