// A review answered from the command line: while the agent waits, and after a restart. Checks itself.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createHypervisor } from 'ringfence';
import { createOpenAIGuard } from 'ringfence/openai';

const folder = await mkdtemp(join(tmpdir(), 'ringfence-example-'));
const [dir, rules, notes] = ['data', 'rules.json', 'waiting.json'].map((name) =>
  join(folder, name),
);
assert(dir !== undefined && rules !== undefined && notes !== undefined);
const review = { name: 'mail', condition: { tool: 'mail' }, approval: 'require_review' };
await writeFile(rules, JSON.stringify({ rules: [review] }), { mode: 0o600 });

const sent: string[] = [];
const tools = { mail: ({ to }: { to?: string }) => `mail number ${sent.push(to ?? '')} is sent` };
const mail = (id: string, to: string) => ({
  id,
  type: 'function',
  function: { name: 'mail', arguments: JSON.stringify({ to }) },
});

/** Another program of the same user: `ringfence approve ID --yes`, with the first six characters of the id. */
async function approve(approvalId: string): Promise<void> {
  const main = join(import.meta.dirname, '../src/cli/main.ts');
  const words = ['approve', approvalId.slice(0, 6), '--yes', '--dir', dir ?? ''];
  const args = ['-C', 'ringfence-src', main, ...words];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  console.log(`$ ringfence ${words.slice(0, 3).join(' ')}\n${stdout.trim()}`);
}

async function start(waitMs: number) {
  const hypervisor = await createHypervisor({ dir: dir ?? '', rules: rules ?? '' });
  const clerk = await hypervisor.agents.register({ id: 'clerk' });
  const guard = createOpenAIGuard(hypervisor, {
    seat: () => hypervisor.seat(clerk),
    manifests: { mail: { effect: 'write', undo: 'partial', external: true, paths: [] } },
    waitMs,
  });
  return { hypervisor, guard };
}

// 1 the agent waits up to a minute, and the answer comes meanwhile
const first = await start(60_000);
const opened = Promise.withResolvers<void>();
first.hypervisor.events.on('approval.opened', () => opened.resolve());
const waiting = first.guard.run([mail('call_1', 'ann@shop.example')], tools);
await opened.promise;
assert.deepEqual(sent, []);
const [open] = await first.hypervisor.approvals.list();
await approve(open?.approvalId ?? '');
console.log((await waiting)[0]?.content);
assert.deepEqual(sent, ['ann@shop.example']);
await first.hypervisor.close();

// 2 the agent does not wait: it keeps the ticket, and the program ends
const second = await start(0);
const answers = await second.guard.run([mail('call_2', 'bob@shop.example')], tools);
await writeFile(notes, JSON.stringify(answers.pending[0]));
await second.hypervisor.close();

// 3 a new process: a person answers, and the agent comes back with the ticket
const third = await start(0);
const ticket = JSON.parse(await readFile(notes, 'utf8'));
const early = await third.guard.resume(ticket, tools);
assert.equal(early.supervision.status, 'pending');
await approve(ticket.approvalId);
const late = await third.guard.resume(ticket, tools);
console.log('content' in late ? late.content : late.output);
assert.deepEqual(sent, ['ann@shop.example', 'bob@shop.example']);
assert.equal((await third.guard.resume(ticket, tools)).supervision.status, 'refused');
await third.hypervisor.close();
await rm(folder, { recursive: true });
