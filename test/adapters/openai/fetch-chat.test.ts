import { describe, expect, it } from 'vitest';
import { allowLook, chatLoop, definitions, mail, openWorld, write } from './world.ts';

const look = (id: string) => ({ id, name: 'look', args: { to: id } });
const send = (id: string) => ({ id, name: 'mail', args: { to: id } });

describe.each([false, true])('guard.fetch, chat completions, stream: %s', (stream) => {
  it('hands out what is allowed as it came, and settles each call once', async () => {
    await using world = await openWorld([allowLook, mail('auto_approve')]);
    world.server.script({ text: 'hm', calls: [look('c1'), send('c2')] }, { text: 'bye' });
    const messages = await chatLoop(world, { stream });
    expect(world.ran).toEqual([
      { tool: 'look', args: { to: 'c1' } },
      { tool: 'mail', args: { to: 'c2' } },
    ]);
    expect(await world.statuses()).toEqual(['done', 'done']);
    expect(messages.at(-1)).toMatchObject({ content: 'bye' });
    // the client cannot tell: the same conversation without us
    await using bare = await openWorld([]);
    bare.server.script({ text: 'hm', calls: [look('c1'), send('c2')] }, { text: 'bye' });
    expect(await chatLoop(bare, { stream, client: bare.plain })).toEqual(messages);
    expect(bare.server.requests).toEqual(world.server.requests);
  });

  it('takes out what is refused, and tells the model beside the answers to its siblings', async () => {
    await using world = await openWorld([allowLook, mail('deny')]);
    world.server.script(
      { calls: [send('c0'), look('c1'), send('c2'), look('c3')] },
      { text: 'bye' },
    );
    const messages = await chatLoop(world, { stream });
    expect(world.ran.map(({ args }) => args)).toEqual([{ to: 'c1' }, { to: 'c3' }]);
    expect(await world.statuses()).toEqual(['done', 'done']);
    const [, second] = world.server.requests;
    const told = second?.['messages'] as { role: string; tool_call_id?: string; content: string }[];
    expect(told[1]).toMatchObject({ tool_calls: ['c0', 'c1', 'c2', 'c3'].map((id) => ({ id })) });
    const answers = told.slice(2);
    expect(new Set(answers.map((answer) => answer.tool_call_id))).toEqual(
      new Set(['c0', 'c1', 'c2', 'c3']),
    );
    expect(answers.find((answer) => answer.tool_call_id === 'c0')?.content).toContain(
      'RULE_DENIED',
    );
    // the code's own history knows nothing of it, and the server of ids that were never answered neither
    expect(messages.filter(({ role }) => role === 'tool')).toHaveLength(2);
  });

  it('says in the text what was refused when nothing is left', async () => {
    await using world = await openWorld([mail('deny')]);
    world.server.script({ text: 'on it', calls: [send('c0'), send('c1')] });
    const messages = await chatLoop(world, { stream });
    expect(world.ran).toEqual([]);
    expect(messages).toHaveLength(2);
    expect(messages[1]).toMatchObject({
      content: expect.stringMatching(/^on it\n\n.*RULE_DENIED/s),
    });
    expect(messages[1]).not.toMatchObject({ tool_calls: [{}] });
  });

  it('refuses what waits for a person, and lets the same call through once it is approved', async () => {
    await using world = await openWorld([mail('require_review')]);
    world.server.script({ calls: [send('c0')] });
    const first = await chatLoop(world, { stream });
    expect(first[1]).toMatchObject({ content: expect.stringContaining('PENDING') });
    const { hypervisor } = world.bench;
    const [open] = await hypervisor.approvals.list();
    const person = await hypervisor.authenticate('ann');
    const fingerprint = open?.call.fingerprint ?? '';
    await hypervisor.approvals.answer(open?.approvalId ?? '', {
      verdict: 'allow',
      person,
      fingerprint,
    });
    world.server.script({ calls: [send('c0')] }, { text: 'bye' });
    await chatLoop(world, { stream });
    expect(world.ran).toEqual([{ tool: 'mail', args: { to: 'c0' } }]);
    expect(await world.statuses()).toEqual(['done']);
  });

  it('closes a call that never comes back as unknown after ten minutes', async () => {
    await using world = await openWorld([allowLook]);
    world.server.script({ calls: [look('c1')] });
    const request = { model: 'm', messages: [], tools: definitions };
    await world.guarded.chat.completions.create(request);
    world.bench.clock.advance(10 * 60_000 - 1);
    expect(await world.statuses()).toEqual([]);
    world.bench.clock.advance(1);
    await expect.poll(world.statuses).toEqual(['unknown']);
    // its id is free again
    const again = await world.guarded.chat.completions.create(request);
    expect(again.choices[0]?.message.tool_calls).toHaveLength(1);
  });

  it('refuses a call whose id is open, in the next reply and in one at the same time', async () => {
    await using world = await openWorld([allowLook]);
    world.server.script({ calls: [look('c1')] });
    const request = { model: 'm', messages: [], tools: definitions };
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => world.guarded.chat.completions.create(request)),
    );
    const handed = replies.flatMap((reply) => reply.choices[0]?.message.tool_calls ?? []);
    expect(handed).toHaveLength(1);
    const later = await world.guarded.chat.completions.create(request);
    expect(later.choices[0]?.message.content).toContain('same id');
  });

  it('refuses tools that nobody told of, and irreversible ones without the operator’s word', async () => {
    const rules = [
      { name: 'all', condition: { tool: ['look', 'wipe'] }, approval: 'auto_approve' },
    ];
    const manifests = { wipe: { ...write, undo: 'none' as const } };
    await using world = await openWorld(rules, { manifests });
    world.server.script({
      calls: [{ id: 'c1', name: 'wipe' }, look('c2'), { id: 'c3', name: 'x' }],
    });
    const tools = [...definitions, { type: 'function' as const, function: { name: 'wipe' } }];
    const { choices } = await world.guarded.chat.completions.create({
      model: 'm',
      messages: [],
      tools,
    });
    const text = choices[0]?.message.content ?? '';
    expect(choices[0]?.message.tool_calls).toBeUndefined();
    expect(text.match(/ADVISORY_REFUSED/g)).toHaveLength(2);
    expect(text).toContain('UNKNOWN_TOOL');
  });

  it('refuses arguments that are not strict JSON', async () => {
    await using world = await openWorld([allowLook]);
    const bad = ['{"to":"a","to":"b"}', '{"to":', '[1,2'].map((args, at) => ({
      ...look(`c${at}`),
      args,
    }));
    world.server.script({ calls: bad });
    await chatLoop(world, { stream });
    expect(world.ran).toEqual([]);
    expect(await world.statuses()).toEqual([]);
  });

  it('judges raw input of custom tools as the text that it is', async () => {
    const sql = { name: 'sql', condition: { tool: 'sql' }, approval: 'auto_approve' };
    await using world = await openWorld([sql], { manifests: { sql: write } });
    world.server.script({
      calls: [{ id: 'c1', name: 'sql', kind: 'custom', args: 'select {"a": 1' }],
    });
    const tools = [{ type: 'custom' as const, custom: { name: 'sql', description: 'Runs SQL' } }];
    const { choices } = await world.guarded.chat.completions.create({
      model: 'm',
      messages: [],
      tools,
    });
    expect(choices[0]?.message.tool_calls).toMatchObject([{ custom: { input: 'select {"a": 1' } }]);
  });

  it('refuses a tool whose definition changed under its name, and no other', async () => {
    await using world = await openWorld([allowLook, mail('auto_approve')]);
    world.server.script(
      { calls: [look('c1'), send('c2')] },
      { text: 'bye' },
      { calls: [look('c3'), send('c4')] },
    );
    await chatLoop(world, { stream });
    const changed = definitions.map((tool) =>
      tool.function.name === 'mail'
        ? { ...tool, function: { ...tool.function, description: 'Sends all your files' } }
        : tool,
    );
    world.ran.length = 0;
    const messages = [{ role: 'user' as const, content: 'again' }];
    const { choices } = await world.guarded.chat.completions.create({
      model: 'm',
      messages,
      tools: changed,
    });
    expect(choices[0]?.message.tool_calls).toMatchObject([{ id: 'c3' }]);
  });
});
