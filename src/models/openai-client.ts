import { SupervisionError } from '../core/model/errors.ts';

/** What is used of a client of the package `openai`; `AzureOpenAI` is one too. */
export interface OpenAIClient {
  post(path: string, options: object): { asResponse(): Promise<Response> };
}

export interface OpenAIClientOptions {
  readonly model: string;
  readonly api?: string;
  readonly client?: OpenAIClient;
  readonly apiKey?: string;
  readonly baseUrl?: string;
}

/** Opens the client once, when it is first asked for. Throws `CONFIG_INVALID` at once for options that cannot be. */
export function openOpenAIClient(options: OpenAIClientOptions): () => Promise<OpenAIClient> {
  const { client, model } = options;
  checkOptions(options);
  if (client !== undefined) return () => Promise.resolve(client);
  let opened: Promise<OpenAIClient> | undefined;
  return () => {
    opened ??= load(options).catch((error: unknown) => {
      // a package or a key that is put there later is found without a restart
      opened = undefined;
      throw new SupervisionError(
        'MODEL_MISCONFIGURED',
        `model \`${model}\` has no client; install the package \`openai\`, and set \`apiKey\` or \`OPENAI_API_KEY\` to a key on one line`,
        { cause: error },
      );
    });
    return opened;
  };
}

async function load({ apiKey, baseUrl }: OpenAIClientOptions): Promise<OpenAIClient> {
  const { OpenAI } = await import('openai');
  const client = new OpenAI({
    maxRetries: 0,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
  });
  // else every question fails as if nobody were there
  if (!isHeaderText(client.apiKey ?? '')) throw new TypeError('the key cannot be sent');
  return client;
}

/** What a header takes: no line break, nothing beyond Latin-1. */
function isHeaderText(text: string): boolean {
  try {
    return new Headers({ authorization: `Bearer ${text}` }).has('authorization');
  } catch {
    return false;
  }
}

function checkOptions({ client, model, api = 'chat', apiKey, baseUrl }: OpenAIClientOptions): void {
  if (typeof model !== 'string' || model === '') {
    throw invalid('`model` is missing; give the name that the provider knows');
  }
  if (api !== 'chat' && api !== 'responses') throw invalid('`api` must be `chat` or `responses`');
  if (client !== undefined && (apiKey !== undefined || baseUrl !== undefined)) {
    throw invalid('`client` has a key and a base URL already; leave `apiKey` and `baseUrl` out');
  }
  if (apiKey === '') throw invalid('`apiKey` is empty; leave it out or give a key');
  if (baseUrl !== undefined && !/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? '')) {
    throw invalid('`baseUrl` must begin with `https://` or `http://`');
  }
}

function invalid(what: string): SupervisionError {
  return new SupervisionError('CONFIG_INVALID', `openaiModel: ${what}`);
}
