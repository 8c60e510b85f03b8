import type { JsonObject } from 'ringfence/spi';
import { isObject, tryParse } from '../json.ts';
import { readSse, type StreamLimits } from '../sse/events.ts';
import { ResponseProblem } from '../sse/problem.ts';
import { createSightings, type Sightings } from './call-sightings.ts';
import { textOf } from './reply.ts';
import { outputOf } from './response-items.ts';

/** A streamed response: its events, what it says in the end, and every call that any event speaks of. */
export interface ResponseStream extends ReturnType<Sightings['finish']> {
  readonly events: readonly JsonObject[];
  readonly response: JsonObject;
}

const ends = new Set(['response.completed', 'response.incomplete', 'response.failed']);
/** Events that carry text, or tell of what the provider does on its side. */
const harmless =
  /^(?:keepalive|response\.(?:created|queued|in_progress|(?:content_part|output_text|refusal|reasoning\w*|audio|web_search_call|file_search_call|code_interpreter_call\w*|image_generation_call|mcp_call\w*|mcp_list_tools|compaction)\..+))$/;
const fragments = /^response\.(?:function_call_arguments|custom_tool_call_input)\.(delta|done)$/;

/**
 * Reads the events of a streamed response. A call may be told of many times, in pieces and whole: all of them must
 * say the same, since a reader may act on any. Throws a `ResponseProblem` otherwise.
 */
export function readResponseStream(bytes: Uint8Array, limits: StreamLimits): ResponseStream {
  const sightings = createSightings();
  const events: JsonObject[] = [];
  let response: JsonObject | undefined;
  const add = (event: JsonObject): void => {
    const type = textOf(event, 'type');
    const { item, output_index, response: whole } = event;
    if (type === 'error') throw new ResponseProblem('SERVER_ERROR');
    const isWhole = ends.has(type) || type.endsWith('.done');
    if (isObject(whole)) outputOf(whole).forEach((one, at) => sightings.see(one, at, isWhole));
    if (ends.has(type)) response = isObject(whole) ? whole : undefined;
    else if (fragments.test(type)) sightings.addPiece(event, isWhole);
    else if (type.startsWith('response.output_item.')) sightings.see(item, output_index, isWhole);
    else if (!harmless.test(type)) throw new ResponseProblem('UNSUPPORTED_ITEM', `: \`${type}\``);
  };
  for (const { name, data } of readSse(bytes, limits)) {
    if (data === '[DONE]' && response !== undefined) continue;
    if (response !== undefined) throw new ResponseProblem('AFTER_END');
    const event = tryParse(data);
    if (event === undefined) throw new ResponseProblem('BAD_JSON');
    if (!isObject(event)) throw new ResponseProblem('BAD_CHUNK');
    if (name !== undefined && name !== event['type']) throw new ResponseProblem('CONTRADICTION');
    add(event);
    events.push(event);
  }
  if (events.length === 0) throw new ResponseProblem('EMPTY');
  if (response === undefined) throw new ResponseProblem('TRUNCATED');
  return { events, response, ...sightings.finish() };
}
