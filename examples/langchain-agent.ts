// An agent whose every tool call is supervised: one line in `middleware`. Runs without a model's key and checks itself.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemorySaver } from '@langchain/langgraph';
import { createAgent, FakeToolCallingModel, tool } from 'langchain';
import { createHypervisor } from 'ringfence';
import { supervisionMiddleware } from 'ringfence/langchain';
import { z } from 'zod';

const folder = await mkdtemp(join(tmpdir(), 'ringfence-example-'));
const rules = join(folder, 'rules.json');
const amount = (limits: object) => ({ tool: 'refund', args: { amount: limits } });
const small = { name: 'small', condition: amount({ lte: 50 }), approval: 'auto_approve' };
const large = { name: 'large', condition: amount({ gt: 50 }), approval: 'deny' };
await writeFile(rules, JSON.stringify({ rules: [small, large] }), { mode: 0o600 });

const paid: number[] = [];
const refund = tool(({ amount }) => `refund number ${paid.push(amount)} is paid`, {
  name: 'refund',
  description: 'Refunds a charge',
  schema: z.object({ amount: z.number() }),
});

const hypervisor = await createHypervisor({ dir: join(folder, 'data'), rules });
const clerk = await hypervisor.agents.register({ id: 'clerk' });
const supervision = supervisionMiddleware(hypervisor, {
  seat: () => hypervisor.seat(clerk),
  manifests: { refund: { effect: 'write', undo: 'full', external: true, paths: [] } },
  review: 'interrupt',
});

// stands for a real model: asks for two refunds at once, then says goodbye
const calls = [20, 5000].map((amount, i) => ({
  name: 'refund',
  args: { amount },
  id: `call_${i}`,
}));
const model = new FakeToolCallingModel({ toolCalls: [calls, []] });
const agent = createAgent({
  model,
  tools: [refund],
  middleware: [supervision],
  checkpointer: new MemorySaver(),
});
const { messages } = await agent.invoke(
  { messages: [{ role: 'user', content: 'Refund both' }] },
  { configurable: { thread_id: 'thread-1' } },
);

const told = messages.filter((message) => message.type === 'tool').map(({ text }) => text);
console.log(told.join('\n'));
assert.deepEqual(paid, [20]);
assert.match(told[1] ?? '', /not executed \(RULE_DENIED\)/);
await hypervisor.close();
await rm(folder, { recursive: true });
