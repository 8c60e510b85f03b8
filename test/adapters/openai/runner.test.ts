import { zodFunction } from 'openai/helpers/zod';
import { ParsingToolFunction } from 'openai/lib/RunnableFunction';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { allowLook, mail, openWorld, type World } from './world.ts';

const look = (id: string, args: object | string = { to: id }) => ({ id, name: 'look', args });
const send = (id: string) => ({ id, name: 'mail', args: { to: id } });

const parameters = z.object({ to: z.string() });

/** A mixed list: the client takes one, though its types do not say so. */
type Tools = never[];

const toTools = (world: World): Tools =>
  [
    zodFunction({ name: 'look', parameters, function: world.doer('look') }),
    {
      type: 'function' as const,
      function: {
        name: 'mail',
        description: 'Mails',
        parameters: { type: 'object' as const },
        function: (text: string) => world.doer('mail')(text),
      },
    },
  ] as Tools;

const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'go' }] };

const run = (world: World, tools: Tools, stream: boolean, signal?: AbortSignal) => {
  const options = signal === undefined ? {} : { signal };
  return stream
    ? world.plain.chat.completions.runTools({ ...ask, tools, stream: true }, options)
    : world.plain.chat.completions.runTools({ ...ask, tools, stream: false }, options);
};

describe.each([false, true])('guard.tools with runTools, stream: %s', (stream) => {
  it('keeps every word of the conversation that the bare tools have', async () => {
    const calls = [look('c1'), send('c2'), look('c3', '{"to":7}'), { ...send('c4'), args: '' }];
    const script = [{ calls }, { text: 'bye' }];
    const conversations = [];
    for (const isGuarded of [false, true]) {
      await using world = await openWorld([allowLook, mail('auto_approve')]);
      world.server.script(...script);
      const tools = toTools(world);
      const runner = run(world, isGuarded ? world.guard.tools(tools) : tools, stream);
      await runner.done();
      conversations.push({ said: runner.messages, sent: world.server.requests, ran: world.ran });
    }
    expect(conversations[1]).toEqual(conversations[0]);
    expect(conversations[1]?.ran).toHaveLength(3);
  });

  it('answers a refused call with a text, and the run goes on', async () => {
    await using world = await openWorld([allowLook, mail('deny')]);
    world.server.script({ calls: [send('c1'), look('c2')] }, { text: 'bye' });
    const runner = run(world, world.guard.tools(toTools(world)), stream);
    expect(await runner.finalContent()).toBe('bye');
    expect(world.ran).toEqual([{ tool: 'look', args: { to: 'c2' } }]);
    expect(runner.messages[2]).toMatchObject({ content: expect.stringContaining('RULE_DENIED') });
  });

  it('throws what the tool throws', async () => {
    await using world = await openWorld([allowLook]);
    world.server.script({ calls: [look('c1')] });
    const wire = new Error('the wire is cut');
    const fail = (): never => {
      throw wire;
    };
    const tools = world.guard.tools([zodFunction({ name: 'look', parameters, function: fail })]);
    const runner = stream
      ? world.plain.chat.completions.runTools({ ...ask, tools, stream: true })
      : world.plain.chat.completions.runTools({ ...ask, tools });
    await expect(runner.done()).rejects.toMatchObject({ cause: wire });
    expect(await world.statuses()).toEqual(['failed']);
  });

  it('starts nothing that waited for a person when the run was aborted', async () => {
    await using world = await openWorld([mail('require_review')], { waitMs: 60_000 });
    world.server.script({ calls: [send('c1')] });
    const controller = new AbortController();
    const runner = run(world, world.guard.tools(toTools(world)), stream, controller.signal);
    world.bench.hypervisor.events.on('approval.opened', () => controller.abort());
    await expect(runner.done()).rejects.toMatchObject({ name: expect.any(String) });
    expect(runner.aborted).toBe(true);
    expect(world.ran).toEqual([]);
  });

  it('lets a callback that has started end, as the bare runner does', async () => {
    await using world = await openWorld([mail('auto_approve')]);
    world.server.script({ calls: [send('c1')] });
    const controller = new AbortController();
    const started = Promise.withResolvers<void>();
    const ending = Promise.withResolvers<string>();
    const begin = (): Promise<string> => {
      started.resolve();
      return ending.promise;
    };
    const tools = [zodFunction({ name: 'mail', parameters, function: begin })] as Tools;
    const runner = run(world, world.guard.tools(tools), stream, controller.signal);
    await started.promise;
    controller.abort();
    ending.resolve('sent');
    await expect(runner.done()).rejects.toMatchObject({ message: 'Request was aborted.' });
    expect(runner.messages.at(-1)).toMatchObject({ role: 'tool', content: 'sent' });
    expect(await world.statuses()).toEqual(['done']);
  });

  it('goes through guard.fetch as well, judged once more and run once', async () => {
    await using world = await openWorld([allowLook, mail('deny')]);
    world.server.script({ calls: [look('c1'), send('c2')] }, { text: 'bye' });
    const tools = toTools(world);
    const runner = stream
      ? world.guarded.chat.completions.runTools({ ...ask, tools, stream: true })
      : world.guarded.chat.completions.runTools({ ...ask, tools });
    expect(await runner.finalContent()).toBe('bye');
    expect(world.ran).toHaveLength(1);
    expect(await world.statuses()).toEqual(['done']);
  });
});

describe('guard.tools', () => {
  it('leaves everything of a tool as it was, but what it runs', async () => {
    await using world = await openWorld([allowLook, mail('deny')]);
    const bare: readonly object[] = [
      ...toTools(world),
      new ParsingToolFunction({
        name: 'keys',
        description: 'Counts keys',
        parameters: { type: 'object' },
        parse: (text: string): object => JSON.parse(text),
        function: (value: object) => Object.keys(value).length,
      }),
      { type: 'web_search_preview' as const },
    ];
    const wrapped = world.guard.tools(bare);
    expect(Array.isArray(wrapped)).toBe(true);
    expect(JSON.stringify(wrapped)).toBe(JSON.stringify(bare));
    for (const [at, tool] of bare.entries()) {
      expect(Object.getPrototypeOf(wrapped[at])).toBe(Object.getPrototypeOf(tool));
      expect(Object.keys(wrapped[at] ?? {})).toEqual(Object.keys(tool));
    }
    expect(Reflect.get(wrapped[0] ?? {}, '$parseRaw')).toBe(
      Reflect.get(bare[0] ?? {}, '$parseRaw'),
    );
    expect(Reflect.get(wrapped[0] ?? {}, '$callback')).not.toBe(
      Reflect.get(bare[0] ?? {}, '$callback'),
    );
    expect(wrapped[3]).toBe(bare[3]);
  });

  it('works with .parse(), which runs nothing', async () => {
    await using world = await openWorld([allowLook]);
    world.server.script({ calls: [look('c1')] });
    const tools = world.guard.tools(toTools(world).slice(0, 1));
    const { choices } = await world.guarded.chat.completions.parse({ ...ask, tools });
    expect(choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { parsed_arguments: { to: 'c1' } },
    });
    expect(world.ran).toEqual([]);
  });
});
