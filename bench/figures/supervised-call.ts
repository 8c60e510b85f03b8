import { genesis, linkEntry } from '../../src/core/audit/chain.ts';
import { createRecorder } from '../../src/core/audit/recorder.ts';
import type { EntryBody, Linked } from '../../src/core/model/ports.ts';
import { sealJson, sha256Hex } from '../../src/core/model/seal-json.ts';
import { createMemoryLog } from '../../src/stores/memory/log.ts';
import { createMemoryVault } from '../../src/stores/memory/vault.ts';
import { createRandomIds } from '../../src/stores/system/ids.ts';
import { round, toFigure, type Figure, type Suite } from '../figure.ts';
import { fullRules } from '../generated-rules.ts';
import { refund, refundArgs, refundRule, superviseRefund } from '../refund-tool.ts';
import { sampleInTurns } from '../sample.ts';
import { startHypervisor } from '../started.ts';
import { median } from '../statistics.ts';

const maxRatio = 1.5;
const label = 'call.supervised';

/** What a supervised call adds to the bare tool: 1,000 rules, the log in memory, one caller. */
export const supervisedCall: Suite = {
  figures: [label],
  isShort: true,
  async measure({ short }): Promise<readonly Figure[]> {
    const log = createMemoryLog();
    const hypervisor = await startHypervisor([...fullRules(999), refundRule], { log });
    const seat = hypervisor.seat(await hypervisor.agents.register({ id: 'bench' }));
    const tool = superviseRefund(hypervisor);
    await tool.invoke(refundArgs, { seat });
    const entries: EntryBody[] = [];
    for await (const { body } of log.read(1)) entries.push(body);
    const floor = createFloor(entries);
    const write = createWriter(entries);

    const samplesOf = await sampleInTurns(
      {
        bare: async (times) => {
          for (let i = 0; i < times; i += 1) await refund(refundArgs);
        },
        floor: (times) => {
          for (let i = 0; i < times; i += 1) floor();
        },
        writing: async (times) => {
          for (let i = 0; i < times; i += 1) await write();
        },
        supervised: async (times) => {
          for (let i = 0; i < times; i += 1) await tool.invoke(refundArgs, { seat });
        },
      },
      { rounds: short ? 200 : 2_000, warmUpMs: 1_000 },
    );
    await hypervisor.close();
    return toFigures(samplesOf);
  },
};

function toFigures(
  samplesOf: (name: 'bare' | 'floor' | 'writing' | 'supervised') => readonly number[],
): readonly Figure[] {
  const bare = median(samplesOf('bare'));
  const floor = median(samplesOf('floor'));
  const over = samplesOf('supervised').map((micros) => micros - bare);
  const ratio = median(over) / floor;
  return [
    toFigure(`${label}.bare-tool`, 'us', samplesOf('bare')),
    toFigure(`${label}.floor`, 'us', samplesOf('floor')),
    toFigure(`${label}.writing`, 'us', samplesOf('writing')),
    toFigure(label, 'us', over, {
      floor: round(floor),
      ratio: round(ratio),
      bar: `at most ${maxRatio} x the floor, over the bare tool`,
      met: ratio <= maxRatio,
    }),
  ];
}

/**
 * What no supervised call can do without: seal the arguments, hash the call, chain the two entries that were
 * really written for it. The same primitives, without pipeline, rules, gates, counters and vault.
 */
function createFloor(entries: readonly EntryBody[]): () => void {
  const { decided, finished } = pick(entries);
  let head: Linked = genesis;
  return () => {
    const { canonical } = sealJson(refundArgs);
    const fingerprint = sha256Hex(`{"action":"refund","agent":"bench","args":${canonical}}`);
    const call = fingerprint.slice(32);
    const { seq, leaf } = linkEntry({ ...decided, call }, head);
    head = linkEntry({ ...finished, call }, { seq, leaf });
  };
}

/** The floor, and what a log asks for that does not show its values: salts, commitments and records in the vault. */
function createWriter(entries: readonly EntryBody[]): () => Promise<void> {
  const { decided, finished } = pick(entries);
  const ids = createRandomIds();
  const recorder = createRecorder({ log: createMemoryLog(), vault: createMemoryVault(), ids });
  return async () => {
    const { canonical } = sealJson(refundArgs);
    const preimage = `{"action":"refund","agent":"bench","args":${canonical}}`;
    const id = sha256Hex(preimage).slice(32);
    await recorder.record(decided, { id, values: { call: preimage, limits: '[]' } });
    await recorder.record(finished, { id: `${id}.result`, values: { result: '{}' } });
  };
}

function pick(entries: readonly EntryBody[]) {
  const decided = entries.find(({ type }) => type === 'call.decided');
  const finished = entries.find(({ type }) => type === 'call.finished');
  if (decided !== undefined && finished !== undefined) return { decided, finished };
  throw new Error('the call left no two entries in the log');
}
