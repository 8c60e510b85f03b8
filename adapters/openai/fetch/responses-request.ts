import type { Json, JsonObject } from 'ringfence/spi';
import { isArray, isObject, objectsOf } from '../json.ts';
import type { ToolWords } from '../tool-desk.ts';
import { toWords } from './chat-request.ts';
import { markOf, type RefusedTurn } from './refused-turns.ts';
import type { ReplyCall } from './reply.ts';

type Find = (mark: string) => RefusedTurn | undefined;

/** The tools that the model is told of; those of a namespace under `namespace.name`. */
export function responsesTools({ tools }: JsonObject): readonly ToolWords[] {
  return objectsOf(tools).flatMap((tool) => {
    const { type, name } = tool;
    if (type === 'function') return toWords(tool, 'parameters');
    if (type === 'custom') return toWords(tool, 'format');
    if (type !== 'namespace' || typeof name !== 'string') return [];
    const inner = responsesTools(tool);
    return inner.map((one) => ({ ...one, name: `${name}.${one.name}` }));
  });
}

/** What foreign code says came of its calls: id and output. */
export function responsesResults({ input }: JsonObject): readonly (readonly [string, Json])[] {
  return objectsOf(input).flatMap((item) => {
    const { call_id: id, output = null } = item;
    return isOutput(item) && typeof id === 'string' ? [[id, output] as const] : [];
  });
}

function isOutput({ type }: JsonObject): boolean {
  return type === 'function_call_output' || type === 'custom_tool_call_output';
}

/** The name by which a request goes on from what the provider keeps; undefined where it carries all itself. */
export function markOfRequest(body: JsonObject): string | undefined {
  const { previous_response_id: previous, conversation } = body;
  if (typeof previous === 'string') return markOf.response(previous);
  const id = isObject(conversation) ? conversation['id'] : conversation;
  return typeof id === 'string' ? markOf.conversation(id) : undefined;
}

/** The request with the answers to refused calls: alone where the provider has kept the calls, with them otherwise. */
export function tellResponses(body: JsonObject, find: Find): JsonObject {
  const mark = markOfRequest(body);
  const { input } = body;
  const items = isArray(input) ? input : toItems(input);
  if (mark === undefined) {
    const restored = restore(items, find);
    return restored === items ? body : { ...body, input: restored };
  }
  const turn = find(mark);
  if (turn === undefined) return body;
  const last = items.findLastIndex((item) => isObject(item) && isOutput(item));
  const answers = refusedOf(turn).map((call) => toOutput(call, turn));
  return { ...body, input: [...items.slice(0, last + 1), ...answers, ...items.slice(last + 1)] };
}

function toItems(input: Json | undefined): readonly Json[] {
  return typeof input === 'string' ? [{ role: 'user', content: input }] : [];
}

/** Behind the last item that speaks of a sibling: the refused calls, each with its answer. */
function restore(items: readonly Json[], find: Find): readonly Json[] {
  const places = new Map<RefusedTurn, number>();
  items.forEach((item, at) => {
    const id = isObject(item) ? item['call_id'] : undefined;
    const turn = typeof id === 'string' ? find(markOf.call(id)) : undefined;
    if (turn !== undefined) places.set(turn, at);
  });
  if (places.size === 0) return items;
  return items.flatMap((item, at) => {
    const turns = [...places].filter(([, place]) => place === at).map(([turn]) => turn);
    return [item, ...turns.flatMap(toPairs)];
  });
}

function toPairs(turn: RefusedTurn): readonly Json[] {
  return refusedOf(turn).flatMap((call) => {
    // without its id, which would bind it to a reasoning item of the provider
    const { id: _id, status: _status, ...source } = call.source;
    return [source, toOutput(call, turn)];
  });
}

function refusedOf({ calls, answers }: RefusedTurn): readonly ReplyCall[] {
  return calls.filter(({ id }) => answers.has(id));
}

function toOutput({ id, kind }: ReplyCall, { answers }: RefusedTurn): Json {
  const type = kind === 'custom' ? 'custom_tool_call_output' : 'function_call_output';
  return { type, call_id: id, output: answers.get(id) ?? '' };
}
