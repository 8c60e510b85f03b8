import type { Json, JsonObject } from 'ringfence/spi';
import { isArray, isGiven, isObject } from '../json.ts';
import { assembleSse } from '../sse/assemble.ts';
import type { StreamLimits } from '../sse/events.ts';
import { ResponseProblem } from '../sse/problem.ts';
import { renderSse } from '../sse/render.ts';
import { checkCalls, parseBody, textOf, toBytes, type Reply, type ReplyCall } from './reply.ts';

/** Reads a chat completion; throws a `ResponseProblem` for what cannot be judged. */
export function readChatReply(
  bytes: Uint8Array,
  { isStream, limits }: { readonly isStream: boolean; readonly limits: StreamLimits },
): Reply {
  const response = isStream ? assembleSse(bytes, limits) : parseBody(bytes);
  const calls = checkCalls(callsOf(messageOf(response)));
  return {
    calls,
    id: undefined,
    without(refused, notice) {
      const left = withoutCalls(response, refused, notice);
      if (!isStream) return toBytes(left);
      const { choices: _choices, object: _object, ...template } = left;
      return renderSse(left, template);
    },
  };
}

function messageOf({ choices }: JsonObject): JsonObject {
  if (!isArray(choices)) throw new ResponseProblem('BAD_CHUNK');
  if (choices.length > 1) throw new ResponseProblem('MULTIPLE_CHOICES');
  const [choice] = choices;
  if (choice === undefined) return {};
  if (!isObject(choice) || !isObject(choice['message'])) throw new ResponseProblem('BAD_CHUNK');
  return choice['message'];
}

function callsOf({ tool_calls, function_call }: JsonObject): readonly ReplyCall[] {
  // deprecated since 2023, and without an id to answer to
  if (isGiven(function_call)) throw new ResponseProblem('UNSUPPORTED_DELTA');
  if (!isGiven(tool_calls)) return [];
  if (!isArray(tool_calls)) throw new ResponseProblem('BAD_CALL');
  return tool_calls.map(toReplyCall);
}

function toReplyCall(call: Json): ReplyCall {
  if (!isObject(call)) throw new ResponseProblem('BAD_CALL');
  const { type = 'function', function: fn, custom } = call;
  const isCustom = type === 'custom';
  const [body, other] = isCustom ? [custom, fn] : [fn, custom];
  if ((!isCustom && type !== 'function') || !isObject(body) || isGiven(other)) {
    throw new ResponseProblem('BAD_CALL');
  }
  return {
    id: textOf(call, 'id'),
    name: textOf(body, 'name'),
    kind: isCustom ? 'custom' : 'function',
    text: textOf(body, isCustom ? 'input' : 'arguments'),
    source: call,
  };
}

function withoutCalls(
  response: JsonObject,
  refused: ReadonlySet<string>,
  notice: string,
): JsonObject {
  const [choice] = isArray(response['choices']) ? response['choices'] : [];
  if (!isObject(choice) || !isObject(choice['message'])) return response;
  const { tool_calls, ...message } = choice['message'];
  const left = (isArray(tool_calls) ? tool_calls : []).filter(
    (call) => isObject(call) && !(typeof call['id'] === 'string' && refused.has(call['id'])),
  );
  if (left.length > 0) {
    const kept = { ...choice, message: { ...message, tool_calls: left } };
    return { ...response, choices: [kept] };
  }
  const said = typeof message['content'] === 'string' ? message['content'] : '';
  const content = said === '' ? notice : `${said}\n\n${notice}`;
  const last = { ...choice, message: { ...message, content }, finish_reason: 'stop' };
  return { ...response, choices: [last] };
}
