import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { loadRules } from '../../src/core/rules/load.ts';
import { runChild } from '../child.ts';
import { round, type Figure, type Suite } from '../figure.ts';
import { fullRules } from '../generated-rules.ts';
import { writeRecordedFolder } from '../recorded-folder.ts';
import { withFolder } from '../scratch.ts';

const label = 'simulate';
const memoryLabel = 'simulate.memory';
const child = fileURLToPath(new URL('../children/simulate.ts', import.meta.url));
const ruleCount = 1_000;
const maxSeconds = 60;
const barCalls = 1_000_000;
const maxRssBytes = 512 * 1_048_576;
const ranSchema = z.object({
  code: z.number(),
  ms: z.number(),
  cpuMs: z.number(),
  maxRssBytes: z.number(),
});

/** A week of recorded calls under a thousand rules of which every tenth was edited: time, and the most memory. */
export const simulate: Suite = {
  figures: [label, memoryLabel],
  isShort: true,
  async measure({ short, note }): Promise<readonly Figure[]> {
    const calls = short ? 20_000 : barCalls;
    const {
      ms,
      cpuMs,
      maxRssBytes: peak,
    } = await withFolder(async (dir) => {
      const args = await prepare(dir, calls);
      return ranSchema.parse(JSON.parse(runChild(child, { args })));
    });
    // on a shared machine the two are far apart
    note(`${(cpuMs / 1000).toFixed(1)} s of the processor in ${(ms / 1000).toFixed(1)} s`);
    const seconds = (ms / 1000) * (barCalls / calls);
    return [
      {
        name: label,
        unit: 'us',
        p50: round((ms * 1000) / calls),
        p99: round((ms * 1000) / calls),
        perSecond: Math.round((calls / ms) * 1000),
        bar: `${barCalls} recorded calls under ${maxSeconds} s`,
        met: seconds < maxSeconds,
      },
      {
        name: memoryLabel,
        unit: 'bytes',
        p50: peak,
        p99: peak,
        perSecond: 0,
        bar: `at most ${maxRssBytes} bytes resident, however many calls`,
        met: peak <= maxRssBytes,
      },
    ];
  },
};

async function prepare(dir: string, calls: number): Promise<readonly string[]> {
  const rules = fullRules(ruleCount);
  const edited = rules.map((rule, at) => (at % 10 === 0 ? { ...rule, approval: 'deny' } : rule));
  const text = JSON.stringify({ rules });
  const loaded = loadRules([{ name: 'rules.json', text }]);
  if (!loaded.ok) throw new Error('the generated rules do not load');
  await mkdir(join(dir, 'new'));
  await writeFile(join(dir, 'new', 'rules.json'), JSON.stringify({ rules: edited }));
  const data = join(dir, 'data');
  const sessions = Math.max(10, Math.floor(calls / 100));
  await writeRecordedFolder({ dir: data, set: loaded.set, calls, sessions, ruleCount });
  return [join(dir, 'new'), '--log', data, '--allow-loosening'];
}
