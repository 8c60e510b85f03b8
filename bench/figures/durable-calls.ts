import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Seat } from '../../src/core/model/call.ts';
import { openFolder } from '../../src/stores/embedded/folder.ts';
import { systemClock } from '../../src/stores/system/clock.ts';
import { openBareLoop } from '../bare-loop.ts';
import { round, type Figure, type Suite } from '../figure.ts';
import { fullRules } from '../generated-rules.ts';
import { ordersRule, superviseOrders } from '../orders-tool.ts';
import { withFolder } from '../scratch.ts';
import { startHypervisor } from '../started.ts';
import { median, quantile } from '../statistics.ts';
import { runCallers, type Throughput } from '../throughput.ts';

const label = 'call.durable';
const callers = 64;
const agents = 1_000;
const leastShare = 0.4;

/** Supervised calls on a real data folder, beside a bare group commit of the same bytes; runs in turn, medians. */
export const durableCalls: Suite = {
  figures: [`${label}.read`, `${label}.write`],
  isShort: false,
  async measure({ short }): Promise<readonly Figure[]> {
    const options = short ? { runs: 2, runMs: 500 } : { runs: 9, runMs: 1_500 };
    const read = await withFolder((dir) => compare(dir, 'read', options));
    const write = await withFolder((dir) => compare(dir, 'write', options));
    return [...read, ...write];
  },
};

type Effect = 'read' | 'write';

async function compare(
  dir: string,
  effect: Effect,
  { runs, runMs }: { readonly runs: number; readonly runMs: number },
): Promise<readonly Figure[]> {
  const bytes = await withFolder((sample) => bytesOfCall(sample, effect));
  const bare = await openBareLoop(join(dir, 'bare'));
  const supervised = await openSupervised(join(dir, 'data'), effect);
  const bareCall = async (): Promise<void> => {
    await bare.append(bytes.decision);
    // the outcome of a read waits for nobody
    if (effect === 'read') bare.add(bytes.outcome);
    else await bare.append(bytes.outcome);
  };
  const samples: Record<'bare' | 'supervised', Throughput[]> = { bare: [], supervised: [] };
  for (let run = -1; run < runs; run += 1) {
    const floor = await runCallers(callers, runMs, bareCall);
    const ours = await runCallers(callers, runMs, supervised.call);
    if (run < 0) continue; // the first round warms up
    samples.bare.push(floor);
    samples.supervised.push(ours);
  }
  await supervised.close();
  await bare.close();
  return toFigures(`${label}.${effect}`, samples);
}

function toFigures(
  name: string,
  samples: Record<'bare' | 'supervised', readonly Throughput[]>,
): readonly Figure[] {
  const floor = summarise(samples.bare);
  const ours = summarise(samples.supervised);
  const ratio = median(samples.supervised.map(({ perSecond }) => perSecond)) / floor.perSecond;
  return [
    { name: `${name}.bare-loop`, unit: 'ms', ...floor },
    {
      name,
      unit: 'ms',
      ...ours,
      floor: floor.p50,
      ratio: round(ours.p50 / floor.p50),
      bar: `at least ${leastShare * 100} % of the calls per second of the bare loop (here ${Math.round(ratio * 100)} %)`,
      met: ratio >= leastShare,
    },
  ];
}

function summarise(runs: readonly Throughput[]) {
  const latencies = runs.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    p50: round(median(latencies)),
    p99: round(quantile(latencies, 0.99)),
    perSecond: Math.round(median(runs.map(({ perSecond }) => perSecond))),
  };
}

async function openSupervised(dir: string, effect: Effect) {
  const folder = await openFolder({ dir, clock: systemClock });
  const rules = [...fullRules(999), ordersRule];
  const { log, vault, records } = folder;
  const hypervisor = await startHypervisor(rules, { log, vault, records });
  const tool = superviseOrders(hypervisor, effect);
  const seats: Seat[] = [];
  for (let i = 0; i < agents; i += 1) {
    const agent = await hypervisor.agents.register({ id: `agent-${i}` });
    seats.push(hypervisor.seat(agent, `session-${i}`));
  }
  return {
    call: async (caller: number, nth: number): Promise<void> => {
      const seat = seats[(caller + nth * callers) % agents];
      if (seat === undefined) throw new RangeError('no seat');
      await tool.invoke({ order: `order-${nth}`, customer: `customer-${caller}` }, { seat });
    },
    async close(): Promise<void> {
      await hypervisor.close();
      await folder.close();
    },
  };
}

/** What one supervised call writes, log and vault together, up to its start and after its end. */
async function bytesOfCall(
  dir: string,
  effect: Effect,
): Promise<{ readonly decision: string; readonly outcome: string }> {
  const supervised = await openSupervised(dir, effect);
  await supervised.call(1, 1);
  await supervised.close();
  const decision: string[] = [];
  const outcome: string[] = [];
  for (const folder of ['vault', 'log']) {
    for (const name of await readdir(join(dir, folder))) {
      const text = await readFile(join(dir, folder, name), 'utf8');
      for (const line of text.split('\n')) {
        if (line.includes('"call.decided"') || line.includes('"values":{"call"')) {
          decision.push(`${line}\n`);
        }
        if (line.includes('"call.finished"') || line.includes('"values":{"result"')) {
          outcome.push(`${line}\n`);
        }
      }
    }
  }
  if (decision.length !== 2 || outcome.length !== 2)
    throw new Error('a call left other lines than known');
  return { decision: decision.join(''), outcome: outcome.join('') };
}
