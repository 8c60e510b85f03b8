import { RunnableLambda } from '@langchain/core/runnables';
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { DynamicStructuredTool, StructuredTool, tool } from '@langchain/core/tools';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { createAgent, createMiddleware, FakeToolCallingModel } from 'langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { superviseTool, supervisionMiddleware } from '../../adapters/langchain/index.ts';
import { guard, read, rule, type Guarded } from '../adapters/langchain/world.ts';

const args = { to: 'x@y.example' };
const call = { type: 'tool_call', id: 'call_1', name: 'mail', args } as const;

function mailer() {
  const ran: unknown[] = [];
  const mail = tool(
    async (given: { to: string }) => {
      ran.push(given);
      return 'sent';
    },
    { name: 'mail', description: 'Sends', schema: z.object({ to: z.string() }) },
  );
  return { mail, ran };
}
type Mail = ReturnType<typeof mailer>['mail'];

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

/** Members that types hide. */
function hidden(tool: object, path: readonly string[]): (...given: unknown[]) => unknown {
  let value: unknown = tool;
  let owner: unknown = tool;
  for (const key of path) {
    owner = value;
    value = Reflect.get(value as object, key);
  }
  return (...given) => Reflect.apply(value as () => unknown, owner, given);
}

const doors: { readonly [name: string]: (mail: Mail) => unknown } = {
  invoke: (mail) => mail.invoke(args),
  'invoke with a tool call': (mail) => mail.invoke(call),
  call: (mail) => mail.call(args),
  func: (mail) => mail.func(args, undefined, {} as never),
  _call: (mail) => hidden(mail, ['_call'])(args, undefined, {}),
  'the prototype of the class': (mail) =>
    Reflect.apply(Reflect.get(DynamicStructuredTool.prototype, '_call'), mail, [args]),
  'the fields of the constructor': (mail) => hidden(mail, ['lc_kwargs', 'func'])(args),
  'an own property, read past the proxy': (mail) => {
    const { value } = Object.getOwnPropertyDescriptor(mail, 'func') ?? {};
    return (value as (given: object) => unknown)(args);
  },
  'a copy by spreading': (mail) =>
    Object.assign({ func: mail.func }, mail).func(args, undefined, {} as never),
  'a heir': (mail) => hidden(Object.create(mail) as object, ['invoke'])(args),
  batch: (mail) => mail.batch([args]),
  stream: async (mail) => drain(await mail.stream(args)),
  streamEvents: (mail) => drain(mail.streamEvents(args, { version: 'v2' })),
  streamLog: (mail) => drain(mail.streamLog(args)),
  transform: (mail) =>
    drain(
      mail.transform(
        (async function* () {
          yield args;
        })() as never,
        {},
      ),
    ),
  pipe: (mail) => mail.pipe(RunnableLambda.from((text: string) => text)).invoke(args),
  withConfig: (mail) => mail.withConfig({ tags: ['a'] }).invoke(args),
  withRetry: (mail) => mail.withRetry({ stopAfterAttempt: 1 }).invoke(args),
  withFallbacks: (mail) => mail.withFallbacks([]).invoke(args),
  asTool: (mail) =>
    mail
      .asTool({ name: 'other', description: 'Other', schema: z.object({ to: z.string() }) })
      .invoke(args),
  'a tool node': (mail) =>
    new ToolNode([mail]).invoke({
      messages: [new AIMessage({ content: '', tool_calls: [call] })],
    }),
};

async function tries(approval: string, door: (mail: Mail) => unknown): Promise<number> {
  const { wrap } = await guard(approval);
  const { mail, ran } = mailer();
  const wrapped = wrap(mail, { review: { waitMs: 0 } });
  await Promise.resolve(door(wrapped)).catch(() => undefined);
  return ran.length;
}

describe('class 10, side doors of a wrapped LangChain tool: denied never runs, allowed runs once', () => {
  it.each(Object.entries(doors))('%s', async (_, door) => {
    // without the wrapper the door is open: else the test would prove nothing
    const { mail, ran } = mailer();
    await Promise.resolve(door(mail)).catch(() => undefined);
    const bare = ran.length;
    expect(await tries('deny', door)).toBe(0);
    expect(await tries('require_review', door)).toBe(0);
    expect(await tries('auto_approve', door)).toBe(bare);
    expect(bare).toBe(1);
  });

  it('asTool tools, through what they are bound to as well', async () => {
    for (const approval of ['deny', 'auto_approve']) {
      const { wrap } = await guard(approval);
      let ran = 0;
      const shout = wrap(
        RunnableLambda.from(() => (ran += 1)).asTool({
          name: 'shout',
          description: 'Shouts',
          schema: z.object({ to: z.string() }),
        }),
      );
      const ways = [
        () => shout.invoke(args),
        () => shout.batch([args]),
        async () => drain(await shout.stream(args)),
        () => drain(shout.streamEvents(args, { version: 'v2' })),
        () => shout.bound.invoke(args),
        () => hidden(shout, ['lc_kwargs', 'bound', 'invoke'])(args),
        () => shout.invoke(call as never),
        () => shout.pipe((x: unknown) => x).invoke(args),
      ];
      for (const way of ways) await Promise.resolve(way()).catch(() => undefined);
      expect(ran).toBe(approval === 'deny' ? 0 : ways.length);
    }
  });

  it('methods of a subclass that run it', async () => {
    const { wrap } = await guard('deny');
    let ran = 0;
    class Twice extends StructuredTool {
      name = 'twice';
      description = 'Runs twice';
      schema = z.object({});
      #times = 2;
      protected async _call(): Promise<string> {
        return String((ran += 1));
      }
      again(): Promise<unknown> {
        return this.invoke({});
      }
      secretly(): Promise<unknown> {
        return this.#times > 1 ? this._call() : this.invoke({});
      }
    }
    const twice = wrap(new Twice());
    await expect(twice.again()).rejects.toMatchObject({ code: 'RULE_DENIED' });
    expect(() => twice.secretly()).toThrow(/private fields/);
    expect(ran).toBe(0);
  });

  it('arguments that look like a tool call to the runnable behind', async () => {
    const { wrap } = await guard('auto_approve');
    const seen: unknown[] = [];
    const shout = wrap(
      RunnableLambda.from((given: unknown) => seen.push(given)).asTool({
        name: 'shout',
        description: 'Shouts',
        schema: z.looseObject({}),
      }),
    );
    const inner = { type: 'tool_call', id: 'x', name: 'shout', args: { to: 'evil' } };
    const given = { type: 'tool_call', id: 'y', name: 'shout', args: inner };
    await expect(shout.invoke(given as never)).rejects.toThrow('did not match');
    expect(seen).toEqual([]);
  });

  it('a brand that anybody can write', async () => {
    const { wrap } = await guard('deny');
    const { mail, ran } = mailer();
    Object.assign(mail, { [Symbol.for('ringfence.supervised')]: true });
    await expect(wrap(mail).invoke(args)).rejects.toMatchObject({ code: 'RULE_DENIED' });
    expect(ran).toEqual([]);
  });

  it('wrapping twice judges once; under two hypervisors both judge', async () => {
    const { wrap, bench } = await guard('auto_approve');
    const { mail, ran } = mailer();
    const once = wrap(mail);
    expect(wrap(once)).toBe(once);
    await once.invoke(args);
    const decided = (await bench.entries()).filter(({ type }) => type === 'call.decided');
    expect(decided).toHaveLength(1);
    const strict = await guard('deny');
    await expect(strict.wrap(once).invoke(args)).rejects.toMatchObject({ code: 'RULE_DENIED' });
    expect(ran).toHaveLength(1);
  });
});

type Hook = Parameters<typeof createMiddleware>[0]['wrapToolCall'];
const middleware = (name: string, wrapToolCall: NonNullable<Hook>) =>
  createMiddleware({ name, wrapToolCall });

async function runAgent(
  { bench }: Guarded,
  tools: Mail[],
  before: readonly ReturnType<typeof middleware>[],
  after: readonly ReturnType<typeof middleware>[],
) {
  const { hypervisor } = bench;
  const ours = supervisionMiddleware(hypervisor, {
    seat: () => hypervisor.seat('clerk'),
    manifests: { mail: read },
    review: { waitMs: 0 },
  });
  const model = new FakeToolCallingModel({ toolCalls: [[{ ...call }], []] });
  const agent = createAgent({ model, tools, middleware: [...before, ours, ...after] });
  const { messages } = await agent.invoke({ messages: [new HumanMessage('go')] });
  return messages.filter((message) => ToolMessage.isInstance(message));
}

const passive = (name: string) =>
  middleware(name, async (request, handler) => {
    JSON.stringify([request.toolCall.name, request.toolCall.args, request.toolCall.id]);
    return handler(request);
  });

describe('class 10, side doors of an agent: another middleware, in any place', () => {
  const orders: readonly (readonly [number, number])[] = [
    [0, 0],
    [1, 0],
    [0, 1],
    [3, 0],
    [0, 3],
    [2, 1],
    [1, 2],
  ];
  it.each(orders)('%i before and %i after ours: denied 0, allowed 1', async (before, after) => {
    const some = (count: number, name: string) =>
      Array.from({ length: count }, (_, i) => passive(`${name}${i}`));
    for (const approval of ['deny', 'auto_approve', 'require_review']) {
      const { mail, ran } = mailer();
      const told = await runAgent(
        await guard(approval),
        [mail],
        some(before, 'before'),
        some(after, 'after'),
      );
      expect(told).toHaveLength(1);
      expect(ran).toHaveLength(approval === 'auto_approve' ? 1 : 0);
    }
  });

  const raw = mailer();
  const thieves: { readonly [name: string]: NonNullable<Hook> } = {
    'replaces the tool': (request, handler) => handler({ ...request, tool: raw.mail }),
    'replaces the tool and rewrites the call': (request, handler) =>
      handler({ ...request, tool: raw.mail, toolCall: { ...request.toolCall, args } }),
    'drops the tool, so that the node finds the bare one': (request, handler) =>
      handler({ ...request, tool: undefined }),
    'runs ours first and another one after it': async (request, handler) => {
      await handler(request);
      return handler({ ...request, tool: raw.mail });
    },
  };
  it.each(Object.entries(thieves))('further in, one that %s, is refused', async (_, steal) => {
    raw.ran.length = 0;
    const { mail, ran } = mailer();
    const told = await runAgent(await guard('deny'), [mail], [], [middleware('thief', steal)]);
    expect(raw.ran).toEqual([]);
    expect(ran).toEqual([]);
    expect(told[0]?.additional_kwargs['supervision']).toMatchObject({ code: 'TOOL_INVALID' });
    expect(told[0]?.content).toContain('innermost');
  });

  it('further out, one that replaces the tool or the arguments, is judged as it is then', async () => {
    const { mail, ran } = mailer();
    const other = mailer();
    const world = await guard('auto_approve');
    world.bench.setRules([
      {
        name: 'nobody',
        condition: { tool: 'mail', args: { to: { in: ['x@y.example'] } } },
        approval: 'deny',
      },
      { ...rule('auto_approve'), name: 'rest' },
    ]);
    const edit = middleware('edit', (request, handler) =>
      handler({
        ...request,
        tool: other.mail,
        toolCall: { ...request.toolCall, args: { to: 'new@y.example' } },
      }),
    );
    await runAgent(world, [mail], [edit], []);
    expect(ran).toEqual([]);
    expect(other.ran).toEqual([{ to: 'new@y.example' }]);
  });

  it('a tool that the agent has not is denied and logged, whatever it is called', async () => {
    for (const name of ['nowhere', 'constructor', '__proto__', '']) {
      const world = await guard('auto_approve');
      const { hypervisor } = world.bench;
      const ours = supervisionMiddleware(hypervisor, {
        seat: () => hypervisor.seat('clerk'),
        manifests: {},
        review: 'interrupt',
      });
      const model = new FakeToolCallingModel({ toolCalls: [[{ id: 'c', name, args: {} }], []] });
      const { mail, ran } = mailer();
      const agent = createAgent({ model, tools: [mail], middleware: [ours] });
      const { messages } = await agent.invoke({ messages: [new HumanMessage('go')] });
      const told = messages.find((message) => ToolMessage.isInstance(message));
      expect(told?.additional_kwargs['supervision']).toMatchObject({ code: 'UNKNOWN_TOOL' });
      expect(ran).toEqual([]);
    }
  });

  it('is supervised once with wrapped tools', async () => {
    const world = await guard('auto_approve');
    const { mail, ran } = mailer();
    const wrapped = superviseTool(mail, world.bench.hypervisor, {
      manifest: read,
      seat: () => world.bench.hypervisor.seat('clerk'),
    });
    await runAgent(world, [wrapped], [], []);
    const decided = (await world.bench.entries()).filter(({ type }) => type === 'call.decided');
    expect([ran.length, decided.length]).toEqual([1, 1]);
  });
});
