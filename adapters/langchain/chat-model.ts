import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons';
import type { Model, ModelRequest } from 'ringfence';
import { finishAnswer, SupervisionError, toModelError, toStrictSchema } from 'ringfence/spi';
import { readClientFault } from './client-fault.ts';
import { readMessage, type Said } from './model-message.ts';

/** What is used of a chat model; everything that `extends BaseChatModel` and can hold a model to a schema has it. */
export type StructuringChatModel = Pick<BaseChatModel, 'invoke' | 'withStructuredOutput'>;

export interface LangChainModelOptions {
  /** Default: the chat model's own `model`. What prices, calibration and the log call it. */
  readonly name?: string;
  /**
   * Default `jsonSchema`: the answer is the text. `functionCalling`: it is the arguments of a tool call, and the chat model
   * must keep them as the model wrote them.
   */
  readonly method?: 'jsonSchema' | 'functionCalling';
  /** Default false; true for providers that hold a model to a schema only if asked, as OpenAI does. */
  readonly strict?: boolean;
}

/**
 * A model over any chat model of LangChain. How much it writes and how warm it is, its key and its server are set where it
 * is made. Throws `CONFIG_INVALID`.
 * @example
 * const model = langchainModel(new ChatOpenAI({ model: 'gpt-4.1', temperature: 0, logprobs: true }), { strict: true });
 */
export function langchainModel(
  chatModel: StructuringChatModel,
  options: LangChainModelOptions = {},
): Model {
  const name = nameOf(chatModel, options);

  const send = async (
    ask: (how: { readonly signal: AbortSignal }) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<unknown> => {
    try {
      signal.throwIfAborted();
      const how = { signal, maxRetries: 0 };
      return await untilAborted(
        apart(() => ask(how)),
        signal,
      );
    } catch (error) {
      throw toModelError(readClientFault(error, name), { name, signal });
    }
  };

  return {
    name,
    async ask(request) {
      const { messages, signal } = request;
      const input = messages.map(({ role, text }) => ({ role, content: text }));
      const runnable = structure(chatModel, request, { ...options, name });
      const answer = await send((how) => runnable.invoke(input, how), signal);
      const said = readMessage(answer, name);
      checkLength(said, request, name);
      return finishAnswer(said, request, name);
    },
    async check(signal) {
      await send((how) => chatModel.invoke('Say ok.', how), signal);
    },
    close: async () => undefined,
  };
}

/** Of a chat model that will do. */
function nameOf(chatModel: StructuringChatModel, { name }: LangChainModelOptions): string {
  if (typeof chatModel?.withStructuredOutput !== 'function') {
    throw invalid('a chat model with `withStructuredOutput` is needed');
  }
  if ((Reflect.get(chatModel, 'cache') ?? false) !== false) {
    // samples would agree with themselves, and a check would ask nobody
    throw invalid('the chat model has a `cache`; give one without, the judge remembers by itself');
  }
  const own: unknown = Reflect.get(chatModel, 'model');
  const given = name ?? own;
  if (typeof given === 'string' && given !== '') return given;
  throw invalid('`name` is missing, and the chat model has no `model`; give one');
}

function invalid(what: string): SupervisionError {
  return new SupervisionError('CONFIG_INVALID', `langchainModel: ${what}`);
}

/** The chat model held to the schema of the request, which gives back the message itself too. */
function structure(
  chatModel: StructuringChatModel,
  { schema, schemaName }: ModelRequest,
  {
    name,
    method = 'jsonSchema',
    strict = false,
  }: LangChainModelOptions & { readonly name: string },
) {
  try {
    return chatModel.withStructuredOutput(toStrictSchema(schema), {
      name: schemaName,
      method,
      includeRaw: true,
      ...(strict ? { strict } : {}),
    });
  } catch (error) {
    const remedy = 'look at `method` and `strict`';
    const what = `model \`${name}\` does not take a schema this way; ${remedy}`;
    throw new SupervisionError('MODEL_MISCONFIGURED', what, { cause: error });
  }
}

/** What was spent beyond what was asked for was not reserved: it is booked, and no answer, so that somebody looks. */
function checkLength({ usage }: Said, { maxOutputTokens }: ModelRequest, name: string): void {
  if (usage === undefined || usage.outputTokens <= maxOutputTokens) return;
  const what = `wrote more than ${maxOutputTokens} tokens; set no higher limit in its chat model`;
  throw new SupervisionError('MODEL_INVALID', `model \`${name}\` ${what}`, { usage });
}

/** Outside of the graph that asks: its callbacks would stream the judge's words, its signal would end them. */
function apart<T>(work: () => T): T {
  return AsyncLocalStorageProviderSingleton.getInstance().run(undefined, work);
}

/** Not every chat model heeds its signal. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
