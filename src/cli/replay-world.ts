import { openHypervisor } from '../core/hypervisor/hypervisor.ts';
import type { Seat } from '../core/model/call.ts';
import type { Outcome } from '../core/model/decision.ts';
import type { Supervisor } from '../core/model/extension.ts';
import type { Json } from '../core/model/json.ts';
import type { Ring } from '../core/model/tool.ts';
import { builtInFilters } from '../filters/built-in.ts';
import type { MemoryCounters } from '../stores/memory/counters.ts';
import type { VirtualClock } from '../stores/memory/virtual-clock.ts';
import { createRecordedNames, type NamesOptions } from './replay-names.ts';
import {
  createBlindVault,
  createCountingIds,
  createCountingLog,
  createReplayRecords,
} from './replay-stores.ts';
import type { TraceRow } from './trace-row.ts';

export interface WorldOptions extends NamesOptions {
  readonly ring: Ring;
  readonly counters: MemoryCounters;
  readonly clock: VirtualClock;
  readonly supervisors: readonly Supervisor[];
}

/** What became of a recorded call. */
export interface Submitted {
  readonly outcome: Outcome<Json>;
  readonly action: string;
  /** Of the tool as it was declared. */
  readonly isRead: boolean;
}

/** A hypervisor with everything real but the world: memory stores, virtual clock, recorded results. */
export interface RecordedWorld {
  /** One agent alone in a session of its own, both named by a number that must be fresh. */
  seat(number: number): Promise<Seat>;
  /** Feeds one call through the pipeline. */
  submit(seat: Seat, row: Pick<TraceRow, 'tool' | 'args' | 'result'>): Promise<Submitted>;
  /** How many tools came undeclared. */
  readonly undeclared: number;
  close(): Promise<void>;
}

/** An approval is over before the next call: the clock moves a whole millisecond or more between them. */
export const recordedApprovalMs = 1;

/** Monday, 5 January 2026, noon UTC: always the same, so that rules with hours give the same verdicts. */
export const recordedStartMs = Date.UTC(2026, 0, 5, 12);

export async function openRecordedWorld(options: WorldOptions): Promise<RecordedWorld> {
  const { ring, clock, counters, supervisors } = options;
  const names = createRecordedNames(options);
  const { hypervisor } = await openHypervisor({
    log: createCountingLog(),
    vault: createBlindVault(),
    records: createReplayRecords(),
    counters,
    clock,
    ids: createCountingIds(),
    supervisors,
    gates: [() => names.gate],
    filters: builtInFilters(),
    fixedRing: ring,
    settings: {
      approvalMs: recordedApprovalMs,
      waitMs: 0,
      maxOpenApprovals: Infinity,
      maxOpenPerAgent: Infinity,
      saveMs: Number.MAX_SAFE_INTEGER,
    },
  });

  return {
    get undeclared() {
      return names.undeclared;
    },
    async seat(number) {
      // never the recorded names: they tell what nobody may know who decides
      const agent = await hypervisor.agents.register({ id: `agent-${number}` });
      return hypervisor.seat(agent, `session-${number}`);
    },
    async submit(seat, { tool, args, result }) {
      names.meet(hypervisor, tool);
      const request = { tool, args: { value: args }, seat, waitMs: 0 };
      const outcome = await hypervisor.submit(request, () => result);
      const definition = hypervisor.tools.find(tool)?.definition;
      const action = typeof definition?.action === 'string' ? definition.action : 'run';
      const isRead = definition?.manifest?.effect === 'read';
      return { outcome, action, isRead };
    },
    close: hypervisor.close,
  };
}
