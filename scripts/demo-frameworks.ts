import { createAgent, FakeToolCallingModel, tool } from 'langchain';
import OpenAI from 'openai';
import { supervisionMiddleware } from 'ringfence/langchain';
import { createOpenAIGuard } from 'ringfence/openai';
import { z } from 'zod';
import { startOpenAIServer } from '../test/support/openai-server.ts';
import { expectThat } from './demo-screen.ts';
import type { Act } from './demo-acts.ts';

const undoable = { effect: 'write', undo: 'full', paths: [] } as const;

export const langchainAgent: Act = async ({ hypervisor }, screen) => {
  await screen.act('A LangChain agent: one line of middleware, and every tool call is supervised');
  const given: number[] = [];
  const coupon = tool(({ percent }) => `coupon ${given.push(percent)} is given`, {
    name: 'coupon',
    description: 'Gives a customer a coupon',
    schema: z.object({ percent: z.number() }),
  });
  // stands for a model: asks for two coupons at once, then is done
  const calls = [10, 90].map((percent, i) => ({ name: 'coupon', args: { percent }, id: `c${i}` }));
  const agent = createAgent({
    model: new FakeToolCallingModel({ toolCalls: [calls, []] }),
    tools: [coupon],
    middleware: [
      supervisionMiddleware(hypervisor, {
        seat: () => hypervisor.seat('default'),
        manifests: { coupon: undoable },
        review: { waitMs: 0 },
      }),
    ],
  });
  const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'Be nice' }] });
  const [done = '', refused = ''] = messages.filter(isToolMessage).map(({ text }) => text);
  expectThat(given.length === 1 && given[0] === 10, 'one coupon of 10 percent was given');
  expectThat(refused.includes('RULE_DENIED'), 'the agent is told why the other was not');
  screen.good(done);
  screen.bad(refused);
};

function isToolMessage({ type }: { readonly type: string }): boolean {
  return type === 'tool';
}

export const openaiLoop: Act = async ({ hypervisor }, screen) => {
  await screen.act(
    'An OpenAI tools loop: the real client, a local server, a guard around the tools',
  );
  const server = await startOpenAIServer();
  try {
    const ship = (id: string, to: string) => ({ id, name: 'ship', args: { to } });
    server.script({ calls: [ship('call_1', 'IT'), ship('call_2', 'moon')] }, { text: 'Shipped.' });
    const shipped: unknown[] = [];
    const client = new OpenAI({ apiKey: 'none', baseURL: server.baseURL, maxRetries: 0 });
    const guard = createOpenAIGuard(hypervisor, {
      seat: () => hypervisor.seat('default'),
      manifests: { ship: undoable },
    });
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Ship it' }];
    const ask = async () => {
      const completion = await client.chat.completions.create({ model: 'scripted', messages });
      return completion.choices[0]?.message;
    };
    const first = await ask();
    expectThat(first !== undefined, 'the model answers');
    const answers = await guard.run(first.tool_calls, {
      ship: (args: unknown) => `parcel ${shipped.push(args)} is on its way`,
    });
    messages.push(first, ...answers);
    const last = await ask();
    const [done, refused] = answers.map(({ content }) => content);
    expectThat(shipped.length === 1, 'one parcel is on its way');
    expectThat(String(refused).includes('RULE_DENIED'), 'the model is told why the other is not');
    expectThat(last?.content === 'Shipped.', 'the model goes on: every call was answered');
    screen.good(String(done));
    screen.bad(String(refused));
  } finally {
    await server.close();
  }
};
