import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { SupervisionError } from '../../src/core/model/errors.ts';
import { openaiModel } from '../../src/models/openai.ts';
import { modelContract } from '../contracts/model-contract.ts';
import { startModelServer } from '../support/model-server.ts';

for (const api of ['chat', 'responses'] as const) {
  modelContract(`openai, ${api}`, {
    open: (baseUrl) => openaiModel({ model: 'm', api, apiKey: 'key', baseUrl }),
    setsLimits: true,
    keepsAnyText: true,
    tellsRefusals: true,
  });
}

it.each([
  ['chat', 'temperature', 'temperature: false'],
  ['chat', 'logprobs', 'logprobs: false'],
  ['responses', 'temperature', 'temperature: false'],
  ['responses', 'include', 'logprobs: false'],
] as const)('says by its check (%s) that a model takes no `%s`', async (api, param, remedy) => {
  const server = await startModelServer(() => ({ text: '{}' }));
  onTestFinished(() => server.close());
  server.takesNo([param]);
  const options = { model: 'm', api, apiKey: 'key', baseUrl: server.baseUrl };
  const { signal } = new AbortController();
  await expect(openaiModel(options).check(signal)).rejects.toMatchObject({
    code: 'MODEL_MISCONFIGURED',
    message: expect.stringContaining(`so set \`${remedy}\``),
  });
  const without = { ...options, temperature: false, logprobs: false };
  await openaiModel(without).check(signal);
});

it('asks in its check for an answer in a form, as every question does', async () => {
  const server = await startModelServer(() => ({ text: '{}' }));
  onTestFinished(() => server.close());
  for (const [api, place] of [
    ['chat', 'response_format'],
    ['responses', 'text'],
  ] as const) {
    await openaiModel({ model: 'm', api, apiKey: 'key', baseUrl: server.baseUrl }).check(
      new AbortController().signal,
    );
    expect(JSON.stringify(server.requests.at(-1)?.body[place])).toContain('"json_schema"');
  }
});

it('says what to set where a model does not take a parameter', async () => {
  const error = { message: 'x', param: 'temperature' };
  const server = await startModelServer(() => ({ status: 400, body: { error } }));
  const model = openaiModel({ model: 'm', apiKey: 'key', baseUrl: server.baseUrl });
  const { signal } = new AbortController();
  const form = { schema: z.strictObject({}), schemaName: 'x', maxOutputTokens: 1 };
  await expect(model.ask({ messages: [], ...form, signal })).rejects.toMatchObject({
    code: 'MODEL_MISCONFIGURED',
    message: expect.stringContaining('so set `temperature: false`'),
  });
  await server.close();
});

it('asks the provider to keep nothing of a response, which is else kept', async () => {
  const server = await startModelServer(() => ({ text: '{}' }));
  const { baseUrl } = server;
  const model = openaiModel({ model: 'm', api: 'responses', apiKey: 'key', baseUrl });
  const { signal } = new AbortController();
  const form = { schema: z.strictObject({}), schemaName: 'x', maxOutputTokens: 100 };
  await model.ask({ messages: [{ role: 'user', text: 'x' }], ...form, signal });
  expect(server.questions().map(({ body }) => body['store'])).toEqual([false]);
  await server.close();
});

it.each([
  ['chat', '<html>welcome</html>', 'MODEL_INVALID', 'look at the base URL and `api`'],
  ['responses', '{"choices":[]}', 'MODEL_INVALID', 'look at the base URL and `api`'],
  ['chat', '{"error":{"message":"no such model"}}', 'MODEL_UNAVAILABLE', 'under status 200'],
] as const)(
  'takes no page for a model when it is checked (%s: %s)',
  async (api, body, code, remedy) => {
    const server = await startModelServer(() => ({ status: 200, body }));
    onTestFinished(() => server.close());
    server.models([]);
    const model = openaiModel({ model: 'm', api, apiKey: 'key', baseUrl: server.baseUrl });
    await expect(model.check(new AbortController().signal)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(remedy),
    });
  },
);

it.each([
  ['chat', { text: '', finish: 'length' }],
  ['responses', { text: '{"o', finish: 'length' }],
] as const)('takes a model that thought too long for one all the same (%s)', async (api, words) => {
  const server = await startModelServer(() => words);
  onTestFinished(() => server.close());
  server.models([]);
  const model = openaiModel({ model: 'm', api, apiKey: 'key', baseUrl: server.baseUrl });
  await model.check(new AbortController().signal);
});

it.each([301, 302, 303, 307, 308])(
  'takes what it asks to no other server, with status %i as well',
  async (status) => {
    const other = await startModelServer(() => ({ text: '{}' }));
    onTestFinished(() => other.close());
    const headers = {
      location: `${other.baseUrl.replace('127.0.0.1', 'localhost')}/chat/completions`,
    };
    const server = await startModelServer(() => ({ status, headers }));
    onTestFinished(() => server.close());
    const model = openaiModel({ model: 'm', apiKey: 'key', baseUrl: server.baseUrl });
    const { signal } = new AbortController();
    const form = { schema: z.strictObject({}), schemaName: 'x', maxOutputTokens: 100 };
    const messages = [{ role: 'user', text: 'the evidence' }] as const;
    await expect(model.ask({ messages, ...form, signal })).rejects.toMatchObject({
      code: 'MODEL_MISCONFIGURED',
      message: expect.stringContaining('as the base URL'),
    });
    expect(other.requests).toEqual([]);
  },
);

describe('an answer that looks whole and is none', () => {
  const answer = '{"ok":true}';
  const choice = { finish_reason: 'stop', message: { content: answer } };
  const call = { id: 'c', type: 'function', function: { name: 'answer', arguments: answer } };
  const part = { type: 'output_text', text: answer };
  const message = { type: 'message', role: 'assistant', content: [part] };
  const half = (text: string) => ({ ...message, content: [{ ...part, text }] });
  const error = { code: 'server_error', message: 'scripted' };

  it.each<['chat' | 'responses', string, object, string | undefined]>([
    ['chat', 'nothing else', { choices: [choice], error: null }, undefined],
    ['chat', 'an error', { choices: [choice], error }, 'MODEL_UNAVAILABLE'],
    [
      'chat',
      'an end by an error',
      { choices: [{ ...choice, finish_reason: 'error' }] },
      'MODEL_UNAVAILABLE',
    ],
    [
      'chat',
      'a tool call',
      { choices: [{ ...choice, message: { content: answer, tool_calls: [call] } }] },
      'MODEL_INVALID',
    ],
    ['chat', 'another choice', { choices: [choice, choice] }, 'MODEL_INVALID'],
    ['responses', 'nothing else', { output: [message], error: null }, undefined],
    ['responses', 'an error', { output: [message], error }, 'MODEL_UNAVAILABLE'],
    [
      'responses',
      'a tool call',
      { output: [message, { type: 'function_call', arguments: answer }] },
      'MODEL_INVALID',
    ],
    [
      'responses',
      'its other half in another message',
      { output: [half('{"ok":'), half('true}')] },
      'MODEL_INVALID',
    ],
  ])('is told from one (%s, with %s)', async (api, _what, body, code) => {
    const server = await startModelServer(() => ({ status: 200, body }));
    onTestFinished(() => server.close());
    const model = openaiModel({ model: 'm', api, apiKey: 'key', baseUrl: server.baseUrl });
    const { signal } = new AbortController();
    const form = { schema: z.strictObject({}), schemaName: 'x', maxOutputTokens: 100 };
    const became = await model
      .ask({ messages: [{ role: 'user', text: 'x' }], ...form, signal })
      .then(
        ({ text }) => text,
        (error: unknown) => (error instanceof SupervisionError ? error.code : error),
      );
    expect(became).toBe(code ?? answer);
  });
});

it.each(['a\nb', 'key\u2603'])(
  'says of the key %j that it is none, and not of the server',
  async (apiKey) => {
    const model = openaiModel({ model: 'm', apiKey, baseUrl: 'http://127.0.0.1:9/v1' });
    await expect(model.check(new AbortController().signal)).rejects.toMatchObject({
      code: 'MODEL_MISCONFIGURED',
      message: expect.stringContaining('`OPENAI_API_KEY` to a key on one line'),
    });
  },
);
