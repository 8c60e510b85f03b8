import { zodFunction, zodResponsesFunction } from 'openai/helpers/zod';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createOpenAIGuard } from '../../../adapters/openai/index.ts';
import type { Json } from '../../../src/core/model/json.ts';
import { allowLook, mail, openWorld, write } from './world.ts';

const call = (id: string, name: string, args: object | string = {}) => ({
  id,
  type: 'function',
  function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
});

const isDraft = (args: Json): boolean => JSON.stringify(args).includes('"draft":true');

describe('guard.run', () => {
  it('takes functions by name, zodFunction, and lists for runTools', async () => {
    await using world = await openWorld([allowLook, mail('auto_approve')]);
    const parameters = z.object({ to: z.string(), copies: z.number().default(1) });
    const plain = await world.guard.run([call('c1', 'look', { to: 'a' })], {
      look: world.doer('look'),
    });
    expect(plain).toEqual([{ role: 'tool', tool_call_id: 'c1', content: 'look 1' }]);
    const list = [zodFunction({ name: 'mail', parameters, function: world.doer('mail') })];
    await world.guard.run([call('c2', 'mail', { to: 'a', copies: 2 })], list);
    expect(world.ran).toEqual([
      { tool: 'look', args: { to: 'a' } },
      { tool: 'mail', args: { to: 'a', copies: 2 } },
    ]);
    expect(world.ran.every(({ args }) => Object.isFrozen(args))).toBe(true);
  });

  it('hands a function without a parser the JSON text that was judged', async () => {
    await using world = await openWorld([allowLook]);
    const look = { name: 'look', description: '', parameters: {}, function: world.doer('look') };
    const tools = [{ type: 'function', function: look }];
    await world.guard.run([call('c1', 'look', '{ "to": 1.0 }'), call('c2', 'look', '')], tools);
    expect(world.ran.map(({ args }) => args)).toEqual(['{ "to": 1.0 }', '']);
  });

  it('refuses arguments that are not strict JSON, whatever the tool’s own parser makes of them', async () => {
    await using world = await openWorld([allowLook, mail('auto_approve')]);
    const parse = (text: string): unknown => ({ text });
    const look = { name: 'look', parameters: {}, parse, function: world.doer('look') };
    const texts = ['{', 'to: a', '{"to":1e999}', '{"a":1,"a":2}', '9007199254740993'];
    const calls = texts.map((text, at) => call(`c${at}`, 'mail', text));
    const answers = await world.guard.run(
      [...calls, call('c9', 'look', '{"a":1,"a":2}')],
      [
        { type: 'function', function: look },
        {
          type: 'function',
          function: { name: 'mail', parameters: {}, function: world.doer('mail') },
        },
      ],
    );
    expect(answers.map(({ content }) => content.includes('ARGS_INVALID'))).toEqual(
      Array.from({ length: 6 }, () => true),
    );
    expect(world.ran).toEqual([]);
  });

  it('gives a custom tool its raw text, and only that', async () => {
    const sql = { name: 'sql', condition: { tool: 'sql' }, approval: 'auto_approve' };
    await using world = await openWorld([sql], { manifests: { sql: write } });
    const tools = [{ type: 'custom', custom: { name: 'sql' }, function: world.doer('sql') }];
    const input = 'select "{";';
    const calls = [
      { id: 'c1', type: 'custom', custom: { name: 'sql', input } },
      call('c2', 'sql', { input }),
    ];
    const answers = await world.guard.run(calls, tools);
    expect(world.ran).toEqual([{ tool: 'sql', args: input }]);
    expect(answers[1]?.content).toContain('ARGS_INVALID');
  });

  it('runs none of two calls with one id, and answers the id once', async () => {
    await using world = await openWorld([allowLook]);
    const calls = [
      call('c1', 'look', { to: 'a' }),
      call('c1', 'look', { to: 'b' }),
      call('c2', 'look'),
    ];
    const answers = await world.guard.run(calls, { look: world.doer('look') });
    expect(answers.map((answer) => answer.tool_call_id)).toEqual(['c1', 'c2']);
    expect(world.ran).toEqual([{ tool: 'look', args: {} }]);
  });

  it('names the action as the operator says, by a text or by the judged arguments', async () => {
    const rule = (name: string, tool: string, action: string, approval: string) => ({
      name,
      condition: { tool, action },
      approval,
    });
    const rules = [
      rule('read', 'look', 'read', 'auto_approve'),
      rule('soft', 'mail', 'draft', 'auto_approve'),
      rule('hard', 'mail', 'send', 'deny'),
    ];
    const actions = { look: 'read', mail: (args: Json) => (isDraft(args) ? 'draft' : 'send') };
    await using world = await openWorld(rules, { actions });
    const tools = { look: world.doer('look'), mail: world.doer('mail') };
    const drafts = ['{"draft":true}', '{}'].map((args, at) => call(`m${at}`, 'mail', args));
    await world.guard.run([call('c1', 'look'), ...drafts], tools);
    expect(world.ran.map(({ args }) => args)).toEqual([{}, { draft: true }]);
  });

  it('keeps a tool that was wrapped for runTools supervised once', async () => {
    await using world = await openWorld([allowLook]);
    const list = [
      zodFunction({ name: 'look', parameters: z.object({}), function: world.doer('look') }),
    ];
    const wrapped = world.guard.tools(list);
    expect(world.guard.tools(wrapped)).toEqual(wrapped);
    expect(world.guard.tools(wrapped)[0]).toBe(wrapped[0]);
    await world.guard.run([call('c1', 'look')], wrapped);
    expect(world.ran).toHaveLength(1);
    const decided = (await world.bench.entries()).filter(({ type }) => type === 'call.decided');
    expect(decided).toHaveLength(1);
  });

  it('says for programs what it says for the model, and sends none of it', async () => {
    await using world = await openWorld([allowLook, mail('require_review')]);
    const tools = { look: world.doer('look'), mail: world.doer('mail') };
    const answers = await world.guard.run(
      [call('c1', 'look'), call('c2', 'mail'), call('c3', 'no')],
      tools,
    );
    expect(answers.map(({ supervision }) => supervision)).toMatchObject([
      { status: 'done' },
      { status: 'pending', code: 'RULE_REVIEW' },
      { status: 'refused', code: 'UNKNOWN_TOOL', by: 'call' },
    ]);
    expect(JSON.stringify(answers)).not.toContain('supervision');
    expect(answers.pending).toMatchObject([{ tool: 'mail', toolCallId: 'c2', answer: 'message' }]);
  });

  it('tells of a tool that cannot be registered, and lets its siblings run', async () => {
    await using world = await openWorld([allowLook]);
    const tools = { look: world.doer('look'), 'lo\u200bok': world.doer('x') };
    const answers = await world.guard.run([call('c1', 'lo\u200bok'), call('c2', 'look')], tools);
    expect(answers[0]?.supervision).toMatchObject({ status: 'failed', code: 'NAME_INVALID' });
    expect(world.ran).toEqual([{ tool: 'look', args: {} }]);
  });

  it('refuses calls without an id before anything runs', async () => {
    await using world = await openWorld([allowLook]);
    const calls = [
      call('c1', 'look'),
      { type: 'function', function: { name: 'look', arguments: '' } },
    ];
    const running = world.guard.run(calls, { look: world.doer('look') });
    await expect(running).rejects.toMatchObject({ code: 'ARGS_INVALID' });
    expect(world.ran).toEqual([]);
    expect(await world.guard.run(undefined, {})).toEqual([]);
  });

  it('ends a call unknown that is aborted while it runs, and starts none after', async () => {
    await using world = await openWorld([allowLook]);
    const controller = new AbortController();
    const look = async (): Promise<never> => {
      controller.abort();
      return Promise.withResolvers<never>().promise;
    };
    const { signal } = controller;
    const [answer] = await world.guard.run([call('c1', 'look')], { look }, { signal });
    expect(answer?.supervision).toMatchObject({ status: 'unknown' });
    expect(await world.statuses()).toEqual(['unknown']);
    const [late] = await world.guard.run(
      [call('c2', 'look')],
      { look: world.doer('look') },
      { signal },
    );
    expect(late?.supervision).toMatchObject({ code: 'ABORTED' });
    expect(world.ran).toEqual([]);
  });
});

describe('guard.resume', () => {
  it('needs the tools where this process has never run them, and loses no ticket over it', async () => {
    await using world = await openWorld([mail('require_review')]);
    const { hypervisor } = world.bench;
    const { pending } = await world.guard.run([call('c1', 'mail')], { mail: world.doer('mail') });
    const kept = JSON.parse(JSON.stringify(pending[0]));
    const person = await hypervisor.authenticate('ann');
    const [open] = await hypervisor.approvals.list();
    const fingerprint = open?.call.fingerprint ?? '';
    await hypervisor.approvals.answer(kept.approvalId, { verdict: 'allow', person, fingerprint });
    const other = createOpenAIGuard(hypervisor, {
      seat: () => world.seat,
      manifests: { mail: write },
    });
    await expect(other.resume(kept)).rejects.toMatchObject({ code: 'TOOL_INVALID' });
    const { approvalId, callId } = kept;
    await expect(other.resume({ approvalId, callId })).rejects.toMatchObject({
      code: 'APPROVAL_UNKNOWN',
    });
    const answer = await other.resume(kept, { mail: world.doer('mail') });
    expect(answer).toEqual({ role: 'tool', tool_call_id: 'c1', content: 'mail 1' });
    expect((await other.resume(kept)).supervision).toMatchObject({ code: 'APPROVAL_UNKNOWN' });
    expect(world.ran).toHaveLength(1);
  });
});

describe('guard.runItems', () => {
  it('answers function and custom calls with items of their kind', async () => {
    const sql = { name: 'sql', condition: { tool: 'sql' }, approval: 'auto_approve' };
    await using world = await openWorld([allowLook, sql]);
    const tools = [
      zodResponsesFunction({
        name: 'look',
        parameters: z.object({}),
        function: world.doer('look'),
      }),
      { type: 'custom', name: 'sql', function: world.doer('sql') },
    ];
    const items = await world.guard.runItems(
      [
        { type: 'message', role: 'assistant', content: [] },
        { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
        { type: 'custom_tool_call', call_id: 'c2', name: 'sql', input: 'select 1' },
      ],
      tools,
    );
    expect(items).toMatchObject([
      { type: 'function_call_output', call_id: 'c1', output: 'look 1' },
      { type: 'custom_tool_call_output', call_id: 'c2' },
    ]);
    // undeclared: a write that cannot be undone
    expect(items[1]?.supervision).toMatchObject({ status: 'pending' });
  });
});
