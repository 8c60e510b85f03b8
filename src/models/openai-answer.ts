import { z } from 'zod';
import { SupervisionError, type ErrorCode } from '../core/model/errors.ts';
import { tokensSchema, type Tokens } from './token-probability.ts';

/** What a model said, before anybody looks at the text. */
export interface Said {
  readonly text: string;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
  readonly tokens: Tokens | undefined;
}

const count = z.int().min(0);
// what makes no sense was not told
const tokens = tokensSchema.nullish().catch(undefined);

const chatSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z.array(z.unknown()).nullish(),
        }),
        logprobs: z.object({ content: tokens }).nullish().catch(undefined),
      }),
    )
    .length(1),
  error: z.unknown().optional(),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish().catch(undefined),
});

/** Throws as the port `Model` says for what is no chat completion; what stands in it may still be no answer. */
export function parseChat(body: unknown, name: string) {
  const parsed = chatSchema.safeParse(body);
  const [choice] = parsed.data?.choices ?? [];
  if (!parsed.success || choice === undefined) throw noForm(body, name);
  return { choice, usage: parsed.data.usage, error: parsed.data.error };
}

/** Reads the body of a chat completion. Throws as the port `Model` says; `name` is the model's. */
export function readChatAnswer(body: unknown, name: string): Said {
  const { choice, usage, error } = parseChat(body, name);
  const { finish_reason: finish, message, logprobs } = choice;
  // what was written until then may look whole
  if (finish === 'error' || (error ?? undefined) !== undefined) throw failed(undefined, name);
  if (finish === 'content_filter' || isText(message.refusal)) throw refused(name);
  if (finish === 'length') throw cutOff(name);
  if ((message.tool_calls ?? []).length > 0) throw notOne(name);
  return {
    text: message.content ?? '',
    usage: usage ? toUsage(usage.prompt_tokens, usage.completion_tokens) : undefined,
    tokens: logprobs?.content ?? undefined,
  };
}

const partSchema = z.object({
  type: z.string(),
  text: z.string().optional(),
  refusal: z.string().nullish(),
  logprobs: tokens,
});
const responseSchema = z.object({
  status: z.string().nullish(),
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
  error: z.object({ code: z.string().nullish() }).nullish(),
  output: z.array(z.object({ type: z.string(), content: z.array(partSchema).nullish() })),
  usage: z.object({ input_tokens: count, output_tokens: count }).nullish().catch(undefined),
});

/** Throws as the port `Model` says for what is no response; what stands in it may still be no answer. */
export function parseResponse(body: unknown, name: string) {
  const parsed = responseSchema.safeParse(body);
  if (!parsed.success) throw noForm(body, name);
  return parsed.data;
}

/** Reads the body of a response. Throws as the port `Model` says; `name` is the model's. */
export function readResponseAnswer(body: unknown, name: string): Said {
  const {
    status,
    incomplete_details: incomplete,
    error,
    output,
    usage,
  } = parseResponse(body, name);
  const messages = output.filter(({ type }) => type === 'message');
  const parts = messages.flatMap(({ content }) => content ?? []);
  const isRefused = parts.some(({ type, refusal }) => type === 'refusal' || isText(refusal));
  if (isRefused || incomplete?.reason === 'content_filter') throw refused(name);
  if (status === 'failed' || (error ?? undefined) !== undefined) throw failed(error?.code, name);
  if (status !== 'completed' && (status ?? undefined) !== undefined) throw cutOff(name);
  if (messages.length > 1 || output.some(({ type }) => type === 'function_call')) {
    throw notOne(name);
  }
  const texts = parts.filter(({ type }) => type === 'output_text');
  const all = texts.flatMap(({ logprobs }) => logprobs ?? []);
  return {
    text: texts.map(({ text }) => text ?? '').join(''),
    usage: usage ? toUsage(usage.input_tokens, usage.output_tokens) : undefined,
    tokens: all.length === 0 ? undefined : all,
  };
}

function isText(text: string | null | undefined): boolean {
  return (text ?? '') !== '';
}

function toUsage(inputTokens: number, outputTokens: number): NonNullable<Said['usage']> {
  return { inputTokens, outputTokens };
}

function failed(code: string | null | undefined, name: string): SupervisionError {
  return code === 'rate_limit_exceeded'
    ? fault('MODEL_BUSY', name, 'takes no request now')
    : fault('MODEL_UNAVAILABLE', name, 'failed while it answered');
}

/** Some servers say what went wrong under status 200. */
function noForm(body: unknown, name: string): SupervisionError {
  const isError = z.object({ error: z.object({}) }).safeParse(body).success;
  return isError
    ? fault('MODEL_UNAVAILABLE', name, 'failed; its server says so under status 200')
    : fault(
        'MODEL_INVALID',
        name,
        'gave an answer of another form; look at the base URL and `api`',
      );
}

const refused = (name: string): SupervisionError =>
  fault('MODEL_REFUSED', name, 'or its provider declined to answer');
const notOne = (name: string): SupervisionError =>
  fault('MODEL_INVALID', name, 'gave more than one answer, or called a tool');
const cutOff = (name: string): SupervisionError =>
  fault('MODEL_INVALID', name, 'did not end its answer; raise `maxOutputTokens`');

function fault(code: ErrorCode, name: string, what: string): SupervisionError {
  return new SupervisionError(code, `model \`${name}\` ${what}`);
}
