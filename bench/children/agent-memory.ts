// Prints the bytes of heap that an agent costs, as JSON. Needs --expose-gc.
import { createMemoryLog } from '../../src/stores/memory/log.ts';
import { createMemoryVault } from '../../src/stores/memory/vault.ts';
import { createVirtualClock } from '../../src/stores/memory/virtual-clock.ts';
import { fullRules } from '../generated-rules.ts';
import { ordersRule, superviseOrders } from '../orders-tool.ts';
import { startHypervisor } from '../started.ts';

const agents = 5_000;
const hourMs = 3_600_000;

const clock = createVirtualClock(Date.UTC(2026, 10, 23));
// at the rates that are the default: a bucket that is full again is forgotten
const rate = { perSecond: 5, burst: 10 };
const hypervisor = await startHypervisor([...fullRules(100), ordersRule], {
  // of a real host they are on the disk: here they forget at once
  log: createMemoryLog({ keep: 1 }),
  vault: createMemoryVault({ keep: 1 }),
  clock,
  rates: { 0: rate, 1: rate, 2: rate, 3: rate },
});
const tool = superviseOrders(hypervisor, 'read');

async function call(agent: string, session = 'shared'): Promise<void> {
  const seat = hypervisor.seat(agent, session);
  await tool.invoke({ order: 'o-1', customer: 'c-1' }, { seat });
}

/** Time goes by, and others go on calling: what is idle is looked at in passing and forgotten. */
async function letTimePass(calls: number): Promise<void> {
  clock.advance(hourMs);
  for (let i = 0; i < calls; i += 1) {
    clock.advance(hourMs / calls);
    await call('host');
  }
}

function heapBytes(): number {
  // twice: what a first round frees may hold on to more
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

// code, rules and the memory of the session are there before anything is counted
await letTimePass(3 * agents);
const atStart = heapBytes();
for (let i = 0; i < agents; i += 1) await call(`agent-${i}`);
const whenActive = heapBytes();
await letTimePass(3 * agents);
const whenIdle = heapBytes();
for (let i = 0; i < agents; i += 1) await hypervisor.agents.register({ id: `registered-${i}` });
const whenRegistered = heapBytes();
for (let i = 0; i < agents; i += 1) {
  clock.advance(1_000);
  await call('host', `session-${i}`);
}
const withSessions = heapBytes();
await hypervisor.close();

console.log(
  JSON.stringify({
    active: (whenActive - atStart) / agents,
    idle: (whenIdle - atStart) / agents,
    registered: (whenRegistered - whenIdle) / agents,
    session: (withSessions - whenRegistered) / agents,
  }),
);
