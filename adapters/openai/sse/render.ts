import type { Json, JsonObject } from 'ringfence/spi';
import { isArray, isGiven, isObject } from '../json.ts';

/**
 * A chat completion as the shortest stream that says it: one chunk, its usage where it has one, and the end.
 * `template` gives the fields that every chunk repeats: id, created, model and the like.
 */
export function renderSse(response: JsonObject, template: JsonObject): Uint8Array {
  const { usage, ...head } = template;
  const chunk = (choices: readonly Json[], more: JsonObject = {}): string =>
    toEvent({ ...head, object: 'chat.completion.chunk', choices, ...more });
  const choices = isArray(response['choices']) ? response['choices'] : [];
  const parts = [chunk(choices.filter(isObject).map(toDeltaChoice))];
  if (isGiven(usage)) parts.push(chunk([], { usage: usage ?? null }));
  return new TextEncoder().encode(`${parts.join('')}data: [DONE]\n\n`);
}

function toEvent(data: JsonObject): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function toDeltaChoice({ index = 0, message, finish_reason = null, logprobs }: JsonObject): Json {
  const delta = isObject(message) ? toDelta(message) : {};
  return {
    index,
    delta,
    finish_reason,
    ...(isGiven(logprobs) ? { logprobs: logprobs ?? null } : {}),
  };
}

function toDelta(message: JsonObject): JsonObject {
  const delta: { [field: string]: Json } = {};
  for (const [field, value] of Object.entries(message)) {
    if (value === null) continue;
    const isCalls = field === 'tool_calls' && isArray(value);
    delta[field] = isCalls
      ? value.filter(isObject).map((call, index) => ({ ...call, index }))
      : value;
  }
  return delta;
}
