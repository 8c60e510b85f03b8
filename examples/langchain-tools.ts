// Tools that run only under supervision, wherever they are used. Runs without a model's key and checks itself.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from '@langchain/core/tools';
import { createHypervisor } from 'ringfence';
import { superviseTools } from 'ringfence/langchain';
import { z } from 'zod';

const folder = await mkdtemp(join(tmpdir(), 'ringfence-example-'));
const rules = join(folder, 'rules.json');
const look = { name: 'look', condition: { tool: 'look' }, approval: 'auto_approve' };
const mail = { name: 'mail', condition: { tool: 'mail' }, approval: 'require_review' };
await writeFile(rules, JSON.stringify({ rules: [look, mail] }), { mode: 0o600 });

const sent: string[] = [];
const bareLook = tool(({ id }) => `order ${id} is on its way`, {
  name: 'look',
  description: 'Looks an order up',
  schema: z.object({ id: z.string() }),
});
const bareSend = tool(({ to }) => `mail number ${sent.push(to)} is sent`, {
  name: 'mail',
  description: 'Sends a mail',
  schema: z.object({ to: z.string() }),
});

const authenticate = async (token: unknown) =>
  token === 'token-of-ann' ? 'ann' : Promise.reject();
const hypervisor = await createHypervisor({ dir: join(folder, 'data'), rules, authenticate });
const clerk = await hypervisor.agents.register({ id: 'clerk' });
const [lookUp, send] = superviseTools([bareLook, bareSend], hypervisor, {
  seat: () => hypervisor.seat(clerk),
  manifests: {
    look: { effect: 'read', undo: 'none', paths: [] },
    mail: { effect: 'write', undo: 'partial', external: true, destinations: ['to'], paths: [] },
  },
});
console.log(await lookUp.invoke({ id: '7' }));

// the call waits until a person answers: here ann, a moment later
const sending = send.invoke({ to: 'bob@shop.example' });
const opened = new Promise((resolve) => hypervisor.events.on('approval.opened', resolve));
await opened;
assert.deepEqual(sent, []);
const person = await hypervisor.authenticate('token-of-ann');
for (const { approvalId, call } of await hypervisor.approvals.list()) {
  const { fingerprint } = call;
  await hypervisor.approvals.answer(approvalId, { verdict: 'allow', person, fingerprint });
}
console.log(await sending);
assert.deepEqual(sent, ['bob@shop.example']);
await hypervisor.close();
await rm(folder, { recursive: true });
