import type { Json, JsonObject } from 'ringfence/spi';
import { isObject } from '../json.ts';
import type { StreamLimits } from '../sse/events.ts';
import { checkCalls, parseBody, textOf, toBytes, type Reply } from './reply.ts';
import { isRefused, outputOf, toItemCall, toNoticeItem, withoutItems } from './response-items.ts';
import { readResponseStream, type ResponseStream } from './responses-stream.ts';

/** Reads a response of the responses API; throws a `ResponseProblem` for what cannot be judged. */
export function readResponsesReply(
  bytes: Uint8Array,
  { isStream, limits }: { readonly isStream: boolean; readonly limits: StreamLimits },
): Reply {
  if (isStream) return readStream(bytes, limits);
  const response = parseBody(bytes);
  const calls = checkCalls(
    outputOf(response)
      .map(toItemCall)
      .filter((call) => call !== undefined),
  );
  return {
    calls,
    id: idOf(response),
    without(refused, text) {
      const isLast = calls.every(({ id }) => refused.has(id));
      const notice = isLast ? toNoticeItem(response, text) : undefined;
      return toBytes(withoutItems(response, refused, notice));
    },
  };
}

function readStream(bytes: Uint8Array, limits: StreamLimits): Reply {
  const stream = readResponseStream(bytes, limits);
  return {
    calls: stream.calls,
    id: idOf(stream.response),
    without(refused, text) {
      const isLast = stream.calls.every(({ id }) => refused.has(id));
      return renderEvents(filterEvents(stream, refused, isLast ? text : undefined));
    },
  };
}

function idOf({ id }: JsonObject): string | undefined {
  return typeof id === 'string' ? id : undefined;
}

/** The events without those of the refused calls; what stands behind them moves up. */
function filterEvents(
  { events, response, places }: ResponseStream,
  refused: ReadonlySet<string>,
  text: string | undefined,
): readonly JsonObject[] {
  const gone = [...places].filter(([, id]) => refused.has(id)).map(([place]) => place);
  const notice = text === undefined ? undefined : toNoticeItem(response, text);
  const kept = events
    .filter(({ output_index: at }) => typeof at !== 'number' || !gone.includes(at))
    .map((event): JsonObject => {
      const { output_index: at, response: whole } = event;
      const moved = typeof at === 'number' ? at - gone.filter((place) => place < at).length : at;
      const isEnd = event === events.at(-1);
      return {
        ...event,
        ...(moved === undefined ? {} : { output_index: moved }),
        ...(isObject(whole)
          ? { response: withoutItems(whole, refused, isEnd ? notice : undefined) }
          : {}),
      };
    });
  if (notice === undefined || text === undefined) return kept;
  const place = outputOf(response).filter((item) => !isRefused(item, refused)).length;
  return [...kept.slice(0, -1), ...tellNotice(notice, text, place), ...kept.slice(-1)];
}

/** A message as the API streams one. */
function tellNotice(item: JsonObject, text: string, output_index: number): readonly JsonObject[] {
  const at = { item_id: item['id'] ?? null, output_index, content_index: 0 };
  const begun = { ...item, status: 'in_progress', content: [] };
  const part = (said: string): Json => ({ type: 'output_text', text: said, annotations: [] });
  return [
    { type: 'response.output_item.added', output_index, item: begun },
    { type: 'response.content_part.added', ...at, part: part('') },
    { type: 'response.output_text.delta', ...at, delta: text, logprobs: [] },
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part: part(text) },
    { type: 'response.output_item.done', output_index, item },
  ];
}

function renderEvents(events: readonly JsonObject[]): Uint8Array {
  const texts = events.map((event, at) => {
    const numbered = { ...event, sequence_number: at };
    return `event: ${textOf(event, 'type')}\ndata: ${JSON.stringify(numbered)}\n\n`;
  });
  return new TextEncoder().encode(texts.join(''));
}
