import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hypervisor } from '../../src/core/hypervisor/api.ts';
import { toText } from '../../src/core/model/json.ts';
import { createHypervisor } from '../../src/start.ts';
import { round, toFigure, type Figure, type Suite } from '../figure.ts';
import { fullRules } from '../generated-rules.ts';
import { ordersRule, superviseOrders } from '../orders-tool.ts';
import { withFolder } from '../scratch.ts';
import { fastRates } from '../started.ts';
import { quantile } from '../statistics.ts';

const label = 'rules.reload';
const callers = 8;
const patienceMs = 5_000;
const maxP95Ms = 100;
const maxMs = 1_000;

/** From the save of a rules file to the first decision under it: real files, the real watcher, calls all the time. */
export const reload: Suite = {
  figures: [label],
  isShort: true,
  async measure({ short, note }): Promise<readonly Figure[]> {
    const delays = await withFolder((dir) => measureSaves(dir, short ? 10 : 150));
    const p95 = quantile(delays, 0.95);
    const max = Math.max(...delays);
    note(`${delays.length} saves with ${callers} callers: none lost, none mixed`);
    return [
      toFigure(label, 'ms', delays, {
        p95: round(p95),
        max: round(max),
        bar: `p95 under ${maxP95Ms} ms, max under ${maxMs} ms`,
        met: p95 < maxP95Ms && max < maxMs,
      }),
    ];
  },
};

async function measureSaves(dir: string, saves: number): Promise<readonly number[]> {
  const file = join(dir, 'rules', 'rules.json');
  await mkdir(join(dir, 'rules'));
  await save(file, 0, 'renamed');
  const hypervisor = await createHypervisor({
    dir: join(dir, 'data'),
    rules: join(dir, 'rules'),
    rates: fastRates,
    logger: false,
  });
  const watch = watchDecisions(hypervisor);
  const load = startLoad(hypervisor);
  const delays: number[] = [];
  try {
    for (let edit = 1; edit <= saves; edit += 1) {
      const startedMs = performance.now();
      await save(file, edit, edit % 2 === 0 ? 'in place' : 'renamed');
      delays.push((await watch.seen(edit)) - startedMs);
      // not in step with the watcher's own timers
      await sleep(20 + ((edit * 37) % 60));
    }
  } finally {
    await load.stop();
    await hypervisor.close();
  }
  watch.check();
  return delays;
}

/** The same 100 rules, and one that carries the number of the edit in its name. */
async function save(file: string, edit: number, how: 'in place' | 'renamed'): Promise<void> {
  const rules = [...fullRules(99), { ...ordersRule, name: `edit-${edit}` }];
  const text = JSON.stringify({ rules }, undefined, 2);
  if (how === 'in place') return writeFile(file, text);
  await writeFile(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
}

interface Decisions {
  /** When the first decision under an edit was made (`performance.now`). Rejects when it never is. */
  seen(edit: number): Promise<number>;
  /** Throws if a version of the rules decided by the rule of another. */
  check(): void;
}

function watchDecisions(hypervisor: Hypervisor): Decisions {
  const firstMs = new Map<string, number>();
  const rulesOf = new Map<string, Set<string>>();
  const waiting = new Map<string, (atMs: number) => void>();
  hypervisor.events.on('call.decided', ({ rule, rulesVersion }) => {
    const nowMs = performance.now();
    const name = toText(rule);
    const version = toText(rulesVersion);
    rulesOf.set(version, (rulesOf.get(version) ?? new Set()).add(name));
    if (firstMs.has(name)) return;
    firstMs.set(name, nowMs);
    waiting.get(name)?.(nowMs);
  });
  return {
    async seen(edit) {
      const name = `edit-${edit}`;
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      waiting.set(name, resolve);
      const known = firstMs.get(name);
      if (known !== undefined) resolve(known);
      const lost = (): void =>
        reject(new Error(`save ${edit} was lost: no decision under it in ${patienceMs} ms`));
      const timer = setTimeout(lost, patienceMs);
      return promise.finally(() => clearTimeout(timer));
    },
    check() {
      for (const [version, rules] of rulesOf) {
        if (rules.size === 1) continue;
        throw new Error(`version ${version} decided by rules of several: ${[...rules].join(', ')}`);
      }
    },
  };
}

/** Callers that go on until they are stopped; `stop` throws if a call of theirs was not done. */
function startLoad(hypervisor: Hypervisor): { stop(): Promise<void> } {
  const tool = superviseOrders(hypervisor, 'read');
  const stopping = new AbortController();
  const loop = async (caller: number): Promise<void> => {
    const seat = hypervisor.seat(`agent-${caller}`);
    while (!stopping.signal.aborted) {
      await tool.invoke({ order: 'order 17', customer: 'customer 4' }, { seat });
      await new Promise((resolve) => void setImmediate(resolve));
    }
  };
  const loops = Promise.all(Array.from({ length: callers }, (_, caller) => loop(caller)));
  loops.catch(() => undefined); // `stop` throws it
  return {
    async stop() {
      stopping.abort();
      await loops;
    },
  };
}
