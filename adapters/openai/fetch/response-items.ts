import type { Json, JsonObject } from 'ringfence/spi';
import { isArray, isGiven, isObject } from '../json.ts';
import { ResponseProblem } from '../sse/problem.ts';
import { textOf, type ReplyCall } from './reply.ts';

/** What says something, or has already happened on the provider's side: nobody here acts on it. */
const inert = new Set([
  'message',
  'reasoning',
  'compaction',
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_call',
  'mcp_list_tools',
  'function_call_output',
  'custom_tool_call_output',
]);

/** The call that an output item is; undefined for one that nobody acts on. Throws for what cannot be judged. */
export function toItemCall(item: Json | undefined): ReplyCall | undefined {
  if (!isObject(item)) throw new ResponseProblem('UNSUPPORTED_ITEM');
  const type = textOf(item, 'type');
  if (inert.has(type)) return undefined;
  if (type !== 'function_call' && type !== 'custom_tool_call') {
    throw new ResponseProblem('UNSUPPORTED_ITEM', `: \`${type}\``);
  }
  const isCustom = type === 'custom_tool_call';
  const { namespace } = item;
  const name = textOf(item, 'name');
  return {
    id: textOf(item, 'call_id'),
    name: isGiven(namespace) ? `${textOf(item, 'namespace')}.${name}` : name,
    kind: isCustom ? 'custom' : 'function',
    text: textOf(item, isCustom ? 'input' : 'arguments'),
    source: item,
  };
}

export function outputOf({ output }: JsonObject): readonly Json[] {
  if (!isGiven(output)) return [];
  if (!isArray(output)) throw new ResponseProblem('UNSUPPORTED_ITEM');
  return output;
}

/** Whether the item is one of these calls. */
export function isRefused(item: Json | undefined, refused: ReadonlySet<string>): boolean {
  if (!isObject(item)) return false;
  const { type, call_id } = item;
  const isCall = type === 'function_call' || type === 'custom_tool_call';
  return isCall && typeof call_id === 'string' && refused.has(call_id);
}

/** The message that says what was refused, where no call is left. */
export function toNoticeItem({ id }: JsonObject, text: string): JsonObject {
  const name = typeof id === 'string' ? id : 'response';
  const part = { type: 'output_text', text, annotations: [], logprobs: [] };
  return {
    id: `msg_${name}`,
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [part],
  };
}

/** A response without these calls. */
export function withoutItems(
  response: JsonObject,
  refused: ReadonlySet<string>,
  notice: JsonObject | undefined,
): JsonObject {
  const output = outputOf(response).filter((item) => !isRefused(item, refused));
  return { ...response, output: notice === undefined ? output : [...output, notice] };
}
