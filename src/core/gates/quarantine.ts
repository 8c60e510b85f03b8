import type { Agent } from '../model/call.ts';
import type { JsonObject } from '../model/json.ts';
import { canonicalName } from '../model/names.ts';
import { putRecord, type Clock, type Journal, type Records } from '../model/ports.ts';
import { createStateGate, type StateGate } from './state-gate.ts';

export const quarantineReasons = [
  'behavioural_drift',
  'liability_violation',
  'ring_breach',
  'rate_limit_exceeded',
  'manual',
  'cascade_slash',
] as const;
export type QuarantineReason = (typeof quarantineReasons)[number];

export interface Quarantine {
  readonly gate: StateGate;
  /** Denies every call of the agent for so many seconds (default 300; Infinity: until released). */
  enter(agentId: string, reason: QuarantineReason, seconds?: number): Promise<void>;
  release(agentId: string, by: string): Promise<void>;
}

/** Opens with the quarantines that outlived the last process. */
export async function openQuarantine(options: {
  readonly records: Records;
  readonly journal: Journal;
  readonly clock: Clock;
}): Promise<Quarantine> {
  const { records, journal, clock } = options;
  const untilMs = new Map<string, number>();
  for (const { key, value } of await records.list('quarantine'))
    untilMs.set(key, parseUntil(value));

  const isHeld = (agent: Agent | undefined): boolean =>
    agent !== undefined && ((untilMs.get(agent.id) ?? 0) > clock.nowMs() || isHeld(agent.parent));

  return {
    gate: createStateGate('quarantine', ({ seat }) => {
      if (untilMs.size === 0 || !isHeld(seat.agent)) return undefined;
      const reason = 'the agent is in quarantine; an operator can release it';
      return { verdict: 'deny', by: 'quarantine', code: 'QUARANTINED', reason };
    }),
    async enter(name, reason, seconds = 300) {
      const agent = canonicalName('agent', name);
      const time = clock.nowMs();
      const until = time + (seconds > 0 ? seconds : 0) * 1000;
      // in memory first, and only ever longer: a failed write must not let the agent go on
      untilMs.set(agent, Math.max(until, untilMs.get(agent) ?? 0));
      const value = { reason, untilMs: Number.isFinite(until) ? until : null };
      await putRecord(records, 'quarantine', agent, value);
      await journal({ type: 'quarantine.entered', time, agent, ...value });
    },
    async release(name, by) {
      const agent = canonicalName('agent', name);
      await journal({ type: 'quarantine.released', time: clock.nowMs(), agent, person: by });
      await putRecord(records, 'quarantine', agent, undefined);
      untilMs.delete(agent);
    },
  };
}

// no end, or one that cannot be read: until released
function parseUntil({ untilMs }: JsonObject): number {
  return typeof untilMs === 'number' ? untilMs : Infinity;
}
