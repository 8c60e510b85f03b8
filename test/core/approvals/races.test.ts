import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApprovals, type Approvals } from '../../../src/core/approvals/approvals.ts';
import type { Person, ToolCall } from '../../../src/core/model/call.ts';
import { toText } from '../../../src/core/model/json.ts';
import type { Review } from '../../../src/core/model/decision.ts';
import type { EntryBody, Records } from '../../../src/core/model/ports.ts';
import { openFolder, type Folder } from '../../../src/stores/embedded/folder.ts';
import { createMemoryRecords } from '../../../src/stores/memory/records.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/stores/memory/virtual-clock.ts';
import { createRandomIds } from '../../../src/stores/system/ids.ts';
import { createTempDirs } from '../../stores/temp-dirs.ts';
import { mondayMs } from '../../support/harness.ts';

/** Each change in SQLite is a sync: fewer there, but for `npm run test:faults`. */
const entriesIn = { memory: 1000, SQLite: process.env['FAULT_CYCLES'] === undefined ? 250 : 1000 };
const dirs = createTempDirs();
let folder: Folder | undefined;
beforeAll(async () => {
  folder = await openFolder({ dir: dirs.make(), clock: createVirtualClock(mondayMs) });
});
afterAll(async () => {
  await folder?.close();
  dirs.clear();
});

interface Race {
  readonly approvals: Approvals;
  readonly clock: VirtualClock;
  readonly log: EntryBody[];
}

async function startRace(records: Records): Promise<Race> {
  const clock = createVirtualClock(mondayMs);
  const log: EntryBody[] = [];
  const approvals = await openApprovals({
    records,
    journal: async (body) => ({ seq: log.push(body), leaf: '' }),
    clock,
    ids: createRandomIds(),
    maxOpenApprovals: 1000,
    maxOpenPerAgent: 1000,
  });
  return { approvals, clock, log };
}

function callOf(n: number): ToolCall {
  const session = {
    kind: 'session' as const,
    id: 's',
    observe: () => undefined,
    join: () => Promise.reject(new Error('not asked')),
    end: () => Promise.reject(new Error('not asked')),
  };
  return {
    id: `call ${n}`,
    tool: 'mail',
    action: 'run',
    definition: '',
    args: { n },
    seat: { agent: { kind: 'agent', id: 'bot', roles: [] }, session },
    fingerprint: `print ${n}`,
  };
}

function reviewOf(n: number): Review {
  return {
    verdict: 'review',
    by: 'rules',
    code: 'RULE_REVIEW',
    reason: 'a person must see it',
    demands: [{ by: 'rules', code: 'RULE_REVIEW', quorum: 1 + (n % 3) }],
    expiresAtMs: n % 2 === 0 ? expiryOf(n) : mondayMs + 1_000_000,
  };
}

const expiryOf = (n: number): number => mondayMs + 1000 + 2 * n;

const persons: readonly Person[] = ['ann', 'bob', 'cid', 'dan', 'eve'].map((id) => ({
  kind: 'person',
  id,
}));
const opening = { requesters: [], applied: [], earlier: [] };

describe.each(['memory', 'SQLite'] as const)('approvals under a race, records in %s', (where) => {
  it(`five persons and the expiry: one outcome for each of ${entriesIn[where]}, used up once`, async () => {
    const records = where === 'memory' ? createMemoryRecords() : folder?.records;
    if (records === undefined) throw new Error('no folder');
    const { approvals, clock, log } = await startRace(records);
    const ids: string[] = [];
    for (let n = 0; n < entriesIn[where]; n += 1) {
      const held = await approvals.hold(callOf(n), reviewOf(n), opening);
      if ('verdict' in held) throw new Error(held.code);
      ids.push(held.id);
    }
    const answering: Promise<void>[] = [];
    for (const [n, id] of ids.entries()) {
      // half of them run out of time in the middle of being answered
      clock.advance(Math.max(0, expiryOf(n) - 1 - clock.nowMs()));
      for (const [i, person] of persons.entries()) {
        const verdict = (n + i) % 7 === 0 ? 'deny' : 'allow';
        const answer = { verdict, person, fingerprint: `print ${n}` } as const;
        answering.push(approvals.answer(id, answer));
      }
      for (let turn = 0; turn < n % 24; turn += 1) await Promise.resolve();
      if (n % 2 === 0) clock.advance(1);
    }
    const answers = await Promise.allSettled(answering);
    await approvals.sweep();

    const consumed = await Promise.all(
      ids.map(async (id, n) => {
        const tries = [1, 2, 3].map(() => approvals.consume([id], `call ${n}`));
        return (await Promise.all(tries)).filter(Boolean).length;
      }),
    );
    const outcomes = Map.groupBy(
      log.filter(({ type, state }) => type === 'approval.expired' || isFinal(state)),
      ({ approval }) => toText(approval),
    );
    for (const [n, id] of ids.entries()) {
      const ends = outcomes.get(id) ?? [];
      const said = log.filter((entry) => entry['approval'] === id && entry['person']);
      const final = ends.map(({ type, state }) => state ?? type);
      // an approval that was allowed and not used in its time expires too: allowed, then expired
      expect([
        ['allowed'],
        ['denied'],
        ['approval.expired'],
        ['allowed', 'approval.expired'],
      ]).toContainEqual(final);
      expect(consumed[n]).toBe(final.length === 1 && final[0] === 'allowed' ? 1 : 0);
      expect(new Set(said.map(({ person }) => person)).size).toBe(said.length);
      const quorum = 1 + (n % 3);
      expect(said.length >= quorum || final[0] !== 'allowed').toBe(true);
    }
    const firsts = [...outcomes.values()].map(([first]) => first?.['state'] ?? first?.type);
    expect(new Set(firsts)).toEqual(new Set(['allowed', 'denied', 'approval.expired']));
    const accepted = answers.filter(({ status }) => status === 'fulfilled');
    expect(accepted).toHaveLength(log.filter(({ type }) => type === 'approval.answered').length);
    expect(consumed.some((count) => count === 1)).toBe(true);
    approvals.close();
  });
});

function isFinal(state: unknown): boolean {
  return state === 'allowed' || state === 'denied';
}
