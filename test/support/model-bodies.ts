import type { Asked, Words } from './model-server.ts';

/** Words as a chat completion; as the arguments of the tool where the request brings one. */
export function toChatBody(words: Words, { body }: Asked): object {
  const { text, finish = 'stop', refusal = null, usage } = words;
  const [tool] = (body['tools'] ?? []) as { function?: { name?: string } }[];
  const call = { name: tool?.function?.name ?? '', arguments: text };
  const message =
    tool === undefined || refusal !== null
      ? { role: 'assistant', content: refusal === null ? text : null, refusal }
      : {
          role: 'assistant',
          content: null,
          refusal: null,
          tool_calls: [{ id: 'call_1', type: 'function', function: call }],
        };
  const content = body['logprobs'] === true ? tokensOf(words) : undefined;
  const told = usage === undefined ? { prompt_tokens: 900, completion_tokens: 90 } : usage;
  return {
    id: 'chatcmpl_1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      {
        index: 0,
        finish_reason: finish,
        message,
        logprobs: content === undefined ? null : { content, refusal: null },
      },
    ],
    ...(told === null ? {} : { usage: { total_tokens: 990, ...told } }),
  };
}

/** Words as a response. */
export function toResponseBody(words: Words): object {
  const { text, finish = 'stop', refusal, usage } = words;
  const logprobs = tokensOf(words);
  const part =
    refusal === undefined
      ? {
          type: 'output_text',
          text,
          annotations: [],
          ...(logprobs === undefined ? {} : { logprobs }),
        }
      : { type: 'refusal', refusal };
  const reason = finish === 'length' ? 'max_output_tokens' : 'content_filter';
  const told = usage === undefined ? { input_tokens: 900, output_tokens: 90 } : usage;
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    model: 'm',
    status: finish === 'stop' ? 'completed' : 'incomplete',
    incomplete_details: finish === 'stop' ? null : { reason },
    error: null,
    output: [
      { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [part] },
    ],
    ...(told === null ? {} : { usage: { total_tokens: 990, ...told } }),
  };
}

/** Three bytes each, so that characters are torn, as a real tokenizer does. */
const tokenBytes = 3;

function tokensOf({ text, probabilities, tokens }: Words): readonly object[] | undefined {
  if (tokens !== undefined) return tokens;
  if (probabilities === undefined) return undefined;
  const bytes = Buffer.from(text);
  const cuts = Array.from({ length: Math.ceil(bytes.length / tokenBytes) }, (_, n) =>
    bytes.subarray(n * tokenBytes, (n + 1) * tokenBytes),
  );
  const spans = Object.entries(probabilities).map(([key, probability]) => {
    const found = new RegExp(`"${key}":"?([^",}]*)`, 'u').exec(text);
    const value = found?.[1] ?? '';
    const end = Buffer.byteLength(text.slice(0, (found?.index ?? 0) + (found?.[0].length ?? 0)));
    const first = Math.floor((end - Buffer.byteLength(value)) / tokenBytes);
    const last = Math.floor((end - 1) / tokenBytes);
    return { first, last, logprob: Math.log(probability) / (last - first + 1) };
  });
  return cuts.map((cut, n) => {
    const span = spans.find(({ first, last }) => n >= first && n <= last);
    const logprob = span?.logprob ?? 0;
    return { token: cut.toString('utf8'), bytes: [...cut], logprob, top_logprobs: [] };
  });
}
