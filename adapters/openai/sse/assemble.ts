import type { Json, JsonObject } from 'ringfence/spi';
import { isArray, isGiven, isObject, tryParse } from '../json.ts';
import { createCallFragments } from './call-fragments.ts';
import { defaultStreamLimits, readSse, type StreamLimits } from './events.ts';
import { ResponseProblem } from './problem.ts';

const texts = ['content', 'refusal', 'reasoning_content', 'reasoning'] as const;
const tokens = ['content', 'refusal'] as const;

/**
 * Puts a streamed chat completion together as the one response that it says. Throws a `ResponseProblem` for
 * whatever it cannot represent: what was not seen was not judged.
 */
export function assembleSse(
  bytes: Uint8Array,
  limits: StreamLimits = defaultStreamLimits,
): JsonObject {
  const draft = createDraft();
  let isDone = false;
  for (const { data } of readSse(bytes, limits)) {
    if (isDone) throw new ResponseProblem('AFTER_END');
    if (data === '[DONE]') isDone = true;
    else draft.add(parseChunk(data));
  }
  return draft.finish(isDone);
}

function parseChunk(data: string): JsonObject {
  const chunk = tryParse(data);
  if (chunk === undefined) throw new ResponseProblem('BAD_JSON');
  if (!isObject(chunk)) throw new ResponseProblem('BAD_CHUNK');
  if (isGiven(chunk['error'])) throw new ResponseProblem('SERVER_ERROR');
  return chunk;
}

function createDraft() {
  const calls = createCallFragments();
  const said: { [field: string]: string } = { content: '' };
  const logprobs: { [field: string]: Json[] } = {};
  const head: { [field: string]: Json } = {};
  let role = 'assistant';
  let finish: Json = null;
  let chunks = 0;

  const addDelta = (delta: Json | undefined): void => {
    if (!isGiven(delta)) return;
    if (!isObject(delta)) throw new ResponseProblem('BAD_CHUNK');
    const { role: given, tool_calls, ...rest } = delta;
    if (typeof given === 'string') role = given;
    for (const [field, value] of Object.entries(rest)) {
      if (!isGiven(value)) continue;
      if (!isOneOf(texts, field)) throw new ResponseProblem('UNSUPPORTED_DELTA');
      if (typeof value !== 'string') throw new ResponseProblem('BAD_CONTENT');
      said[field] = (said[field] ?? '') + value;
    }
    calls.add(tool_calls);
  };
  const addLogprobs = (given: Json | undefined): void => {
    if (!isGiven(given)) return;
    if (!isObject(given)) throw new ResponseProblem('UNSUPPORTED_CHOICE');
    for (const [field, list] of Object.entries(given)) {
      if (!isGiven(list)) continue;
      if (!isOneOf(tokens, field) || !isArray(list))
        throw new ResponseProblem('UNSUPPORTED_CHOICE');
      (logprobs[field] ??= []).push(...list);
    }
  };
  const addChoice = (choice: Json): void => {
    if (!isObject(choice)) throw new ResponseProblem('BAD_CHUNK');
    const { index, delta, finish_reason, logprobs: given, ...other } = choice;
    if (index !== 0) throw new ResponseProblem('MULTIPLE_CHOICES');
    const { content_filter_results: _filtered, ...unknown } = other;
    if (Object.values(unknown).some(isGiven)) throw new ResponseProblem('UNSUPPORTED_CHOICE');
    addLogprobs(given);
    addDelta(delta);
    if (typeof finish_reason === 'string') finish = finish_reason;
  };

  return {
    add(chunk: JsonObject): void {
      const { choices, object: _object, ...rest } = chunk;
      if (!isArray(choices)) throw new ResponseProblem('BAD_CHUNK');
      if (choices.length > 1) throw new ResponseProblem('MULTIPLE_CHOICES');
      chunks += 1;
      for (const field of [
        'id',
        'created',
        'model',
        'system_fingerprint',
        'service_tier',
        'usage',
      ]) {
        const value = rest[field];
        if (value !== undefined && (head[field] === undefined || isGiven(value)))
          head[field] = value;
      }
      choices.forEach(addChoice);
    },
    finish(isDone: boolean): JsonObject {
      if (chunks === 0) throw new ResponseProblem('EMPTY');
      if (!isDone) throw new ResponseProblem('TRUNCATED');
      const made = calls.finish();
      const message = { role, ...said, ...(made.length === 0 ? {} : { tool_calls: made }) };
      const more = Object.keys(logprobs).length === 0 ? {} : { logprobs };
      const choice = { index: 0, message, finish_reason: finish, ...more };
      return { ...head, object: 'chat.completion', choices: [choice] };
    },
  };
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
