import { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, type AIMessageFields, type BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import { RunnableLambda } from '@langchain/core/runnables';
import { ChatOpenAI } from '@langchain/openai';
import { langchainModel } from 'ringfence/langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startModelServer } from '../../support/model-server.ts';

/** A chat model as a package of LangChain makes one: it says one message, or what it is given to do. */
class Says extends BaseChatModel {
  readonly model: string = 'says';
  readonly #say: (messages: BaseMessage[]) => Promise<AIMessageFields>;
  constructor(say: AIMessageFields | ((messages: BaseMessage[]) => Promise<AIMessageFields>)) {
    super({});
    this.#say = typeof say === 'function' ? say : async () => say;
  }
  override _llmType() {
    return 'says';
  }
  override bindTools() {
    return this;
  }
  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    return { generations: [{ text: '', message: new AIMessage(await this.#say(messages)) }] };
  }
}

const fine = '{"outcome":"allow"}';
const { signal: never } = new AbortController();
const question = {
  messages: [{ role: 'user' as const, text: 'judge' }],
  schema: z.strictObject({ outcome: z.string() }),
  schemaName: 'judgement',
  maxOutputTokens: 100,
  signal: never,
};
const askFor = (fields: AIMessageFields) => langchainModel(new Says(fields)).ask(question);

const parsedCall = { name: 'judgement', args: { outcome: 'allow' }, id: 'c', type: 'tool_call' };
const call = parsedCall as { name: string; args: object; id: string; type: 'tool_call' };
const raw = (text: string) => ({
  id: 'c',
  type: 'function' as const,
  function: { name: 'judgement', arguments: text },
});

describe('a model over a chat model of LangChain', () => {
  it('takes the arguments of a tool call as they were written', async () => {
    const twice = '{"outcome":"deny","outcome":"allow"}';
    const kept = { tool_calls: [raw(twice)] };
    const fields = { content: 'I call it now', tool_calls: [call], additional_kwargs: kept };
    expect((await askFor(fields)).text).toBe(twice);
  });

  it.each<[string, AIMessageFields, RegExp]>([
    ['arguments of which only an object is left', { tool_calls: [call] }, /jsonSchema/u],
    ['the like beside a text', { content: fine, tool_calls: [call] }, /jsonSchema/u],
    [
      'two tool calls',
      { tool_calls: [call, call], additional_kwargs: { tool_calls: [raw(fine), raw(fine)] } },
      /more than one/u,
    ],
    ['no text', { content: [] }, /no text/u],
    ['nothing but a picture', { content: [{ type: 'image_url', image_url: 'x' }] }, /no text/u],
    [
      'an end by length',
      { content: fine, response_metadata: { stop_reason: 'max_tokens' } },
      /end/u,
    ],
    [
      'an end by length, in capitals',
      { content: fine, response_metadata: { finishReason: 'MAX_TOKENS' } },
      /end/u,
    ],
  ])('says that %s is no answer, and why', async (_what, fields, message) => {
    await expect(askFor(fields)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it.each<[string, AIMessageFields]>([
    ['by its stop reason', { content: fine, response_metadata: { stop_reason: 'refusal' } }],
    ['by its provider', { content: fine, response_metadata: { finishReason: 'SAFETY' } }],
    ['by a word beside the text', { content: fine, additional_kwargs: { refusal: 'no' } }],
    ['by a block', { content: [{ type: 'refusal', refusal: 'no' }] }],
  ])('hears a refusal %s', async (_what, fields) => {
    await expect(askFor(fields)).rejects.toMatchObject({ code: 'MODEL_REFUSED' });
  });

  it('takes nothing of a generation that ended by an error', async () => {
    const broken = { content: fine, response_metadata: { finish_reason: 'error' } };
    await expect(askFor(broken)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
  });

  it('joins the blocks of a text, and leaves out what was thought aloud', async () => {
    const content = [
      { type: 'thinking', thinking: 'x', text: 'not this' },
      { type: 'text', text: '{"outcome":' },
      { type: 'text', text: '"allow"}' },
    ];
    expect((await askFor({ content })).text).toBe(fine);
  });

  it('ends at once with a chat model that does not heed its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('too late');
    const model = langchainModel(
      new Says(() => {
        controller.abort(reason);
        return new Promise(() => undefined);
      }),
    );
    const { signal } = controller;
    await expect(model.ask({ ...question, signal })).rejects.toBe(reason);
    await expect(model.check(signal)).rejects.toBe(reason);
  });

  it('takes no answer that cost more than the judge reckons with', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 101 };
    const server = await startModelServer(() => ({ text: fine, usage }));
    const configuration = { baseURL: server.baseUrl };
    const model = langchainModel(new ChatOpenAI({ model: 'm', apiKey: 'key', configuration }));
    const message = expect.stringContaining('more than 100 tokens');
    await expect(model.ask(question)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message,
      usage: { inputTokens: 1, outputTokens: 101 },
    });
    expect((await model.ask({ ...question, maxOutputTokens: 101 })).text).toBe(fine);
    await server.close();
  });

  it('keeps what it asks and hears out of the graph that it judges for', async () => {
    const server = await startModelServer(() => ({ text: fine }));
    const configuration = { baseURL: server.baseUrl };
    const model = langchainModel(new ChatOpenAI({ model: 'm', apiKey: 'key', configuration }));
    const heard: string[] = [];
    const ear = BaseCallbackHandler.fromMethods({
      handleChatModelStart: () => void heard.push('start'),
      handleLLMNewToken: (token) => void heard.push(token),
    });
    const asks = RunnableLambda.from(async () => (await model.ask(question)).text);
    expect(await asks.invoke('', { callbacks: [ear] })).toBe(fine);
    expect(heard).toEqual([]);
    expect(server.questions()[0]?.body).not.toMatchObject({ stream: true });
    await server.close();
  });

  it('takes no chat model that would say again what it said before', () => {
    const cached = new ChatOpenAI({ model: 'm', apiKey: 'key', cache: true });
    expect(() => langchainModel(cached)).toThrow(/without/u);
  });

  it('is named as its chat model, or as it is told', () => {
    expect(langchainModel(new Says({ content: '' })).name).toBe('says');
    expect(langchainModel(new Says({ content: '' }), { name: 'judge' }).name).toBe('judge');
  });

  it('takes no chat model without a name, and none that takes no schema', async () => {
    const nameless = Object.assign(new Says({ content: '' }), { model: undefined });
    expect(() => langchainModel(nameless)).toThrow(/`name` is missing/u);
    const nothing: object = { model: 'm' };
    expect(() => Reflect.apply(langchainModel, undefined, [nothing])).toThrow(
      /withStructuredOutput/u,
    );
    // the base class of LangChain knows no strict mode
    const strict = langchainModel(new Says({ content: fine }), { strict: true });
    await expect(strict.ask(question)).rejects.toMatchObject({
      code: 'MODEL_MISCONFIGURED',
      message: expect.stringContaining('`strict`'),
    });
  });
});
