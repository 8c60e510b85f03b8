import OpenAI from 'openai';
import { createOpenAIGuard, type OpenAIGuardOptions } from '../../../adapters/openai/index.ts';
import type { Json } from '../../../src/core/model/json.ts';
import type { Manifest } from '../../../src/core/model/tool.ts';
import { startBench } from '../../support/harness.ts';
import { startOpenAIServer } from '../../support/openai-server.ts';

export const read: Manifest = { effect: 'read', undo: 'none', output: 'trusted', paths: [] };
export const write: Manifest = { effect: 'write', undo: 'full', paths: [] };

export const allowLook = { name: 'look', condition: { tool: 'look' }, approval: 'auto_approve' };
export const mail = (approval: string) => ({ name: 'mail', condition: { tool: 'mail' }, approval });

/** A server, a hypervisor with these rules, a guard, and a client that goes through `guard.fetch` where asked. */
export async function openWorld(rules: readonly Json[], options: Partial<OpenAIGuardOptions> = {}) {
  const bench = await startBench(rules);
  const server = await startOpenAIServer();
  const agent = await bench.hypervisor.agents.register({ id: 'clerk' });
  const seat = bench.hypervisor.seat(agent);
  const manifests = { look: read, mail: write };
  const guard = createOpenAIGuard(bench.hypervisor, {
    seat: () => seat,
    manifests,
    waitMs: 0,
    ...options,
  });
  const connect = { apiKey: 'none', baseURL: server.baseURL, maxRetries: 0 };
  const ran: { readonly tool: string; readonly args: unknown }[] = [];
  const statuses = async (): Promise<readonly (Json | undefined)[]> =>
    (await bench.entries())
      .filter(({ type }) => type === 'call.finished')
      .map(({ status }) => status);
  return {
    bench,
    server,
    guard,
    seat,
    ran,
    statuses,
    /** The raw client, and the one behind the guard. */
    plain: new OpenAI(connect),
    guarded: new OpenAI({ ...connect, fetch: guard.fetch }),
    /** What a tool does: it notes that it ran. */
    doer: (tool: string) => (args: unknown) => {
      ran.push({ tool, args });
      return `${tool} ${ran.length}`;
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await bench.hypervisor.close();
    },
  };
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/** Definitions as unchanged code has them. */
export const definitions = ['look', 'mail'].map((name) => ({
  type: 'function' as const,
  function: {
    name,
    description: `The tool ${name}`,
    parameters: { type: 'object', properties: { to: { type: 'string' } } },
  },
}));

/** An agent as its author wrote it, who never heard of us: asks, runs what it is told to, and asks again. */
export async function chatLoop(
  world: World,
  {
    stream = false,
    client = world.guarded,
  }: { readonly stream?: boolean; readonly client?: OpenAI } = {},
): Promise<readonly OpenAI.ChatCompletionMessageParam[]> {
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'go' }];
  for (let turn = 0; turn < 5; turn += 1) {
    const request = { model: 'm', messages, tools: definitions };
    const completion = stream
      ? await client.chat.completions.stream(request).finalChatCompletion()
      : await client.chat.completions.create(request);
    const message = completion.choices[0]?.message;
    if (message === undefined) break;
    messages.push(message);
    if (!message.tool_calls?.length) break;
    for (const call of message.tool_calls) {
      if (call.type !== 'function') continue;
      const content = world.doer(call.function.name)(JSON.parse(call.function.arguments || '{}'));
      messages.push({ role: 'tool', tool_call_id: call.id, content });
    }
  }
  return messages;
}
