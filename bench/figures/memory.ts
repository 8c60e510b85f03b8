import { fileURLToPath } from 'node:url';
import { runChild } from '../child.ts';
import { round, type Figure, type Suite } from '../figure.ts';
import { median, quantile } from '../statistics.ts';

const child = fileURLToPath(new URL('../children/agent-memory.ts', import.meta.url));
/** What heaps differ by from run to run, over 5,000 agents. */
const noiseBytes = 16;
const maxActiveBytes = 1_024;

/** Heap per agent, after a collection, in fresh processes. */
export const memory: Suite = {
  figures: [
    'memory.agent.active',
    'memory.agent.idle',
    'memory.agent.registered',
    'memory.session',
  ],
  isShort: true,
  async measure({ short }): Promise<readonly Figure[]> {
    const runs = Array.from({ length: short ? 1 : 7 }, () => readRun());
    const active = runs.map((run) => run['active'] ?? Number.NaN);
    const idle = runs.map((run) => Math.max(0, run['idle'] ?? Number.NaN));
    return [
      {
        ...toBytes('memory.agent.active', active),
        bar: `under ${maxActiveBytes} bytes`,
        met: median(active) < maxActiveBytes,
      },
      {
        ...toBytes('memory.agent.idle', idle),
        bar: `none (to ${noiseBytes} bytes)`,
        met: median(idle) <= noiseBytes,
      },
      toBytes(
        'memory.agent.registered',
        runs.map((run) => run['registered'] ?? Number.NaN),
      ),
      toBytes(
        'memory.session',
        runs.map((run) => run['session'] ?? Number.NaN),
      ),
    ];
  },
};

function readRun(): Readonly<Record<string, number>> {
  return JSON.parse(runChild(child, { nodeOptions: ['--expose-gc'] }));
}

function toBytes(name: string, bytes: readonly number[]): Figure {
  const p50 = round(median(bytes));
  return { name, unit: 'bytes', p50, p99: round(quantile(bytes, 0.99)), perSecond: 0 };
}
