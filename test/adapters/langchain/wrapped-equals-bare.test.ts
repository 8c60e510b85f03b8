import { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import { ToolMessage } from '@langchain/core/messages';
import { RunnableLambda } from '@langchain/core/runnables';
import {
  DynamicStructuredTool,
  DynamicTool,
  isLangChainTool,
  isRunnableToolLike,
  isStructuredTool,
  StructuredTool,
  tool,
} from '@langchain/core/tools';
import { convertToOpenAITool } from '@langchain/core/utils/function_calling';
import { Command, GraphInterrupt, InMemoryStore } from '@langchain/langgraph';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AnyTool } from '../../../adapters/langchain/index.ts';
import { guard } from './world.ts';

const toolCall = (args: object, name = 'add') =>
  ({ type: 'tool_call', id: 'call_1', name, args }) as const;

const add = (more: object = {}) =>
  tool(async ({ a, b }: { a: number; b: number }) => String(a + b), {
    name: 'add',
    description: 'Adds',
    schema: z.object({ a: z.number(), b: z.number() }),
    ...more,
  });

/** The same question to a bare tool and to a wrapped one; each is made anew, so that counts start at 0. */
function same<T extends AnyTool>(
  property: string,
  make: () => T,
  observe: (tool: T) => unknown,
  expected?: unknown,
): void {
  it.each([property])('%s', async () => {
    const { wrap } = await guard('auto_approve');
    const settle = async (tool: T): Promise<unknown> => {
      try {
        return { value: await observe(tool) };
      } catch (error) {
        if (!(error instanceof Error)) return { error };
        return { kind: error.constructor.name, message: error.message };
      }
    };
    const bare = await settle(make());
    const wrapped = await settle(wrap(make()));
    expect(wrapped).toEqual(bare);
    // what both get wrong alike would be no proof
    expect(bare).toEqual(expected === undefined ? bare : { value: expected });
  });
}

/** Turns of the event loop, which are as many on a busy machine; whoever waits for a timer takes thousands. */
async function turnsUntil(ended: Promise<unknown>): Promise<number> {
  const hasEnded = ended.then(() => true);
  for (let turns = 0; ; turns += 1) {
    const turn = new Promise<false>((done) => setImmediate(done, false));
    if (await Promise.race([hasEnded, turn])) return turns;
  }
}

/** Counts what a tracer sees. */
class Tracer extends BaseCallbackHandler {
  name = 'tracer';
  seen: string[] = [];
  override handleToolStart(...args: unknown[]): void {
    this.seen.push(`start ${String(args[6])}`);
  }
  override handleToolEnd(): void {
    this.seen.push('end');
  }
  override handleToolError(): void {
    this.seen.push('error');
  }
  override handleToolEvent(chunk: unknown): void {
    this.seen.push(`event ${JSON.stringify(chunk)}`);
  }
}

async function traced(
  tool: { invoke(input: never, config: object): Promise<unknown> },
  input: unknown,
  config: object = {},
): Promise<unknown> {
  const tracer = new Tracer({ _awaitHandler: true });
  const result = await tool
    .invoke(input as never, { ...config, callbacks: [tracer] })
    .catch((error: unknown) => String(error));
  return { result, seen: tracer.seen };
}

const counting = () => {
  let parsed = 0;
  return tool(async ({ text }: { text: string }) => `${text} ${parsed}`, {
    name: 'count',
    description: 'Counts parses',
    schema: z.object({
      text: z
        .string()
        .default('none')
        .transform((text) => `${text}-${(parsed += 1)}`),
    }),
  });
};

class Secretive extends StructuredTool {
  name = 'secretive';
  description = 'Keeps a count';
  schema = z.object({ by: z.number() });
  #total = 0;
  protected async _call({ by }: { by: number }): Promise<string> {
    this.#total += by;
    return `total ${this.#total}`;
  }
  get total(): number {
    return this.#total;
  }
  reset(to: number): this {
    this.#total = to;
    return this;
  }
  greet(who: string): string {
    return `${this.name} greets ${who}`;
  }
}

const chunky = () =>
  tool(
    async function* ({ n }: { n: number }) {
      for (let i = 0; i < n; i += 1) yield { at: i };
      return 'finished';
    },
    { name: 'chunky', description: 'Streams', schema: z.object({ n: z.number() }) },
  );

const asTool = () =>
  RunnableLambda.from(({ text }: { text: string }) => text.toUpperCase()).asTool({
    name: 'shout',
    description: 'Shouts',
    schema: z.object({ text: z.string() }),
  });

describe('a wrapped tool equals the bare one in', () => {
  same('transforms and defaults, applied once', counting, (tool) => tool.invoke({}), 'none-1 1');
  same('invoke gives a string', add, (tool) => tool.invoke({ a: 1, b: 2 }), '3');
  same('call, the old name', add, (tool) => tool.call({ a: 1, b: 2 }), '3');
  same(
    'a tool call gives a ToolMessage with id and name',
    add,
    async (tool) => {
      const message: unknown = await tool.invoke(toolCall({ a: 1, b: 2 }));
      if (!ToolMessage.isInstance(message)) return 'no message';
      return [message.tool_call_id, message.name, message.content, message.status];
    },
    ['call_1', 'add', '3', 'success'],
  );
  same(
    'the metadata of its message',
    () => add({ metadata: { team: 'a' } }),
    async (tool) => {
      const message: unknown = await tool.invoke(toolCall({ a: 1, b: 2 }));
      return ToolMessage.isInstance(message) && message.metadata;
    },
    { team: 'a' },
  );
  same(
    'returnDirect',
    () => add({ returnDirect: true }),
    (tool) => tool.returnDirect,
    true,
  );
  same(
    'metadata, tags, extras',
    () => add({ metadata: { m: 1 }, tags: ['t'], extras: { e: 1 } }),
    (tool) => [tool.metadata, tool.tags, tool.extras],
    [{ m: 1 }, ['t'], { e: 1 }],
  );
  same(
    'runtime state, store, toolCallId and context',
    () =>
      tool(
        async (_: object, runtime: unknown) => {
          const { state, store, toolCallId, context } = runtime as { [key: string]: unknown };
          return JSON.stringify([state, store instanceof InMemoryStore, toolCallId, context]);
        },
        { name: 'runtime', description: 'Looks', schema: z.object({}) },
      ),
    (tool) =>
      tool.invoke({}, {
        state: { s: 1 },
        store: new InMemoryStore(),
        toolCallId: 'call_7',
        context: { c: 1 },
      } as never),
    '[{"s":1},true,"call_7",{"c":1}]',
  );
  same(
    'artifacts',
    () =>
      tool(async () => ['content', { big: new Map([['a', 1]]) }], {
        name: 'art',
        description: 'Makes',
        schema: z.object({}),
        responseFormat: 'content_and_artifact',
      }),
    async (tool) => {
      const message: unknown = await tool.invoke(toolCall({}, 'art'));
      return ToolMessage.isInstance(message) && [message.content, message.artifact];
    },
    ['content', { big: new Map([['a', 1]]) }],
  );
  same(
    'a result of an artifact tool that is no pair',
    () =>
      tool(async () => 'alone', {
        name: 'art',
        description: 'Makes',
        schema: z.object({}),
        responseFormat: 'content_and_artifact',
      }),
    (tool) => tool.invoke({}),
  );
  same('generators: result and events', chunky, (tool) => traced(tool, { n: 3 }), {
    result: 'finished',
    seen: ['start chunky', 'event {"at":0}', 'event {"at":1}', 'event {"at":2}', 'end'],
  });
  same(
    'a Command',
    () =>
      tool(async () => new Command({ goto: 'x', update: { a: 1 } }), {
        name: 'go',
        description: 'Goes',
        schema: z.object({}),
      }),
    async (tool) => {
      const command: unknown = await tool.invoke(toolCall({}, 'go'));
      return command instanceof Command && [command.goto, command.update];
    },
    [['x'], { a: 1 }],
  );
  same(
    'a ToolMessage of its own',
    () =>
      tool(async () => new ToolMessage({ content: 'own', tool_call_id: 'x' }), {
        name: 'own',
        description: 'Owns',
        schema: z.object({}),
      }),
    async (tool) => {
      const message: unknown = await tool.invoke(toolCall({}, 'own'));
      return ToolMessage.isInstance(message) && [message.content, message.tool_call_id];
    },
    ['own', 'x'],
  );
  same(
    'nothing as result',
    () => tool(async () => undefined, { name: 'none', description: 'None', schema: z.object({}) }),
    async (tool) => {
      const message: unknown = await tool.invoke(toolCall({}, 'none'));
      return ToolMessage.isInstance(message) && message.content;
    },
    '',
  );
  same(
    'a JSON-schema tool',
    () =>
      tool(async (args: unknown) => JSON.stringify(args), {
        name: 'plain',
        description: 'Plain',
        schema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
      }),
    (tool) => tool.invoke({ a: 1 }),
    '{"a":1}',
  );
  same(
    'a JSON-schema tool with bad arguments',
    () =>
      tool(async () => 'ran', {
        name: 'plain',
        description: 'Plain',
        schema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
      }),
    (tool) => tool.invoke({ a: 'x' } as never),
  );
  const echo = () =>
    tool(async (text: string) => `${typeof text} ${text}`, { name: 'echo', description: 'Echoes' });
  same('a string tool', echo, (tool) => tool.invoke('hello'), 'string hello');
  same(
    'a string tool called by a model',
    echo,
    async (tool) => {
      const message: unknown = await tool.invoke(toolCall({ input: 'hi' }, 'echo'));
      return ToolMessage.isInstance(message) && message.content;
    },
    'string hi',
  );
  same(
    'a string tool without input',
    echo,
    (tool) => tool.invoke({} as never),
    'undefined undefined',
  );
  same('bad arguments: ToolInputParsingException', add, (tool) => tool.invoke({ a: 'x' } as never));
  same(
    'one start and one end callback, and the name of the run',
    add,
    (tool) => traced(tool, { a: 1, b: 2 }, { runName: 'mine' }),
    {
      result: '3',
      seen: ['start mine', 'end'],
    },
  );
  same('the default name of the run', add, async (tool) => {
    const tracer = new Tracer({ _awaitHandler: true });
    await tool.call({ a: 1, b: 2 }, { callbacks: [tracer] });
    return tracer.seen;
  });
  same(
    'one error callback',
    () =>
      tool(
        async () => {
          throw new Error('wire');
        },
        { name: 'b', description: 'B', schema: z.object({}) },
      ),
    (tool) => traced(tool, {}),
    { result: 'Error: wire', seen: ['start b', 'error'] },
  );
  same(
    'batch',
    add,
    (tool) =>
      tool.batch([
        { a: 1, b: 2 },
        { a: 3, b: 4 },
      ]),
    ['3', '7'],
  );
  same('batch with exceptions', add, async (tool) => {
    const all: unknown[] = await tool.batch(
      [{ a: 1, b: 2 }, { a: 'x' } as never],
      {},
      { returnExceptions: true },
    );
    return all.map(String);
  });
  same(
    'a stream of one chunk',
    add,
    async (tool) => {
      const chunks: unknown[] = [];
      for await (const chunk of await tool.stream({ a: 1, b: 2 })) chunks.push(chunk);
      return chunks;
    },
    ['3'],
  );
  same('streamEvents', add, async (tool) => {
    const events: string[] = [];
    for await (const { event, name } of tool.streamEvents({ a: 1, b: 2 }, { version: 'v2' }))
      events.push(`${event} ${name}`);
    return events;
  });
  same('withConfig', add, (tool) => tool.withConfig({ tags: ['x'] }).invoke({ a: 1, b: 2 }), '3');
  same(
    'pipe',
    add,
    (tool) =>
      tool.pipe(RunnableLambda.from((sum: string) => Number(sum) * 2)).invoke({ a: 1, b: 2 }),
    6,
  );
  same(
    'withRetry and withFallbacks',
    add,
    async (tool) => [
      await tool.withRetry({ stopAfterAttempt: 2 }).invoke({ a: 1, b: 2 }),
      await tool.withFallbacks([]).invoke({ a: 1, b: 2 }),
    ],
    ['3', '3'],
  );
  same(
    'instanceof DynamicStructuredTool',
    add,
    (tool) => tool instanceof DynamicStructuredTool,
    true,
  );
  same('instanceof DynamicTool', echo, (tool) => tool instanceof DynamicTool, true);
  same('isStructuredTool and isLangChainTool', add, (tool) => [
    isStructuredTool(tool),
    isLangChainTool(tool),
    isRunnableToolLike(tool),
    Object.keys(tool).toSorted(),
  ]);
  same('its JSON for OpenAI', add, (tool) => convertToOpenAITool(tool));
  same('its serialised form', add, (tool) => JSON.stringify(tool));
  same(
    'a subclass with a private field',
    () => new Secretive(),
    async (tool) => [await tool.invoke({ by: 2 }), await tool.invoke({ by: 3 }), tool.total],
    ['total 2', 'total 5', 5],
  );
  same(
    'its extra methods',
    () => new Secretive(),
    async (tool) => {
      tool.reset(7);
      return [tool.greet('you'), await tool.invoke({ by: 1 }), tool instanceof Secretive];
    },
    ['secretive greets you', 'total 8', true],
  );
  same('asTool: its input', asTool, (tool) => tool.invoke({ text: 'a' }), 'A');
  same(
    'asTool: a tool call',
    asTool,
    (tool) => tool.invoke(toolCall({ text: 'a' }, 'shout') as never),
    'A',
  );
  same(
    'asTool: batch and stream',
    asTool,
    async (tool) => {
      const chunks: unknown[] = [];
      for await (const chunk of await tool.stream({ text: 'b' })) chunks.push(chunk);
      return [await tool.batch([{ text: 'a' }]), chunks];
    },
    [['A'], ['B']],
  );
  same('asTool: bad arguments', asTool, (tool) =>
    tool.invoke(toolCall({ text: 1 }, 'shout') as never),
  );
  same('asTool: what it is', asTool, (tool) => [
    isRunnableToolLike(tool),
    isLangChainTool(tool),
    tool.name,
    tool.description,
  ]);
  same(
    'fields that are assigned',
    add,
    (tool) => {
      tool.description = 'Other';
      tool.tags = ['new'];
      tool.returnDirect = true;
      return [tool.description, tool.tags, tool.returnDirect];
    },
    ['Other', ['new'], true],
  );
  same('an abort before it runs', add, (tool) =>
    tool.invoke({ a: 1, b: 2 }, { signal: AbortSignal.abort() }),
  );
  same(
    'an abort while it runs, at once',
    () =>
      tool(() => new Promise<string>(() => {}), {
        name: 'slow',
        description: 'Slow',
        schema: z.object({}),
      }),
    async (tool) => {
      const controller = new AbortController();
      const running = tool.invoke({}, { signal: controller.signal });
      setImmediate(() => setImmediate(() => controller.abort(new Error('enough'))));
      const ended = running.catch((error: unknown) => error);
      const turns = await turnsUntil(ended);
      return [String(await ended), turns < 200];
    },
    ['Error: enough', true],
  );
});

describe('errors of a wrapped tool', () => {
  it.each([
    ['its own error', new TypeError('mine')],
    ['an AbortError', new DOMException('gone', 'AbortError')],
    ['an interrupt of the graph', new GraphInterrupt([])],
    ['what is no error at all', { code: 7 }],
  ])('pass unchanged: %s', async (_, thrown) => {
    const { wrap, bench } = await guard('auto_approve');
    const failing = wrap(
      tool(
        () => {
          throw thrown;
        },
        { name: 'failing', description: 'Fails', schema: z.object({}) },
      ),
    );
    const caught: unknown = await failing.invoke(toolCall({}, 'failing')).catch((e: unknown) => e);
    expect(caught).toBe(thrown);
    const finished = (await bench.entries()).filter(({ type }) => type === 'call.finished');
    expect(finished).toMatchObject([{ status: 'failed' }]);
  });
});

describe('a generator', () => {
  it('runs to its end inside the call that is logged', async () => {
    const { wrap, bench } = await guard('auto_approve');
    const steps: string[] = [];
    const slow = wrap(
      tool(
        async function* () {
          steps.push('a');
          yield 1;
          const finished = (await bench.entries()).filter(({ type }) => type === 'call.finished');
          steps.push(`b ${finished.length}`);
          yield 2;
          return 'end';
        },
        { name: 'slow', description: 'Slow', schema: z.object({}) },
      ),
    );
    expect(await slow.invoke({})).toBe('end');
    expect(steps).toEqual(['a', 'b 0']);
    const entries = await bench.entries();
    expect(entries.filter(({ type }) => type === 'call.finished')).toMatchObject([
      { status: 'done' },
    ]);
  });

  it('is stopped by the kill switch between two chunks', async () => {
    const { wrap, bench } = await guard('auto_approve');
    let made = 0;
    const endless = wrap(
      tool(
        async function* () {
          for (;;) {
            made += 1;
            if (made === 3) await bench.hypervisor.killSwitch.kill('all', 'test');
            yield made;
          }
        },
        { name: 'endless', description: 'Endless', schema: z.object({}) },
      ),
    );
    await expect(endless.invoke({})).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(made).toBeLessThan(6);
  });
});
