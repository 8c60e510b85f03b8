import {
  isSameDemand,
  stricter,
  withReport,
  type Decision,
  type Demand,
  type Deny,
  type Explanation,
  type LimitUse,
  type Review,
} from '../model/decision.ts';
import type { Gate, Supervisor } from '../model/extension.ts';
import type { Clock, Counters } from '../model/ports.ts';
import { bounded } from './bounded.ts';
import type { Flight } from './flights.ts';
import { requirementsOf, toReview, type RequirementOptions } from './requirements.ts';
import type { PassFacts } from './pass-facts.ts';
import type { Received } from './receive.ts';

/** One pass of a call: what it is, what is known, and what persons have approved of it so far. */
export interface Pass {
  readonly received: Received;
  readonly flight: Flight;
  readonly facts: PassFacts;
  /** Its token is taken: it comes back with an approval, or as a filter rewrote it. */
  readonly isCounted: boolean;
  readonly satisfied: readonly Demand[];
}

export interface JudgeParts {
  readonly gates: readonly Gate[];
  readonly supervisors: readonly Supervisor[];
  readonly requirements: RequirementOptions;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly approvalMs: number;
  readonly gateTimeoutMs: number;
  readonly decideTimeoutMs: number;
}

/** Step 1: the first gate that denies ends the pass; one that throws or is too slow has denied. */
export async function askGates(parts: JudgeParts, pass: Pass): Promise<Deny | undefined> {
  const { received, flight, facts, isCounted } = pass;
  const bound = { ms: parts.gateTimeoutMs, clock: parts.clock, flight };
  for (const gate of parts.gates) {
    if (isCounted && gate.attemptsOnly === true) continue;
    const blocked = askBlocked(gate, received);
    if (blocked !== undefined) return blocked;
    if (isStateOnly(gate)) continue;
    const answer = await bounded(() => gate.check(received.call, facts), bound);
    if (answer.kind === 'value' && answer.value === undefined) continue;
    if (answer.kind === 'value') return answer.value;
    if (answer.kind === 'cancelled') return answer.why;
    const code = answer.kind === 'timeout' ? 'GATE_TIMEOUT' : 'GATE_FAILED';
    return failed(gate.name, code, `the gate \`${gate.name}\` failed`);
  }
  return flight.cancelled;
}

/** Step 5, first half: every gate's `blocked` once more, without waiting. */
export function askBlockedOnce(
  gates: readonly Gate[],
  { received, flight }: Pick<Pass, 'received' | 'flight'>,
): Deny | undefined {
  if (flight.cancelled !== undefined) return flight.cancelled;
  for (const gate of gates) {
    const blocked = askBlocked(gate, received);
    if (blocked !== undefined) return blocked;
  }
  return undefined;
}

function askBlocked(gate: Gate, received: Received): Deny | undefined {
  try {
    return gate.blocked?.(received.call);
  } catch {
    return failed(gate.name, 'GATE_FAILED', `the gate \`${gate.name}\` failed`);
  }
}

const stateOnly = new WeakSet<Gate>();

/** Marks gates whose `check` asks nothing beyond `blocked`, so that it need not be awaited. */
export function markStateOnly(gate: Gate): Gate {
  stateOnly.add(gate);
  return gate;
}

function isStateOnly(gate: Gate): boolean {
  return stateOnly.has(gate);
}

/** Steps 2 and 3 but for the counting: all supervisors and the requirements, joined by the stricter. */
export async function askSupervisors(parts: JudgeParts, pass: Pass): Promise<Decision> {
  const { received, flight, facts } = pass;
  const startedMs = parts.clock.monotonicMs();
  const deadlineMs = startedMs + parts.decideTimeoutMs;
  let joined: Decision | undefined;
  let trial: Explanation['arm'];
  for (const supervisor of parts.supervisors) {
    const ms = Math.max(1, deadlineMs - parts.clock.monotonicMs());
    const seen = joined === undefined ? facts : facts.withSoFar(joined);
    const answer = await bounded(() => supervisor.decide(received.call, seen), {
      ms,
      clock: parts.clock,
      flight,
    });
    const decision = toDecision(supervisor.name, answer);
    joined = joined === undefined ? decision : stricter(joined, decision);
    trial ??= decision.explanation?.arm;
    if (joined.verdict === 'deny') break;
  }
  if (joined === undefined)
    return failed('pipeline', 'NO_SUPERVISOR', 'no supervisor is configured');
  const decided = joined.verdict === 'deny' ? joined : joinRequirements(parts, pass, joined);
  if (trial === undefined) return decided;
  return onTrial(decided, { arm: trial, tookMs: parts.clock.monotonicMs() - startedMs });
}

type OnTrial = Pick<Explanation, 'arm' | 'tookMs'>;

/** Whoever decides in the end: the sides on which the call stood are counted with it. */
function onTrial<D extends Decision>(decision: D, { arm, tookMs }: OnTrial): D {
  if (arm === undefined) return decision;
  const { explanation = { matched: 'default', shadow: [] } } = decision;
  const took = tookMs === undefined ? undefined : { tookMs };
  return { ...decision, explanation: { ...explanation, arm, ...took } };
}

function joinRequirements(parts: JudgeParts, pass: Pass, joined: Decision): Decision {
  const { call, tool } = pass.received;
  if (tool === undefined)
    return failed('pipeline', 'UNKNOWN_TOOL', 'no tool of this name is registered');
  const demands = requirementsOf(call, tool, pass.facts.ring, parts.requirements);
  if (demands.length === 0) return joined;
  return stricter(joined, toReview(demands, tool, pass.facts.nowMs + parts.approvalMs));
}

const verdicts = new Set<unknown>(['allow', 'review', 'deny']);

function toDecision(name: string, answer: Awaited<ReturnType<typeof bounded<Decision>>>): Decision {
  if (answer.kind === 'cancelled') return answer.why;
  if (answer.kind === 'timeout') {
    return failed(name, 'SUPERVISOR_TIMEOUT', `the supervisor \`${name}\` did not decide in time`);
  }
  if (answer.kind === 'value' && isDecision(answer.value)) return answer.value;
  return failed(name, 'SUPERVISOR_ERROR', `the supervisor \`${name}\` failed`);
}

// users write supervisors in JavaScript too: an answer of the wrong shape must not read as an allow
function isDecision(value: Decision | undefined | null): value is Decision {
  if (typeof value !== 'object' || value === null || !verdicts.has(value.verdict)) return false;
  const { by, code, reason, rule = '', rulesVersion = '' } = value;
  if (![by, code, reason, rule, rulesVersion].every(isText)) return false;
  if (value.verdict === 'deny') return true;
  const { limits = [], filters = [] } = value;
  if (!Array.isArray(limits) || !Array.isArray(filters)) return false;
  const { taints = [], declassifies = [] } = value;
  if (![taints, declassifies].every((labels) => Array.isArray(labels) && labels.every(isText)))
    return false;
  if (value.verdict !== 'review') return true;
  const { demands, expiresAtMs } = value;
  return Array.isArray(demands) && demands.length > 0 && demands.every(isDemand) && expiresAtMs > 0;
}

// what goes into the log and into records must be JSON that reads back as it was
function isText(value: unknown): boolean {
  return typeof value === 'string' && value.isWellFormed();
}

function isDemand({ by, code, ruleHash = '', quorum }: Demand): boolean {
  return [by, code, ruleHash].every(isText) && Number.isSafeInteger(quorum) && quorum >= 1;
}

export function failed(by: string, code: Deny['code'], reason: string): Deny {
  return { verdict: 'deny', by, code, reason };
}

/** A review whose demands persons have all satisfied is an allow; otherwise only what is left is demanded. */
export function applyApprovals(decision: Decision, satisfied: readonly Demand[]): Decision {
  if (decision.verdict !== 'review') return decision;
  const left = decision.demands.filter((demand) => !isSatisfied(demand, satisfied));
  if (left.length > 0) return { ...decision, demands: left };
  const { demands: _demands, expiresAtMs: _expiresAtMs, ...why } = decision;
  return {
    ...why,
    verdict: 'allow',
    by: 'approvals',
    code: 'APPROVED',
    reason: 'a person approved the call',
  };
}

/** By as many persons as are asked for now: a quorum may have been raised meanwhile. */
function isSatisfied(demand: Demand, satisfied: readonly Demand[]): boolean {
  return satisfied.some((had) => isSameDemand(had, demand) && had.quorum >= demand.quorum);
}

export interface Counted {
  readonly decision: Decision;
  /** To commit or refund, where something was reserved. */
  readonly reservation: string | undefined;
}

/**
 * Step 3, the counting: an allowed call reserves its limits, all or none; a reviewed one is only told now
 * if they are full. A limit that a person let be passed is reserved beyond its bound.
 */
export async function reserveLimits(
  parts: JudgeParts,
  pass: Pass,
  decision: Decision,
): Promise<Counted> {
  const uses = decision.verdict === 'deny' ? [] : (decision.limits ?? []);
  if (uses.length === 0) return { decision, reservation: undefined };
  const lifted = uses.filter(
    ({ onExceed }) => onExceed !== 'deny' && isSatisfied(onExceed, pass.satisfied),
  );
  const beyond = new Set(lifted.map(({ key }) => key));
  const options = { nowMs: pass.facts.nowMs, beyond, dryRun: decision.verdict !== 'allow' };
  const bound = { ms: parts.gateTimeoutMs, clock: parts.clock };
  const answer = await bounded(() => parts.counters.reserve(uses, options), bound);
  if (answer.kind !== 'value') {
    const reason = 'the counters did not answer; try again';
    const why = failed('limits', 'COUNTERS_UNAVAILABLE', reason);
    return { decision: inPlaceOf(decision, why), reservation: undefined };
  }
  const { value } = answer;
  if (!value.ok)
    return { decision: exceed(parts, pass, decision, value.full), reservation: undefined };
  return { decision, reservation: options.dryRun ? undefined : value.reservation };
}

/** A decision that takes the place of the first one: on which sides the call stood and what a model said of it stay. */
export function inPlaceOf<D extends Decision>(first: Decision, decision: D): D {
  return withReport(onTrial(decision, pickTrial(first)), first.explanation?.judge);
}

function pickTrial({ explanation }: Decision): OnTrial {
  const { arm, tookMs } = explanation ?? {};
  return {
    ...(arm === undefined ? undefined : { arm }),
    ...(tookMs === undefined ? undefined : { tookMs }),
  };
}

function exceed(
  parts: JudgeParts,
  pass: Pass,
  decision: Decision,
  full: readonly LimitUse[],
): Decision {
  const hard = full.find(({ onExceed }) => onExceed === 'deny') ?? full[0];
  const rule = hard === undefined ? {} : { rule: hard.rule };
  const version =
    decision.rulesVersion === undefined ? {} : { rulesVersion: decision.rulesVersion };
  const asked = decision.explanation?.judge;
  const why = {
    by: 'limits',
    code: 'LIMIT_EXCEEDED',
    reason: 'a limit is used up; try again later',
    ...rule,
    ...version,
    explanation: {
      ...pickTrial(decision),
      ...(asked === undefined ? {} : { judge: asked }),
      matched: 'limit_exceeded',
      shadow: decision.explanation?.shadow ?? [],
    },
  } as const;
  const demands = full.flatMap(({ onExceed }) => (onExceed === 'deny' ? [] : [onExceed]));
  if (demands.length < full.length || full.length === 0) return { ...why, verdict: 'deny' };
  const expiresAtMs = pass.facts.nowMs + parts.approvalMs;
  const review: Review = { ...why, verdict: 'review', demands, expiresAtMs };
  return stricter(decision, review);
}
