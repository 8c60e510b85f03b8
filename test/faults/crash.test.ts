import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyLog } from '../../src/core/audit/verify.ts';
import { toText } from '../../src/core/model/json.ts';
import type { EntryBody } from '../../src/core/model/ports.ts';
import { nodeFileSystem } from '../../src/stores/embedded/file-system.ts';
import { readSegments } from '../../src/stores/embedded/read-entries.ts';
import { createTempDirs } from '../stores/temp-dirs.ts';
import { openWorld, points, readLines, readTickets, type World } from './world.ts';

const cycles = Number(process.env['FAULT_CYCLES'] ?? 12);
const folders = 3;
const child = fileURLToPath(new URL('child.ts', import.meta.url));
const dirs = createTempDirs();
afterAll(dirs.clear);

interface Cycle {
  readonly root: string;
  readonly maxPays: number;
  readonly number: number;
}

/** Runs the child until it has killed itself; true if the point was passed often enough. */
async function crash({ root, maxPays, number }: Cycle): Promise<boolean> {
  const point = points[number % points.length] ?? 'anywhere';
  const nth = point === 'anywhere' ? 1 + ((number * 37) % 90) : 1 + (number % 3);
  const args = ['--no-warnings', '-C', 'ringfence-src', child];
  const running = spawn(process.execPath, [...args, root, `${maxPays}`, point, `${nth}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    running.once('close', (...ended) => resolve(ended));
  });
  if (signal === 'SIGKILL') return true;
  if (code === 0) return false;
  throw new Error(`the child failed by itself, on its way to ${point}, ${nth} times`);
}

async function readLog({ folder }: World): Promise<readonly EntryBody[]> {
  const found: EntryBody[] = [];
  for await (const { body } of folder.log.read(1)) found.push(body);
  return found;
}

function ofCalls(log: readonly EntryBody[], type: string): ReadonlyMap<string, EntryBody[]> {
  return Map.groupBy(
    log.filter((body) => body.type === type),
    (body) => toText(body['call']),
  );
}

const isAllow = (entries: readonly EntryBody[] | undefined): boolean =>
  entries?.some(({ verdict }) => verdict === 'allow') === true;

/** What is wrong after a restart; nothing may be. */
async function findWrong(root: string, world: World): Promise<readonly string[]> {
  const log = await readLog(world);
  const decided = ofCalls(log, 'call.decided');
  const finished = ofCalls(log, 'call.finished');
  const effects = readLines(root, 'effects').map((line) => line.split(' ')[1] ?? '');
  const endsOf = (call: string): string =>
    (finished.get(call) ?? []).map((entry) => toText(entry['status'])).join();

  const wrong: string[] = [];
  if (new Set(effects).size < effects.length) wrong.push('something was run twice');
  for (const call of effects) {
    if (!isAllow(decided.get(call))) wrong.push(`${call} ran without a decision`);
    if (!['done', 'unknown'].includes(endsOf(call))) wrong.push(`${call} ran: ${endsOf(call)}`);
  }
  for (const [call, entries] of decided) {
    if (!isAllow(entries)) continue;
    const times = entries.filter(({ verdict }) => verdict === 'allow').length;
    const isOnce = ['done', 'unknown', 'refused'].includes(endsOf(call));
    if (times !== 1 || !isOnce) wrong.push(`${call} allowed ${times} times: ${endsOf(call)}`);
  }
  for (const line of readLines(root, 'acks')) {
    const [what, id = '', status] = line.split(' ');
    if (what === 'ended' && status === 'done') {
      // the outcome of a reading call is not synced before its value returns
      const isRead = decided.get(id)?.[0]?.['tool'] === 'read';
      if (endsOf(id) !== 'done' && !(isRead && endsOf(id) === 'unknown')) wrong.push(line);
    }
    if (what === 'answered') {
      const isAnswer = ({ type, approval }: EntryBody) =>
        type === 'approval.answered' && approval === id;
      if (log.filter(isAnswer).length !== 1) wrong.push(line);
    }
    if (what === 'killed' && world.hypervisor.killSwitch.list().length !== 1) wrong.push(line);
  }
  return wrong;
}

/** What persons and limits still know in the end, whoever was killed on the way. */
async function checkTheEnd(root: string, maxPays: number): Promise<void> {
  const world = await openWorld(root, maxPays);
  const { hypervisor, pay, mail, doomed } = world;
  const person = await hypervisor.authenticate('ann');
  for (const { approvalId, call } of await hypervisor.approvals.list()) {
    const { fingerprint } = call;
    await hypervisor.approvals.answer(approvalId, { verdict: 'allow', person, fingerprint });
  }
  for (const ticket of readTickets(root)) await mail.resume(ticket);
  const again = await Promise.all(readTickets(root).map((ticket) => mail.resume(ticket)));
  expect(again.map(({ status }) => status)).toEqual(again.map(() => 'refused'));
  const isKilled = readLines(root, 'acks').includes('killed doomed');
  const held = await doomed.attempt({});
  expect([isKilled, held.status]).not.toEqual([true, 'done']);
  for (let status = 'done'; status === 'done';) status = (await pay.attempt({})).status;

  const log = await readLog(world);
  const finished = ofCalls(log, 'call.finished');
  const paid = log.filter(({ type, tool, verdict, call }) => {
    if (type !== 'call.decided' || tool !== 'pay' || verdict !== 'allow') return false;
    return finished.get(toText(call))?.[0]?.['status'] !== 'refused';
  });
  expect(paid, 'the limit counted every call once').toHaveLength(maxPays);
  expect(await findWrong(root, world)).toEqual([]);
  await world.close();
}

describe('kill -9 at named points', () => {
  it(
    `${cycles} times: one end for each call, nothing run twice, nothing acknowledged lost`,
    { timeout: cycles * 4000 },
    async () => {
      const runs = Array.from({ length: folders }, async (_, first) => {
        const root = dirs.make();
        mkdirSync(root, { recursive: true });
        const perFolder = Math.ceil(cycles / folders);
        const maxPays = 4 * perFolder;
        let kills = 0;
        for (let number = first; kills < perFolder; number += folders) {
          if (await crash({ root, maxPays, number })) kills += 1;
          const world = await openWorld(root, maxPays);
          expect(await findWrong(root, world)).toEqual([]);
          await world.close();
        }
        await checkTheEnd(root, maxPays);
        const log = await verifyLog(readSegments(join(root, 'data', 'log'), nodeFileSystem));
        expect(log).toMatchObject({ findings: [], open: [] });
        return kills;
      });
      const kills = await Promise.all(runs);
      expect(kills.reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(cycles);
    },
  );
});
