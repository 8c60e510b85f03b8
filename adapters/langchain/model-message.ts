import { SupervisionError, tokensSchema, type ErrorCode, type finishAnswer } from 'ringfence/spi';
import { z } from 'zod';

// no answer costs nothing: some chat models write 0 where the provider did not tell
const count = z.int().min(1);
const some = z.array(z.unknown()).catch([]);
// what makes no sense was not told
const word = z.string().optional().catch(undefined);

const blockSchema = z.union([
  z.string(),
  z.object({ type: z.string(), text: z.string().optional().catch(undefined) }),
]);
const tokens = tokensSchema.optional().catch(undefined);
/** As OpenAI's responses tell of tokens: part by part. */
const outputSchema = z.array(z.object({ content: z.array(z.object({ logprobs: tokens })) }));
const rawCallSchema = z.object({ function: z.object({ arguments: z.string() }) });

const messageSchema = z.object({
  content: z.union([z.string(), z.array(blockSchema)]),
  tool_calls: some,
  invalid_tool_calls: some,
  additional_kwargs: z
    .object({ refusal: word, tool_calls: z.array(rawCallSchema).optional().catch(undefined) })
    .catch({}),
  response_metadata: z
    .object({
      finish_reason: word,
      finishReason: word,
      stop_reason: word,
      stopReason: word,
      done_reason: word,
      incomplete_details: z.object({ reason: word }).optional().catch(undefined),
      logprobs: z.object({ content: tokens }).optional().catch(undefined),
      output: outputSchema.optional().catch(undefined),
    })
    .catch({}),
  usage_metadata: z
    .object({ input_tokens: count, output_tokens: count })
    .optional()
    .catch(undefined),
});
type Message = z.output<typeof messageSchema>;

/** What a model said, before anybody looks at the text. */
export type Said = Parameters<typeof finishAnswer>[0];

/** How providers say that an answer was not ended. */
const cutWords = new Set(['length', 'max_tokens', 'max_output_tokens', 'model_length']);
/** How they say that it was not given. */
const refusalWords = new Set([
  'content_filter',
  'content_filtered',
  'guardrail_intervened',
  'prohibited_content',
  'refusal',
  'safety',
]);

/**
 * What a model said, from `{ raw }` of a structured output: the very text, or the very arguments of its one tool call.
 * Throws as the port `Model` says; `name` is the model's.
 */
export function readMessage(answer: unknown, name: string): Said {
  const parsed = z.object({ raw: messageSchema }).safeParse(answer);
  if (!parsed.success) throw fault('MODEL_INVALID', name, 'gave no message of LangChain');
  const { raw } = parsed.data;
  const reasons = reasonsOf(raw);
  if (raw.additional_kwargs.refusal || reasons.some((reason) => refusalWords.has(reason))) {
    throw fault('MODEL_REFUSED', name, 'or its provider declined to answer');
  }
  // what was written until then may look whole
  if (reasons.includes('error')) {
    throw fault('MODEL_UNAVAILABLE', name, 'failed while it answered');
  }
  if (reasons.some((reason) => cutWords.has(reason))) {
    throw fault('MODEL_INVALID', name, 'did not end its answer; let it write more tokens');
  }
  return {
    text: hasCalls(raw) ? argumentsOf(raw, name) : textOf(raw),
    usage: toUsage(raw),
    tokens: tokensOf(raw),
  };
}

function reasonsOf({ content, response_metadata: told }: Message): readonly string[] {
  const reasons = [
    told.finish_reason,
    told.finishReason,
    told.stop_reason,
    told.stopReason,
    told.done_reason,
    told.incomplete_details?.reason,
  ];
  const blocks = typeof content === 'string' ? [] : content;
  const isRefused = blocks.some((block) => typeof block !== 'string' && block.type === 'refusal');
  const words = reasons.flatMap((reason) => (reason === undefined ? [] : [reason.toLowerCase()]));
  return isRefused ? [...words, 'refusal'] : words;
}

function hasCalls({ tool_calls, invalid_tool_calls, additional_kwargs }: Message): boolean {
  const raw = additional_kwargs.tool_calls ?? [];
  return tool_calls.length + invalid_tool_calls.length + raw.length > 0;
}

/** A parsed object has lost what was written twice: only the text of the arguments is an answer. */
function argumentsOf({ tool_calls, invalid_tool_calls, additional_kwargs }: Message, name: string) {
  const raw = additional_kwargs.tool_calls ?? [];
  const [call] = raw;
  if (raw.length > 1 || tool_calls.length + invalid_tool_calls.length > 1) {
    throw fault('MODEL_INVALID', name, 'called more than one tool, where one answer was asked for');
  }
  if (call !== undefined) return call.function.arguments;
  const remedy = 'set `method: "jsonSchema"`, or take another';
  const what = `has a chat model that keeps no arguments as they were written; ${remedy}`;
  throw fault('MODEL_INVALID', name, what);
}

function textOf({ content }: Message): string {
  if (typeof content === 'string') return content;
  const texts = content.map((block) => (typeof block === 'string' ? block : ownText(block)));
  return texts.join('');
}

/** What a model thinks aloud is no part of its answer. */
function ownText({
  type,
  text = '',
}: {
  readonly type: string;
  readonly text?: string | undefined;
}) {
  return type === 'text' ? text : '';
}

function tokensOf({ response_metadata: { logprobs, output = [] } }: Message) {
  const ofParts = output.flatMap(({ content }) => content.flatMap((part) => part.logprobs ?? []));
  return logprobs?.content ?? (ofParts.length === 0 ? undefined : ofParts);
}

function toUsage({ usage_metadata: usage }: Message) {
  return usage && { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens };
}

function fault(code: ErrorCode, name: string, what: string): SupervisionError {
  return new SupervisionError(code, `model \`${name}\` ${what}`);
}
