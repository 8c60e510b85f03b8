// What the crash tests run in a child process, and open again after it was killed: a hypervisor on a real data
// folder, with tools whose effects are lines of a file outside it.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Hypervisor } from '../../src/core/hypervisor/api.ts';
import { openHypervisor } from '../../src/core/hypervisor/hypervisor.ts';
import { supervise, type SupervisedTool } from '../../src/core/hypervisor/supervised-tool.ts';
import { toText } from '../../src/core/model/json.ts';
import type { Ticket } from '../../src/core/model/decision.ts';
import type { Manifest } from '../../src/core/model/tool.ts';
import { createRuleBasedSupervisor } from '../../src/core/supervisors/rule-based.ts';
import { openFolder, type Folder } from '../../src/stores/embedded/folder.ts';
import { createMemoryCounters } from '../../src/stores/memory/counters.ts';
import { systemClock } from '../../src/stores/system/clock.ts';
import { createRandomIds } from '../../src/stores/system/ids.ts';
import { ruleSet } from '../support/harness.ts';

/** Where the process is killed. */
export const points = [
  'after the decision',
  'before the effect',
  'after the effect',
  'before the outcome',
  'after the outcome',
  'after the approval was used',
  'after the answer was stored',
  'after the kill was stored',
  'anywhere',
] as const;
export type Point = (typeof points)[number];

/** Called at each point that is passed; `detail` says more for `anywhere`. */
export type Pass = (point: Point) => void;

export interface World {
  readonly hypervisor: Hypervisor;
  readonly folder: Folder;
  readonly pay: SupervisedTool<z.ZodType, number>;
  readonly read: SupervisedTool<z.ZodType, number>;
  readonly mail: SupervisedTool<z.ZodType, number>;
  readonly doomed: SupervisedTool<z.ZodType, number>;
  close(): Promise<void>;
}

const writes: Manifest = { effect: 'write', undo: 'full', paths: [] };
const reads: Manifest = { effect: 'read', undo: 'full', paths: [] };

function rulesFor(maxPays: number) {
  const allow = (tool: string, more = {}) => ({
    name: `allow_${tool}`,
    condition: { tool, ...more },
    approval: 'auto_approve',
  });
  return ruleSet([
    allow('pay', { max_per_day: maxPays }),
    allow('read'),
    allow('doomed'),
    { ...allow('mail'), name: 'review_mail', approval: 'require_review' },
  ]);
}

/** Opens the folder as a process does that starts; `passed` hears of each point on the way. */
export async function openWorld(
  root: string,
  maxPays: number,
  passed: Pass = () => undefined,
): Promise<World> {
  const folder = await openFolder({ dir: join(root, 'data'), clock: systemClock, lingerMs: 5 });
  const rules = rulesFor(maxPays);
  const { hypervisor } = await openHypervisor({
    ...withPoints(folder, passed),
    counters: createMemoryCounters(),
    clock: systemClock,
    ids: createRandomIds(),
    authenticate: async (credential) => String(credential),
    rates: { 2: { perSecond: 100_000, burst: 100_000 } },
    supervisors: [createRuleBasedSupervisor({ current: () => rules, approvalMs: 3_600_000 })],
    settings: { saveMs: 3, maxOpenApprovals: 10_000, maxOpenPerAgent: 10_000 },
  });
  const tool = (name: string, manifest: Manifest) =>
    supervise(
      {
        name,
        description: name,
        schema: z.any(),
        manifest,
        async run(_args, { idempotencyKey }) {
          passed('before the effect');
          // a turn of the loop, so that calls stand side by side in here
          await new Promise((resolve) => void setImmediate(resolve));
          writeLine(root, 'effects', `${name} ${idempotencyKey}`);
          passed('after the effect');
          return 1;
        },
      },
      hypervisor,
    );
  return {
    hypervisor,
    folder,
    pay: tool('pay', writes),
    read: tool('read', reads),
    mail: tool('mail', writes),
    doomed: tool('doomed', writes),
    async close() {
      await hypervisor.close();
      await folder.close();
    },
  };
}

/** The real drivers, telling of the points that they pass. */
function withPoints({ log, vault, records }: Folder, passed: Pass) {
  return {
    log: {
      ...log,
      async append(...[entries, options]: Parameters<typeof log.append>) {
        const types = entries.map(({ type, verdict }) => `${type} ${toText(verdict)}`);
        const isOutcome = types.some((type) => type.startsWith('call.finished'));
        if (isOutcome) passed('before the outcome');
        passed('anywhere');
        const linked = await log.append(entries, options);
        if (types.includes('call.decided allow')) passed('after the decision');
        if (isOutcome) passed('after the outcome');
        passed('anywhere');
        return linked;
      },
    },
    vault: {
      ...vault,
      async put(...[sealed, options]: Parameters<typeof vault.put>) {
        await vault.put(sealed, options);
        passed('anywhere');
      },
    },
    records: {
      ...records,
      async compareAndSet(
        ...[kind, key, expected, value]: Parameters<typeof records.compareAndSet>
      ) {
        const isSet = await records.compareAndSet(kind, key, expected, value);
        const state = value?.['state'];
        if (kind === 'approval' && state === 'consumed') passed('after the approval was used');
        if (kind === 'approval' && state === 'allowed') passed('after the answer was stored');
        if (kind === 'kill') passed('after the kill was stored');
        passed('anywhere');
        return isSet;
      },
    },
  };
}

/** Appends a line and syncs it, as an effect that nobody can take back. */
export function writeLine(root: string, file: string, line: string): void {
  const handle = openSync(join(root, file), 'a', 0o600);
  writeSync(handle, `${line}\n`);
  fsyncSync(handle);
  closeSync(handle);
}

export function readLines(root: string, file: string): readonly string[] {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}

/** The tickets that were handed out in this folder, by any process. */
export function readTickets(root: string): readonly Ticket[] {
  return readLines(root, 'tickets').map((line) => {
    const [approvalId = '', callId = ''] = line.split(' ');
    return { approvalId, callId };
  });
}
