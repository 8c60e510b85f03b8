import type { JsonObject, Seat } from 'ringfence/spi';
import type { Answering } from '../guard-parts.ts';
import type { StreamLimits } from '../sse/events.ts';
import { ResponseProblem } from '../sse/problem.ts';
import { describeProblem } from '../tool-desk.ts';
import { readChatReply } from './chat-reply.ts';
import { chatResults, chatTools, tellChat } from './chat-request.ts';
import { readRequest, withBody, type Fetch } from './guarded-request.ts';
import { judgeCalls } from './judge-reply.ts';
import { createOpenCalls } from './open-calls.ts';
import { readBody } from './read-body.ts';
import { createRefusedTurns, marksOf } from './refused-turns.ts';
import type { Reply } from './reply.ts';
import { readResponsesReply } from './responses-reply.ts';
import { withTimeLimit } from './time-limit.ts';
import {
  markOfRequest,
  responsesResults,
  responsesTools,
  tellResponses,
} from './responses-request.ts';

export interface FetchOptions {
  /** What reaches the network. */
  readonly fetch: Fetch;
  readonly limits: StreamLimits;
  /** How long a whole reply may take: milliseconds. */
  readonly replyMs: number;
}

const apis = {
  chat: { read: readChatReply, tools: chatTools, results: chatResults, tell: tellChat },
  responses: {
    read: readResponsesReply,
    tools: responsesTools,
    results: responsesResults,
    tell: tellResponses,
  },
} as const;

/** A `fetch` for the client that hands out a reply only once its tool calls were judged. Advisory: foreign code runs them. */
export function createGuardedFetch(parts: Answering, options: FetchOptions): Fetch {
  const open = createOpenCalls(parts.hypervisor);
  const turns = createRefusedTurns();

  const judge = async (
    reply: Reply,
    problems: ReadonlyMap<string, string>,
    { seat, body, signal }: { seat: Seat; body: JsonObject | undefined; signal: AbortSignal },
  ): Promise<Uint8Array | undefined> => {
    const { calls } = reply;
    const asSeated = { ...parts, seat: () => seat };
    const answers = await judgeCalls({ parts: asSeated, open, problems }, calls, signal);
    const left = calls.filter(({ id }) => !answers.has(id));
    try {
      signal.throwIfAborted();
      if (answers.size === 0) return undefined;
      const bytes = reply.without(new Set(answers.keys()), [...answers.values()].join('\n'));
      const conversation = body === undefined ? undefined : markOfConversation(body);
      turns.keep(seat, { calls, answers }, marksOf(left, reply.id, conversation));
      return bytes;
    } catch (error) {
      // nobody gets the reply: what was allowed will not be run
      await Promise.all(left.map(({ id }) => open.withdraw(seat, id)));
      throw error;
    }
  };
  const register = (body: JsonObject | undefined, api: 'chat' | 'responses') => {
    const problems = new Map<string, string>();
    for (const tool of body === undefined ? [] : apis[api].tools(body)) {
      try {
        parts.desk.register(tool);
      } catch (error) {
        problems.set(tool.name, describeProblem(error));
      }
    }
    return problems;
  };

  const guard: Fetch = async (input, init) => {
    const request = await readRequest(input, init);
    const { endpoint, body } = request;
    if (endpoint === 'open') return options.fetch(input, init);
    if (endpoint === 'closed') throw new ResponseProblem('UNGUARDED_ENDPOINT');
    const api = apis[endpoint];
    const seat = parts.seat();
    const find = (mark: string) => turns.find(seat, mark);
    for (const [id, result] of body === undefined ? [] : api.results(body)) {
      await open.settle(seat, id, result);
    }
    const problems = register(body, endpoint);
    const told = body === undefined ? undefined : api.tell(body, find);
    // as it came where there is nothing to tell: reading and writing it again would round long numbers
    const asked = told === undefined || told === body ? init : withBody(input, init, told);
    const response = await options.fetch(input, asked);
    if (!response.ok || response.body === null) return response;
    const conversation = body === undefined ? undefined : markOfConversation(body);
    if (conversation !== undefined) turns.forget(seat, conversation);
    return withTimeLimit(request.signal, options.replyMs, async (signal) => {
      const bytes = await readBody(response, options.limits.maxBytes, signal);
      const isStream = isStreamed(body, response);
      const reply = api.read(bytes, { isStream, limits: options.limits });
      const rewritten = await judge(reply, problems, { seat, body, signal });
      return toResponse(response, rewritten ?? bytes);
    });
  };
  return (input, init) => guard(input, init).catch(toProblemResponse);
}

/** A conversation that the provider keeps: told once, since it then knows. A stored response can be gone on from again. */
function markOfConversation(body: JsonObject): string | undefined {
  const mark = markOfRequest(body);
  return mark?.startsWith('conversation:') === true ? mark : undefined;
}

/** As the client will read it: it goes by what it asked for. */
function isStreamed(body: JsonObject | undefined, response: Response): boolean {
  if (body?.['stream'] === true) return true;
  return response.headers.get('content-type')?.includes('text/event-stream') === true;
}

function toResponse({ status, statusText, headers }: Response, bytes: Uint8Array): Response {
  const kept = new Headers(headers);
  // the bytes are decoded and counted anew
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) kept.delete(name);
  return new Response(Buffer.from(bytes), { status, statusText, headers: kept });
}

/** An answer that the client makes an error of, and does not ask again for. */
function toProblemResponse(error: unknown): Response {
  if (!(error instanceof ResponseProblem)) throw error;
  const { code, message } = error;
  const body = {
    error: { message: `ringfence: ${message}`, type: 'ringfence', code, param: null },
  };
  return Response.json(body, { status: 422, headers: { 'x-should-retry': 'false' } });
}
