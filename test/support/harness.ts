import { openHypervisor } from '../../src/core/hypervisor/hypervisor.ts';
import type { HypervisorParts } from '../../src/core/hypervisor/assembly.ts';
import type { Hypervisor } from '../../src/core/hypervisor/api.ts';
import type { Json } from '../../src/core/model/json.ts';
import type { EntryBody, Ids } from '../../src/core/model/ports.ts';
import { loadRules } from '../../src/core/rules/load.ts';
import { plansOf } from '../../src/core/rules/rollout-plan.ts';
import type { RuleSet } from '../../src/core/rules/rule-set.ts';
import { createRuleBasedSupervisor } from '../../src/core/supervisors/rule-based.ts';
import { createMemoryCounters } from '../../src/stores/memory/counters.ts';
import { createMemoryLog } from '../../src/stores/memory/log.ts';
import { createMemoryRecords } from '../../src/stores/memory/records.ts';
import { createMemoryVault } from '../../src/stores/memory/vault.ts';
import { createVirtualClock, type VirtualClock } from '../../src/stores/memory/virtual-clock.ts';
import { createRandomIds } from '../../src/stores/system/ids.ts';

/** 2026-11-23 10:00 UTC, a Monday. */
export const mondayMs = Date.UTC(2026, 10, 23, 10);

export interface Bench {
  readonly hypervisor: Hypervisor;
  readonly clock: VirtualClock;
  readonly parts: HypervisorParts;
  /** Puts other rules in force, as a reload would. */
  setRules(rules: readonly Json[], more?: { readonly [key: string]: Json }): void;
  /** The bodies of all entries that are in the log now. */
  entries(): Promise<readonly EntryBody[]>;
}

/** A rule set of these rules; throws what is wrong with them. */
export function ruleSet(
  rules: readonly Json[],
  more: { readonly [key: string]: Json } = {},
): RuleSet {
  const loaded = loadRules([{ name: 'test.json', text: JSON.stringify({ ...more, rules }) }]);
  if (loaded.ok) return loaded.set;
  throw new Error(
    loaded.problems.map(({ pointer, message }) => `${pointer}: ${message}`).join('\n'),
  );
}

/** Everything real, in memory, under a clock that stands still until it is moved. */
export async function startBench(
  rules: readonly Json[],
  options: Partial<HypervisorParts> & { readonly file?: { readonly [key: string]: Json } } = {},
): Promise<Bench> {
  const { file, ...given } = options;
  let set = ruleSet(rules, file);
  const clock = createVirtualClock(mondayMs);
  const rulesSupervisor = createRuleBasedSupervisor({ current: () => set, approvalMs: 3_600_000 });
  const parts: HypervisorParts = {
    log: createMemoryLog(),
    vault: createMemoryVault(),
    records: createMemoryRecords(),
    counters: createMemoryCounters(),
    clock,
    ids: createRandomIds(),
    rollouts: () => plansOf(set),
    authenticate: async (credential) => String(credential),
    ...given,
    supervisors: [rulesSupervisor, ...(given.supervisors ?? [])],
  };
  const { hypervisor } = await openHypervisor(parts);
  return {
    hypervisor,
    parts,
    clock: clock,
    setRules: (next, more) => {
      set = ruleSet(next, more);
    },
    async entries() {
      const found: EntryBody[] = [];
      for await (const { body } of parts.log.read(1)) found.push(body);
      return found;
    },
  };
}

/** Lets everything go on that waits for no clock. */
export async function settle(turns = 50): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

/** Ids in order, for tests that name one. */
export function countingIds(): Ids {
  let next = 0;
  return { id: () => (next += 1).toString(16).padStart(32, '0') };
}
