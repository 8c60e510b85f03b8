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
  const holds = new Map<string, Hold>();
  const holdUntil = (untilMs: number): Hold => {
    return { untilMs, untilMonotonicMs: clock.monotonicMs() + untilMs - clock.nowMs() };
  };
  for (const { key, value } of await records.list('quarantine'))
    holds.set(key, holdUntil(parseUntil(value)));

  const isHeld = (agent: Agent | undefined): boolean => {
    if (agent === undefined) return false;
    const hold = holds.get(agent.id);
    return (hold !== undefined && isRunning(hold, clock)) || isHeld(agent.parent);
  };

  return {
    gate: createStateGate('quarantine', ({ seat }) => {
      if (holds.size === 0 || !isHeld(seat.agent)) return undefined;
      const reason = 'the agent is in quarantine; an operator can release it';
      return { verdict: 'deny', by: 'quarantine', code: 'QUARANTINED', reason };
    }),
    async enter(name, reason, seconds = 300) {
      const agent = canonicalName('agent', name);
      const time = clock.nowMs();
      // a length that is none holds until released; and it only ever gets longer
      const asked = seconds >= 0 ? time + seconds * 1000 : Infinity;
      const until = Math.max(asked, holds.get(agent)?.untilMs ?? 0);
      // in memory first: a failed write must not let the agent go on
      holds.set(agent, holdUntil(until));
      const value = { reason, untilMs: Number.isFinite(until) ? until : null };
      await putRecord(records, 'quarantine', agent, value);
      await journal({ type: 'quarantine.entered', time, agent, ...value });
    },
    async release(name, by) {
      const agent = canonicalName('agent', name);
      const hold = holds.get(agent);
      await journal({ type: 'quarantine.released', time: clock.nowMs(), agent, person: by });
      // entered again meanwhile: this release was of the one before
      if (holds.get(agent) !== hold) return;
      await putRecord(records, 'quarantine', agent, undefined);
      holds.delete(agent);
    },
  };
}

/** By both clocks, so that setting the wall clock forward does not let an agent out. */
interface Hold {
  readonly untilMs: number;
  readonly untilMonotonicMs: number;
}

function isRunning({ untilMs, untilMonotonicMs }: Hold, clock: Clock): boolean {
  return untilMs > clock.nowMs() || untilMonotonicMs > clock.monotonicMs();
}

// no end, or one that cannot be read: until released
function parseUntil({ untilMs }: JsonObject): number {
  return typeof untilMs === 'number' ? untilMs : Infinity;
}
