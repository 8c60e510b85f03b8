import type { OpenAIClient } from './openai-client.ts';

export interface OpenAIModelOptions {
  /** As the provider calls it. */
  readonly model: string;
  /** Default: `model`. What prices, calibration and the log call it. */
  readonly name?: string;
  /** Default `chat`, which every compatible server has; `responses`: the newer API of OpenAI. */
  readonly api?: 'responses' | 'chat';
  /** A client of yours, of the package `openai`, in the place of `apiKey` and `baseUrl`. */
  readonly client?: OpenAIClient;
  /** Default: `OPENAI_API_KEY`. A server that takes none: any word. */
  readonly apiKey?: string;
  /** Default: `OPENAI_BASE_URL`, else OpenAI's. */
  readonly baseUrl?: string;
  /** Default true; false for a model that takes no temperature. */
  readonly temperature?: boolean;
  /** Default true; false for a model that gives no token probabilities: ask it for `samples` then. */
  readonly logprobs?: boolean;
}
