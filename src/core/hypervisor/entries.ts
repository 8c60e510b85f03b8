import type { ToolCall } from '../model/call.ts';
import type { Decision, Deny, OutcomeStatus } from '../model/decision.ts';
import type { JsonObject } from '../model/json.ts';
import type { EntryBody } from '../model/ports.ts';
import type { Ring } from '../model/tool.ts';

/** What the action log says of a call; arguments and results are only committed to (spec: audit). */
export function decidedEntry(
  call: ToolCall,
  decision: Decision,
  facts: { readonly nowMs: number; readonly ring: Ring; readonly gates: string },
  approvals: readonly string[],
): EntryBody {
  const { verdict, by, code, rule, rulesVersion } = decision;
  return {
    type: 'call.decided',
    time: facts.nowMs,
    ...labels(call),
    definition: call.definition,
    ring: facts.ring,
    gates: facts.gates,
    verdict,
    by,
    code,
    ...(rule === undefined ? {} : { rule }),
    ...(rulesVersion === undefined ? {} : { rulesVersion }),
    ...(call.claim === undefined ? {} : { claim: { ...call.claim } }),
    ...(approvals.length === 0 ? {} : { approvals }),
    ...shadowOf(decision),
  };
}

export function refusedEntry(call: ToolCall, why: Deny, time: number): EntryBody {
  const { by, code } = why;
  return { type: 'call.refused', time, ...labels(call), by, code, count: 1 };
}

export function finishedEntry(
  call: ToolCall,
  status: OutcomeStatus,
  times: { readonly startedMs: number; readonly nowMs: number },
  code?: string,
): EntryBody {
  return {
    type: 'call.finished',
    time: times.nowMs,
    call: call.id,
    agent: call.seat.agent.id,
    session: call.seat.session.id,
    status,
    durationMs: Math.max(0, Math.round(times.nowMs - times.startedMs)),
    ...(code === undefined ? {} : { code }),
  };
}

function labels(call: ToolCall) {
  const { agent, session } = call.seat;
  return {
    call: call.id,
    tool: call.tool,
    action: call.action,
    agent: agent.id,
    session: session.id,
  };
}

// what shadow rules would have done: for whoever weighs whether to enforce them
function shadowOf({ explanation }: Decision): JsonObject {
  const shadow = explanation?.shadow ?? [];
  return shadow.length === 0 ? {} : { shadow: shadow.map(({ rule, would }) => ({ rule, would })) };
}

/** Enough to rebuild the counters after a restart: for the vault, since keys and amounts hold values of arguments. */
export function limitsOf(decision: Decision): readonly JsonObject[] {
  if (decision.verdict !== 'allow') return [];
  return (decision.limits ?? []).map(({ key, amount, untilMs }) => ({ key, amount, untilMs }));
}
