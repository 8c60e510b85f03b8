import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import type { ResponseCreateParamsNonStreaming } from 'openai/resources/responses/responses';
import { z } from 'zod';
import type { Model, ModelRequest } from '../core/model/model-port.ts';
import { finishAnswer, tooLarge } from './finish-answer.ts';
import { toModelError, type Remedies } from './model-error.ts';
import {
  parseChat,
  parseResponse,
  readChatAnswer,
  readResponseAnswer,
  type Said,
} from './openai-answer.ts';
import type { OpenAIClient } from './openai-client.ts';
import type { OpenAIModelOptions } from './openai-options.ts';
import { readBounded } from './read-bounded.ts';
import { toStrictSchema } from './strict-schema.ts';

const remedies: Remedies = {
  temperature: 'temperature: false',
  logprobs: 'logprobs: false',
  include: 'logprobs: false',
};

/** Of a body: a text of the greatest size, escaped, with what is told of its tokens. */
const maxBodyBytes = 8 * 1_048_576;

/** What asks and reads, behind `openaiModel`. */
export type OpenAIDriver = Pick<Model, 'ask' | 'check'>;

export function createOpenAIDriver(
  options: OpenAIModelOptions & { readonly name: string },
  open: () => Promise<OpenAIClient>,
): OpenAIDriver {
  const { name, api = 'chat' } = options;
  const protocol = api === 'chat' ? chat : responses;

  /** The bytes that a request brings back; throws as the port says. */
  const send = async (request: Send, signal: AbortSignal): Promise<string> => {
    try {
      const client = await open();
      const response = await request(client, { ...once, signal }).asResponse();
      const text = await readBounded(response, maxBodyBytes);
      if (text === undefined) throw tooLarge(name);
      return text;
    } catch (error) {
      throw toModelError(error, { name, signal, remedies });
    }
  };

  return {
    async ask(request) {
      const { signal } = request;
      const body = protocol.body(request, options);
      const text = await send(
        (client, how) => client.post(protocol.path, { ...how, body }),
        signal,
      );
      return finishAnswer(protocol.read(parse(text), name), request, name);
    },
    async check(signal) {
      const body = protocol.body({ ...smallest, signal }, options);
      const text = await send(
        (client, how) => client.post(protocol.path, { ...how, body }),
        signal,
      );
      // a page of some other server is no model, whatever its status
      protocol.parse(parse(text), name);
    },
  };
}

/** The evidence is for the server that the operator named, and not for whom that one names. */
const once = { maxRetries: 0, fetchOptions: { redirect: 'manual' } } as const;

type Send = (
  client: OpenAIClient,
  how: typeof once & { readonly signal: AbortSignal },
) => { asResponse(): Promise<Response> };

/** The least with every parameter of a real question: a model that takes one of them not is known before it is needed. */
const smallest: Omit<ModelRequest, 'signal'> = {
  messages: [{ role: 'user', text: 'Say ok.' }],
  schema: z.strictObject({ ok: z.boolean() }),
  schemaName: 'check',
  // some that think before they answer fail where their thoughts alone use it up
  maxOutputTokens: 1000,
  temperature: 0,
  probabilityOf: 'ok',
};

/** Undefined for what is no JSON: then it has no form either. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Protocol {
  readonly path: string;
  body(request: ModelRequest, options: OpenAIModelOptions): object;
  /** Throws for what has not the form of the protocol. */
  parse(body: unknown, name: string): object;
  read(body: unknown, name: string): Said;
}

const chat: Protocol = {
  path: '/chat/completions',
  body(request, { model, temperature = true, logprobs = true }) {
    const body: ChatCompletionCreateParamsNonStreaming = {
      model,
      messages: request.messages.map(({ role, text }) => ({ role, content: text })),
      max_completion_tokens: request.maxOutputTokens,
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: request.schemaName,
          strict: true,
          schema: toStrictSchema(request.schema),
        },
      },
      ...(temperature && request.temperature !== undefined
        ? { temperature: request.temperature }
        : {}),
      ...(logprobs && request.probabilityOf !== undefined ? { logprobs: true } : {}),
    };
    return body;
  },
  parse: parseChat,
  read: readChatAnswer,
};

const responses: Protocol = {
  path: '/responses',
  body(request, { model, temperature = true, logprobs = true }) {
    const body: ResponseCreateParamsNonStreaming = {
      model,
      input: request.messages.map(({ role, text }) => ({ role, content: text })),
      max_output_tokens: request.maxOutputTokens,
      // evidence is not for the provider to keep
      store: false,
      text: {
        format: {
          type: 'json_schema',
          name: request.schemaName,
          strict: true,
          schema: toStrictSchema(request.schema),
        },
      },
      ...(temperature && request.temperature !== undefined
        ? { temperature: request.temperature }
        : {}),
      ...(logprobs && request.probabilityOf !== undefined
        ? { include: ['message.output_text.logprobs'] }
        : {}),
    };
    return body;
  },
  parse: parseResponse,
  read: readResponseAnswer,
};
