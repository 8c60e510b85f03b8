import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { allowLook, mail, openWorld, type World } from './world.ts';

const look = (id: string) => ({ id, name: 'look', args: { to: id } });
const send = (id: string) => ({ id, name: 'mail', args: { to: id } });

type Input = OpenAI.Responses.ResponseInputItem;

const tools = ['look', 'mail'].map((name) => ({
  type: 'function' as const,
  name,
  description: `The tool ${name}`,
  parameters: { type: 'object', properties: { to: { type: 'string' } } },
  strict: false,
}));

/** An agent on the responses API; with `isStored` the provider keeps the conversation. */
async function itemLoop(
  world: World,
  {
    stream,
    isStored,
    client = world.guarded,
  }: { stream: boolean; isStored: boolean; client?: OpenAI },
): Promise<readonly OpenAI.Responses.Response[]> {
  const replies: OpenAI.Responses.Response[] = [];
  const kept: Input[] = [{ role: 'user', content: 'go' }];
  let input: Input[] = kept;
  for (let turn = 0; turn < 5; turn += 1) {
    const previous =
      isStored && turn > 0 ? { previous_response_id: replies.at(-1)?.id ?? null } : {};
    const request = { model: 'm', input, tools, ...previous };
    const reply = stream
      ? await client.responses.stream(request).finalResponse()
      : await client.responses.create(request);
    replies.push(reply);
    const outputs = reply.output.flatMap((item): Input[] => {
      if (item.type !== 'function_call') return [];
      const output = world.doer(item.name)(JSON.parse(item.arguments));
      return [{ type: 'function_call_output', call_id: item.call_id, output }];
    });
    if (outputs.length === 0) break;
    const said = reply.output.flatMap((item): Input[] => {
      if (item.type !== 'function_call') return [];
      const { type, call_id, name, arguments: args } = item;
      return [{ type, call_id, name, arguments: args }];
    });
    kept.push(...said, ...outputs);
    input = isStored ? outputs : [...kept];
  }
  return replies;
}

describe.each([
  { stream: false, isStored: false },
  { stream: true, isStored: false },
  { stream: false, isStored: true },
  { stream: true, isStored: true },
])('guard.fetch, responses, stream: $stream, kept by the provider: $isStored', (how) => {
  it('hands out what is allowed as it came, and settles each call once', async () => {
    await using world = await openWorld([allowLook, mail('auto_approve')]);
    world.server.script({ text: 'hm', calls: [look('c1'), send('c2')] }, { text: 'bye' });
    const replies = await itemLoop(world, how);
    expect(world.ran).toHaveLength(2);
    expect(await world.statuses()).toEqual(['done', 'done']);
    await using bare = await openWorld([]);
    bare.server.script({ text: 'hm', calls: [look('c1'), send('c2')] }, { text: 'bye' });
    expect(await itemLoop(bare, { ...how, client: bare.plain })).toEqual(replies);
    expect(bare.server.requests).toEqual(world.server.requests);
  });

  it('takes out what is refused, and tells the model beside the answers to its siblings', async () => {
    await using world = await openWorld([allowLook, mail('deny')]);
    world.server.script(
      { text: 'hm', calls: [send('c0'), look('c1'), send('c2'), look('c3')] },
      { text: 'bye' },
    );
    const replies = await itemLoop(world, how);
    expect(world.ran.map(({ args }) => args)).toEqual([{ to: 'c1' }, { to: 'c3' }]);
    expect(await world.statuses()).toEqual(['done', 'done']);
    expect(replies).toHaveLength(2);
    expect(replies[0]?.output).toMatchObject([
      { type: 'message' },
      { call_id: 'c1' },
      { call_id: 'c3' },
    ]);
    const [, second] = world.server.requests;
    const outputs = (
      (second ?? {})['input'] as { type: string; call_id: string; output: string }[]
    ).filter(({ type }) => type === 'function_call_output');
    expect(new Set(outputs.map(({ call_id }) => call_id))).toEqual(
      new Set(['c0', 'c1', 'c2', 'c3']),
    );
    expect(outputs.find(({ call_id }) => call_id === 'c2')?.output).toContain('RULE_DENIED');
  });

  it('says in the text what was refused when nothing is left, and can go on', async () => {
    await using world = await openWorld([mail('deny')]);
    world.server.script({ calls: [send('c0'), send('c1')] }, { text: 'bye' });
    const [reply] = await itemLoop(world, how);
    expect(world.ran).toEqual([]);
    expect(reply?.output).toMatchObject([{ type: 'message', role: 'assistant' }]);
    expect(reply?.output_text).toContain('RULE_DENIED');
    const next = { model: 'm', input: 'and now?', tools };
    const previous = how.isStored ? { previous_response_id: reply?.id ?? null } : {};
    const answer = await world.guarded.responses.create({ ...next, ...previous });
    expect(answer.output_text).toBe('bye');
  });
});

describe('guard.fetch, responses', () => {
  const ask = async (world: World, raw: string, type = 'text/event-stream') => {
    world.server.script({ raw, type });
    const stream = type.includes('event-stream');
    const request = { model: 'm', input: 'go', tools };
    const reply = stream
      ? world.guarded.responses.stream(request).finalResponse()
      : world.guarded.responses.create(request);
    return reply.then(
      () => 'handed out',
      (error: { code?: string }) => error.code,
    );
  };
  const toStream = (...events: { type: string }[]) =>
    events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  const call = (args: string, id = 'c1') => ({
    type: 'function_call',
    id: 'fc',
    call_id: id,
    name: 'look',
    arguments: args,
  });
  const created = { type: 'response.created', response: { id: 'r', output: [] } };
  const completed = (...output: object[]) => ({
    type: 'response.completed',
    response: { id: 'r', object: 'response', output },
  });

  it('refuses a stream that tells different readers different calls', async () => {
    await using world = await openWorld([allowLook]);
    const [one, other] = [call('{"to":"a"}'), call('{"to":"b"}')];
    const added = { type: 'response.output_item.added', output_index: 0, item: call('') };
    const done = { type: 'response.output_item.done', output_index: 0, item: one };
    const piece = (delta: string) => ({
      type: 'response.function_call_arguments.delta',
      output_index: 0,
      delta,
    });
    const cases: [string, { type: string }[]][] = [
      ['CONTRADICTION', [created, added, done, completed(other)]],
      ['CONTRADICTION', [created, added, piece('{"to":"b"}'), done, completed(one)]],
      ['CONTRADICTION', [created, piece('{}'), completed()]],
      ['DUPLICATE_ID', [created, added, done, completed(one, one)]],
      ['TRUNCATED', [created, added, done]],
      ['AFTER_END', [created, completed(), done]],
      ['SERVER_ERROR', [created, { type: 'error' }, completed()]],
      ['UNSUPPORTED_ITEM', [created, { type: 'response.shell_call_command.delta' }, completed()]],
      ['UNSUPPORTED_ITEM', [created, completed({ type: 'local_shell_call', call_id: 'c1' })]],
      ['UNSUPPORTED_ITEM', [created, completed({ type: 'computer_call', call_id: 'c1' })]],
    ];
    for (const [code, events] of cases) {
      expect([code, await ask(world, toStream(...events))]).toEqual([code, code]);
    }
    const lying = `event: response.created\ndata: ${JSON.stringify(completed(one))}\n\n`;
    expect(await ask(world, lying)).toBe('CONTRADICTION');
    expect(await ask(world, toStream(created, added, done, completed(one)))).toBe('handed out');
  });

  it('refuses items that foreign code would act on and that cannot be judged', async () => {
    await using world = await openWorld([allowLook]);
    for (const type of ['shell_call', 'apply_patch_call', 'mcp_approval_request', 'news']) {
      const body = JSON.stringify({
        id: 'r',
        object: 'response',
        output: [{ type, call_id: 'c1' }],
      });
      expect(await ask(world, body, 'application/json')).toBe('UNSUPPORTED_ITEM');
    }
  });

  it('tells a tool of a namespace from one of the same name outside', async () => {
    await using world = await openWorld([allowLook]);
    const item = { ...call('{}'), namespace: 'crm' };
    world.server.script({
      raw: JSON.stringify({ id: 'r', object: 'response', output: [item] }),
      type: 'application/json',
    });
    const reply = await world.guarded.responses.create({ model: 'm', input: 'go', tools });
    expect(reply.output_text).toContain('`crm.look`');
    expect(reply.output_text).toContain('UNKNOWN_TOOL');
  });
});
