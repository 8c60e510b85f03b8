import { openHypervisor } from '../src/core/hypervisor/hypervisor.ts';
import type { HypervisorParts } from '../src/core/hypervisor/assembly.ts';
import type { Hypervisor } from '../src/core/hypervisor/api.ts';
import type { Json } from '../src/core/model/json.ts';
import { loadRules } from '../src/core/rules/load.ts';
import type { RuleSet } from '../src/core/rules/rule-set.ts';
import { createRuleBasedSupervisor } from '../src/core/supervisors/rule-based.ts';
import { createMemoryCounters } from '../src/stores/memory/counters.ts';
import { createMemoryLog } from '../src/stores/memory/log.ts';
import { createMemoryRecords } from '../src/stores/memory/records.ts';
import { createMemoryVault } from '../src/stores/memory/vault.ts';
import { systemClock } from '../src/stores/system/clock.ts';
import { createRandomIds } from '../src/stores/system/ids.ts';

/** A rate that no caller of the bench reaches: what is measured is the work, not the waiting. */
const fast = { perSecond: 1e9, burst: 1e9 };
export const fastRates = { 0: fast, 1: fast, 2: fast, 3: fast };

/** The rules as one set; throws what is wrong with them. */
export function toRuleSet(rules: readonly Json[]): RuleSet {
  const loaded = loadRules([{ name: 'bench.json', text: JSON.stringify({ rules }) }]);
  if (loaded.ok) return loaded.set;
  throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
}

/** The real core under these rules, in memory and at any rate unless told otherwise. */
export async function startHypervisor(
  rules: readonly Json[],
  given: Partial<Pick<HypervisorParts, 'log' | 'vault' | 'records' | 'clock' | 'rates'>> = {},
): Promise<Hypervisor> {
  const set = toRuleSet(rules);
  const { hypervisor } = await openHypervisor({
    log: createMemoryLog(),
    vault: createMemoryVault(),
    records: createMemoryRecords(),
    counters: createMemoryCounters(),
    clock: systemClock,
    ids: createRandomIds(),
    rates: fastRates,
    ...given,
    supervisors: [createRuleBasedSupervisor({ current: () => set, approvalMs: 3_600_000 })],
  });
  return hypervisor;
}
