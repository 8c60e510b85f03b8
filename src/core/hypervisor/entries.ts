import type { ToolCall } from '../model/call.ts';
import type { Decision, Deny, OutcomeStatus } from '../model/decision.ts';
import type { JsonObject } from '../model/json.ts';
import type { EntryBody } from '../model/ports.ts';
import type { Ring } from '../model/tool.ts';
import { rootOf } from '../rules/rollout.ts';
import type { Tool } from './tool-registry.ts';

/** What a decision was made from, beside the call and the rules. */
export interface EntryFacts {
  readonly nowMs: number;
  readonly ring: Ring;
  readonly env: string;
  readonly gates: string;
}

/** What became of a call before it was decided. */
export interface EntryPast {
  readonly approvals: readonly string[];
  /** Filters that changed the arguments: those that are kept are not those that were asked for. */
  readonly rewrote: readonly string[];
}

/** What the action log says of a call; arguments and results are only committed to (spec: audit). */
export function decidedEntry(
  call: ToolCall,
  decision: Decision,
  facts: EntryFacts,
  { approvals, rewrote }: EntryPast,
): EntryBody {
  const { verdict, by, code, rule, rulesVersion } = decision;
  return {
    type: 'call.decided',
    time: facts.nowMs,
    ...labels(call),
    definition: call.definition,
    ring: facts.ring,
    env: facts.env,
    ...agentOf(call),
    gates: facts.gates,
    verdict,
    by,
    code,
    ...(rule === undefined ? {} : { rule }),
    ...(rulesVersion === undefined ? {} : { rulesVersion }),
    ...(call.claim === undefined ? {} : { claim: { ...call.claim } }),
    ...(approvals.length === 0 ? {} : { approvals }),
    ...(rewrote.length === 0 ? {} : { rewrote }),
    ...shadowOf(decision),
    ...trialOf(decision),
    ...judgeOf(decision),
  };
}

export function refusedEntry(call: ToolCall, why: Deny, time: number): EntryBody {
  const { by, code } = why;
  return { type: 'call.refused', time, ...labels(call), by, code, count: 1, ...judgeOf(why) };
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

/** What rules read of the agent, which may be registered with others tomorrow; `root` of one that works for another. */
function agentOf({ seat: { agent } }: ToolCall): JsonObject {
  const { roles, permissions = [], parent } = agent;
  return {
    ...(roles.length === 0 ? {} : { roles: [...roles] }),
    // even if there are none: an entry without them is of a time that did not tell
    permissions: [...permissions],
    ...(parent === undefined ? {} : { root: rootOf(parent).id }),
  };
}

/** What the model was asked and said, without its own words: they may repeat arguments. */
function judgeOf({ explanation }: Decision): JsonObject {
  const judge = explanation?.judge;
  if (judge === undefined) return {};
  const { criteria, rationale: _rationale, injection, ...rest } = judge;
  return {
    judge: {
      ...rest,
      ...(criteria === undefined ? {} : { ...criteria }),
      ...(injection === undefined ? {} : { injections: injection.length }),
    },
  };
}

// what shadow rules would have done: for whoever weighs whether to enforce them
function shadowOf({ explanation }: Decision): JsonObject {
  const shadow = explanation?.shadow ?? [];
  return shadow.length === 0 ? {} : { shadow: shadow.map(({ rule, would }) => ({ rule, would })) };
}

/** What was registered under a digest, so that whoever reads the log knows what its decisions spoke of. */
export function toolEntry({ name, digest, shape }: Tool, time: number): EntryBody {
  const { content, isParsed } = shape;
  return {
    type: 'tool.registered',
    time,
    tool: name,
    definition: digest,
    content,
    ...(isParsed ? { isParsed } : {}),
  };
}

/** On which side of which trial the call was, and what is needed to count it again from the log. */
function trialOf({ explanation }: Decision): JsonObject {
  const { arm = [], tookMs } = explanation ?? {};
  if (arm.length === 0) return {};
  const took = tookMs === undefined ? {} : { tookMs: Math.round(tookMs * 1000) / 1000 };
  return { arm: arm.map((each) => ({ ...each })), ...took };
}

/** Enough to rebuild the counters after a restart: for the vault, since keys and amounts hold values of arguments. */
export function limitsOf(decision: Decision): readonly JsonObject[] {
  if (decision.verdict !== 'allow') return [];
  return (decision.limits ?? []).map(({ key, amount, untilMs }) => ({ key, amount, untilMs }));
}
