import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRuleKeeper, type RuleKeeper } from '../../src/files/rule-keeper.ts';
import { openFolder } from '../../src/stores/embedded/folder.ts';
import { systemClock } from '../../src/stores/system/clock.ts';
import { round, toFigure, type Figure, type Suite } from '../figure.ts';
import { generatedCalls } from '../generated-calls.ts';
import { fullRules } from '../generated-rules.ts';
import { withFolder } from '../scratch.ts';

const label = 'rules.reload-10000';
const count = 10_000;
const maxP99Ms = 1;
/** A call comes every millisecond, whether the one before is decided or not. */
const everyMs = 1;

/**
 * From the arrival of a call to its decision, while 10,000 rules are read, checked, built and put in force: real files,
 * the real keeper, a data folder. Calls arrive by the clock, so that one that holds up the loop delays all that come
 * meanwhile; those after the swap are the first under the new set. Beside it the same without a reload, and both again
 * by the time that this thread worked (`processor`), which leaves out what else the machine does, and waits for the disk.
 */
export const reloadLarge: Suite = {
  figures: [label],
  isShort: false,
  async measure({ short, note }): Promise<readonly Figure[]> {
    const { quiet, loud, reloadMs } = await withFolder((dir) =>
      measureReloads(dir, short ? 3 : 12),
    );
    const [least, most] = [Math.min(...reloadMs), Math.max(...reloadMs)];
    note(
      `${reloadMs.length} reloads of ${count} rules took ${Math.round(least)} to ${Math.round(most)} ms`,
    );
    return [
      figureOf(`${label}.quiet`, quiet.wall),
      withBar(figureOf(label, loud.wall)),
      figureOf(`${label}.processor.quiet`, quiet.processor),
      withBar(figureOf(`${label}.processor`, loud.processor)),
    ];
  },
};

function figureOf(name: string, samples: readonly number[]): Figure {
  return toFigure(name, 'ms', samples, { max: round(largest(samples)) });
}

function withBar(figure: Figure): Figure {
  return { ...figure, bar: `p99 under ${maxP99Ms} ms`, met: figure.p99 < maxP99Ms };
}

async function measureReloads(dir: string, reloads: number) {
  const rules = join(dir, 'rules');
  await mkdir(rules);
  await save(rules, 0);
  const { keeper, close } = await open(dir, rules);
  const loads = { wall: startLoad(keeper, wallMs), processor: startLoad(keeper, processorMs) };
  const quiet: Samples = { wall: [], processor: [] };
  const loud: Samples = { wall: [], processor: [] };
  const reloadMs: number[] = [];
  const during = async (into: Samples, work: () => Promise<unknown>): Promise<void> => {
    loads.wall.record(into.wall);
    loads.processor.record(into.processor);
    await work();
  };
  await during({ wall: [], processor: [] }, () => sleep(2000)); // warms up
  for (let edit = 1; edit <= reloads; edit += 1) {
    await writeFile(join(dir, 'next'), textOf(edit));
    await during(quiet, () => sleep(500));
    const before = keeper.current().version;
    const startedMs = performance.now();
    await during(loud, async () => {
      await rename(join(dir, 'next'), join(rules, 'rules.json'));
      await waitForSwap(keeper, before);
      reloadMs.push(performance.now() - startedMs);
      // the first decisions under the new set
      await sleep(50);
    });
  }
  loads.wall.stop();
  loads.processor.stop();
  await close();
  return { quiet, loud, reloadMs };
}

interface Samples {
  readonly wall: number[];
  readonly processor: number[];
}

const wallMs = (): number => performance.now();

/** What this thread worked: on a machine that others use, their share of the time does not count. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

async function open(dir: string, path: string) {
  const folder = await openFolder({ dir: join(dir, 'data'), clock: systemClock });
  const keeper = await openRuleKeeper({
    path,
    ...folder,
    clock: systemClock,
    load: {},
    activate: 'immediately',
  });
  await keeper.start({
    journal: async (body) => (await folder.log.append([body]))[0] ?? { seq: 0, leaf: '' },
    emit: () => undefined,
  });
  const close = async (): Promise<void> => {
    await keeper.close();
    await folder.close();
  };
  return { keeper, close };
}

const patienceMs = 120_000;

async function waitForSwap(keeper: RuleKeeper, before: string): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (keeper.current().version === before) {
    await sleep(5);
    if (performance.now() < endMs) continue;
    throw new Error(`a reload was lost: ${keeper.problems().join('; ')}`);
  }
}

function textOf(edit: number): string {
  const extra = { name: `edit-${edit}`, condition: { tool: 'none' }, approval: 'deny' };
  return JSON.stringify({ rules: [...fullRules(count - 1), extra] }, undefined, 2);
}

async function save(rules: string, edit: number): Promise<void> {
  await writeFile(join(rules, 'rules.json'), textOf(edit));
}

/** Every turn of the event loop decides the calls that arrived since the last one. */
function startLoad(keeper: RuleKeeper, clockMs: () => number) {
  const calls = generatedCalls(count, 20);
  let into: number[] = [];
  for (const { call, facts } of calls) keeper.current().decide(call, facts);
  let arrivesMs = clockMs();
  let nth = 0;
  let isOn = true;
  const turn = (): void => {
    // those that come meanwhile wait for the next turn, so that a slow machine is late and not stuck
    const nowMs = clockMs();
    while (arrivesMs <= nowMs) {
      const made = calls[nth % calls.length];
      const arrivedMs = arrivesMs;
      const samples = into;
      nth += 1;
      arrivesMs += everyMs;
      if (made === undefined) break;
      const { call, facts } = made;
      keeper.current().decide(call, facts);
      samples.push(clockMs() - arrivedMs);
    }
    if (isOn) setImmediate(turn);
  };
  turn();
  return {
    record(samples: number[]): void {
      into = samples;
    },
    stop(): void {
      isOn = false;
    },
  };
}

function largest(samples: readonly number[]): number {
  return samples.reduce((most, sample) => Math.max(most, sample), 0);
}
