import type { Model } from '../core/model/model-port.ts';
import { openOpenAIClient } from './openai-client.ts';
import type { OpenAIDriver } from './openai-driver.ts';
import type { OpenAIModelOptions } from './openai-options.ts';

/**
 * A model behind OpenAI's protocol, OpenAI's own or any server that is compatible. The package `openai`, and all that reads
 * its answers, is loaded by the first question. Throws `CONFIG_INVALID`.
 * @example
 * const model = openaiModel({ model: 'gpt-4.1-mini' });
 */
export function openaiModel(options: OpenAIModelOptions): Model {
  const open = openOpenAIClient(options);
  const { model, name = model } = options;
  let driver: Promise<OpenAIDriver> | undefined;
  const load = (): Promise<OpenAIDriver> =>
    (driver ??= import('./openai-driver.ts').then(({ createOpenAIDriver }) =>
      createOpenAIDriver({ ...options, name }, open),
    ));
  return {
    name,
    ask: async (request) => (await load()).ask(request),
    check: async (signal) => (await load()).check(signal),
    close: async () => undefined,
  };
}
