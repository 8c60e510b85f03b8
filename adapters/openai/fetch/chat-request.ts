import type { Json, JsonObject } from 'ringfence/spi';
import { isArray, isObject, objectsOf } from '../json.ts';
import type { ToolWords } from '../tool-desk.ts';
import { markOf, type RefusedTurn } from './refused-turns.ts';

type Find = (mark: string) => RefusedTurn | undefined;

/** The tools that the model is told of. */
export function chatTools({ tools }: JsonObject): readonly ToolWords[] {
  return objectsOf(tools).flatMap((tool) => {
    const type = tool['type'] === 'custom' ? 'custom' : 'function';
    const words = tool[type];
    return isObject(words) ? toWords(words, type === 'custom' ? 'format' : 'parameters') : [];
  });
}

/** One tool, where it has a name; none otherwise. */
export function toWords(
  { name, description, ...words }: JsonObject,
  field: 'format' | 'parameters',
): readonly ToolWords[] {
  if (typeof name !== 'string') return [];
  const text = typeof description === 'string' ? description : '';
  return [{ name, description: text, parameters: words[field] ?? undefined }];
}

/** What foreign code says came of its calls: id and content. */
export function chatResults({ messages }: JsonObject): readonly (readonly [string, Json])[] {
  return objectsOf(messages).flatMap(({ role, tool_call_id: id, content = null }) =>
    role === 'tool' && typeof id === 'string' ? [[id, content] as const] : [],
  );
}

/** The request with the refused calls put back, and their answers beside those of their siblings. */
export function tellChat(body: JsonObject, find: Find): JsonObject {
  const { messages } = body;
  if (!isArray(messages)) return body;
  if (!messages.some((message) => isObject(message) && findTurn(message, find))) return body;
  const told: Json[] = [];
  let waiting: readonly Json[] = [];
  for (const message of messages) {
    const isAnswer = isObject(message) && message['role'] === 'tool';
    // the answers to one turn stand together, right behind it
    if (!isAnswer) {
      told.push(...waiting);
      waiting = [];
    }
    const turn = isObject(message) ? findTurn(message, find) : undefined;
    told.push(turn === undefined || !isObject(message) ? message : restore(message, turn));
    if (turn !== undefined) waiting = toAnswers(turn);
  }
  return { ...body, messages: [...told, ...waiting] };
}

/** The turn that a message of the history is, exactly as it was handed out. */
function findTurn({ role, tool_calls }: JsonObject, find: Find): RefusedTurn | undefined {
  if (role !== 'assistant') return undefined;
  const calls = objectsOf(tool_calls);
  const id = calls[0]?.['id'];
  const turn = typeof id === 'string' ? find(markOf.call(id)) : undefined;
  if (turn === undefined) return undefined;
  const left = turn.calls.filter((call) => !turn.answers.has(call.id));
  const isSame =
    left.length === calls.length &&
    left.every(({ id, name, kind, text }, at) => {
      const call = calls[at];
      const body = call?.[kind];
      if (call?.['id'] !== id || !isObject(body)) return false;
      return body['name'] === name && body[kind === 'custom' ? 'input' : 'arguments'] === text;
    });
  return isSame ? turn : undefined;
}

function restore(message: JsonObject, { calls, answers }: RefusedTurn): JsonObject {
  const left = [...objectsOf(message['tool_calls'])];
  const all = calls.map(({ id, source }) => (answers.has(id) ? source : (left.shift() ?? source)));
  return { ...message, tool_calls: all };
}

function toAnswers({ calls, answers }: RefusedTurn): readonly Json[] {
  return calls.flatMap(({ id }): Json[] => {
    const content = answers.get(id);
    return content === undefined ? [] : [{ role: 'tool', tool_call_id: id, content }];
  });
}
