// A function-calling loop whose tools run only under supervision. Runs without an API key and checks itself.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { zodFunction } from 'openai/helpers/zod';
import { createHypervisor } from 'ringfence';
import { createOpenAIGuard } from 'ringfence/openai';
import { z } from 'zod';
import { startOpenAIServer } from '../test/support/openai-server.ts';

const folder = await mkdtemp(join(tmpdir(), 'ringfence-example-'));
const rules = join(folder, 'rules.json');
const amount = (limits: object) => ({ tool: 'refund', args: { amount: limits } });
const small = { name: 'small', condition: amount({ lte: 50 }), approval: 'auto_approve' };
const large = { name: 'large', condition: amount({ gt: 50 }), approval: 'deny' };
await writeFile(rules, JSON.stringify({ rules: [small, large] }), { mode: 0o600 });

const hypervisor = await createHypervisor({ dir: join(folder, 'data'), rules });
const clerk = await hypervisor.agents.register({ id: 'clerk' });
const guard = createOpenAIGuard(hypervisor, {
  seat: () => hypervisor.seat(clerk),
  manifests: { refund: { effect: 'write', undo: 'full', external: true, paths: [] } },
});

const paid: number[] = [];
const tools = [
  zodFunction({
    name: 'refund',
    description: 'Refunds a charge',
    parameters: z.object({ amount: z.number() }),
    function: ({ amount }) => `refund number ${paid.push(amount)} is paid`,
  }),
];

// stands for the real API: asks for two refunds at once, then says goodbye
const server = await startOpenAIServer();
const calls = [20, 5000].map((amount, i) => ({
  name: 'refund',
  args: { amount },
  id: `call_${i}`,
}));
server.script({ calls }, { text: 'Only the first was allowed.' });
const client = new OpenAI({ apiKey: 'none', baseURL: server.baseURL });

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Refund both' }];
for (;;) {
  const { choices } = await client.chat.completions.create({ model: 'gpt-5', messages, tools });
  const message = choices[0]?.message;
  if (message === undefined) break;
  messages.push(message);
  if (message.tool_calls === undefined) break;
  messages.push(...(await guard.run(message.tool_calls, tools)));
}

console.log(JSON.stringify(messages.slice(2), undefined, 2));
assert.deepEqual(paid, [20]);
assert.match(JSON.stringify(messages[3]), /not executed \(RULE_DENIED\)/);
await server.close();
await hypervisor.close();
await rm(folder, { recursive: true });
