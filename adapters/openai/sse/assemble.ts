import type { Json, JsonObject } from 'ringfence/spi';
import { isArray, isGiven, isObject, tryParse } from '../json.ts';
import { createCallFragments } from './call-fragments.ts';
import { defaultStreamLimits, readSse, type StreamLimits } from './events.ts';
import { ResponseProblem, type ProblemCode } from './problem.ts';

const texts = ['content', 'refusal', 'reasoning_content', 'reasoning'] as const;
const tokenFields = new Set(['content', 'refusal']);
const deltaFields = new Set(['role', 'tool_calls', ...texts]);
const choiceFields = new Set([
  'index',
  'delta',
  'finish_reason',
  'logprobs',
  // what Azure says of its own filters
  'content_filter_results',
]);
const headFields = [
  'id',
  'created',
  'model',
  'system_fingerprint',
  'service_tier',
  'usage',
] as const;

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
    refuseOthers(delta, deltaFields, 'UNSUPPORTED_DELTA');
    if (typeof delta['role'] === 'string') role = delta['role'];
    for (const field of texts) {
      const text = delta[field];
      if (!isGiven(text)) continue;
      if (typeof text !== 'string') throw new ResponseProblem('BAD_CONTENT');
      said[field] = (said[field] ?? '') + text;
    }
    calls.add(delta['tool_calls']);
  };
  const addLogprobs = (given: Json | undefined): void => {
    if (!isGiven(given)) return;
    if (!isObject(given)) throw new ResponseProblem('UNSUPPORTED_CHOICE');
    refuseOthers(given, tokenFields, 'UNSUPPORTED_CHOICE');
    for (const field of tokenFields) {
      const list = given[field];
      if (!isGiven(list)) continue;
      if (!isArray(list)) throw new ResponseProblem('UNSUPPORTED_CHOICE');
      const all = (logprobs[field] ??= []);
      for (const token of list) all.push(token);
    }
  };
  const addChoice = (choice: Json): void => {
    if (!isObject(choice)) throw new ResponseProblem('BAD_CHUNK');
    if (choice['index'] !== 0) throw new ResponseProblem('MULTIPLE_CHOICES');
    refuseOthers(choice, choiceFields, 'UNSUPPORTED_CHOICE');
    addLogprobs(choice['logprobs']);
    addDelta(choice['delta']);
    if (typeof choice['finish_reason'] === 'string') finish = choice['finish_reason'];
  };

  return {
    add(chunk: JsonObject): void {
      const { choices } = chunk;
      if (!isArray(choices)) throw new ResponseProblem('BAD_CHUNK');
      if (choices.length > 1) throw new ResponseProblem('MULTIPLE_CHOICES');
      chunks += 1;
      for (const field of headFields) {
        const value = chunk[field];
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

/** What is there, is not null and is not known was not judged. */
function refuseOthers(object: JsonObject, known: ReadonlySet<string>, code: ProblemCode): void {
  for (const field of Object.keys(object)) {
    if (!known.has(field) && isGiven(object[field])) throw new ResponseProblem(code);
  }
}
