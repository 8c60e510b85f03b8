// Code that knows nothing of Ringfence, guarded by the client's `fetch`. Runs without an API key and checks itself.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { createHypervisor } from 'ringfence';
import { createOpenAIGuard } from 'ringfence/openai';
import { startOpenAIServer } from '../test/support/openai-server.ts';

const done: string[] = [];

/** Somebody else's agent: it runs whatever the model asks for. */
async function runAgent(client: OpenAI): Promise<string> {
  const tool = (name: string) => ({ type: 'function' as const, function: { name } });
  const tools = [tool('look'), tool('wipe')];
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Tidy up' }];
  for (;;) {
    const request = { model: 'gpt-5', messages, tools };
    const completion = await client.chat.completions.stream(request).finalChatCompletion();
    const message = completion.choices[0]?.message;
    if (message === undefined) return '';
    messages.push(message);
    if (!message.tool_calls?.length) return message.content ?? '';
    for (const call of message.tool_calls) {
      if (call.type === 'function') done.push(call.function.name);
      messages.push({ role: 'tool', tool_call_id: call.id, content: 'done' });
    }
  }
}

const folder = await mkdtemp(join(tmpdir(), 'ringfence-example-'));
const rules = join(folder, 'rules.json');
const look = { name: 'look', condition: { tool: 'look' }, approval: 'auto_approve' };
const wipe = { name: 'wipe', condition: { tool: 'wipe' }, approval: 'deny' };
await writeFile(rules, JSON.stringify({ rules: [look, wipe] }), { mode: 0o600 });

const hypervisor = await createHypervisor({ dir: join(folder, 'data'), rules });
const clerk = await hypervisor.agents.register({ id: 'clerk' });
const guard = createOpenAIGuard(hypervisor, {
  seat: () => hypervisor.seat(clerk),
  manifests: {
    look: { effect: 'read', undo: 'none', paths: [] },
    wipe: { effect: 'write', undo: 'partial', paths: [] },
  },
});

// stands for the real API: asks for both tools at once, then says goodbye
const server = await startOpenAIServer();
const calls = ['look', 'wipe'].map((name, i) => ({ name, id: `call_${i}` }));
server.script({ calls }, { text: 'I may only look.' });

// the one line that changes
const client = new OpenAI({ apiKey: 'none', baseURL: server.baseURL, fetch: guard.fetch });
console.log(await runAgent(client));

assert.deepEqual(done, ['look']);
// the model was told, beside the answer to the call that was allowed
assert.match(JSON.stringify(server.requests[1]), /call_1.*not executed \(RULE_DENIED\)/);
await server.close();
await hypervisor.close();
await rm(folder, { recursive: true });
