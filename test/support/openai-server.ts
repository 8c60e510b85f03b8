import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call as a script names it. */
export interface ScriptedCall {
  readonly id: string;
  readonly name: string;
  /** An object is written as JSON; a text stands as it is. */
  readonly args?: object | string;
  readonly kind?: 'function' | 'custom';
}

/** What the model says next. */
export type Scripted =
  | { readonly text?: string; readonly calls?: readonly ScriptedCall[] }
  /** Something goes wrong instead. */
  | { readonly fault: 'stall' | 'drop' | 'huge' | 'rate' | 'down' | 'cut' }
  /** These very bytes. */
  | { readonly raw: string; readonly type: string };

type Body = { readonly [key: string]: unknown };

export interface OpenAIServer {
  readonly baseURL: string;
  /** Bodies of all requests, in order. */
  readonly requests: readonly Body[];
  /** What comes next; the last one is said for ever. */
  script(...next: readonly Scripted[]): void;
  close(): Promise<void>;
}

/**
 * A local server that speaks as OpenAI's does: chat completions and responses, streamed and not. It refuses, with
 * status 400, tool-call ids that were not answered and answers to ids that nobody called, as the real one does.
 */
export async function startOpenAIServer(): Promise<OpenAIServer> {
  const requests: Body[] = [];
  const stored = new Map<string, readonly string[]>();
  let queue: readonly Scripted[] = [{ text: 'done' }];
  const next = (): Scripted => {
    const [first = { text: 'done' }, ...rest] = queue;
    if (rest.length > 0) queue = rest;
    return first;
  };
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body: Body = JSON.parse((await readAll(request)) || '{}');
    requests.push(body);
    const isChat = request.url?.endsWith('/chat/completions') === true;
    const problem = isChat ? findUnanswered(body) : findUnansweredItem(body, stored);
    if (problem !== undefined) return sendJson(response, 400, { error: { message: problem } });
    const said = next();
    if ('fault' in said) return fail(response, said.fault);
    if ('raw' in said)
      return void response.writeHead(200, { 'content-type': said.type }).end(said.raw);
    const made = isChat ? toCompletion(said, requests.length) : toResponse(said, requests.length);
    if (!isChat)
      stored.set(
        String(made['id']),
        (said.calls ?? []).map(({ id }) => id),
      );
    if (body['stream'] !== true) return sendJson(response, 200, made);
    const events = isChat ? toChunks(made) : toEvents(made);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events) response.write(event);
    response.end();
  };
  const server = createServer((request, response) => {
    reply(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    requests,
    script: (...scripted) => {
      queue = scripted;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, fault: string): void {
  if (fault === 'rate') return sendJson(response, 429, { error: { message: 'slow down' } });
  if (fault === 'down') return sendJson(response, 500, { error: { message: 'down' } });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const chunk = `data: ${JSON.stringify(toChunk({ content: 'a'.repeat(1_000) }, null))}\n\n`;
  response.write(chunk);
  if (fault === 'cut') return void response.end();
  if (fault === 'drop') return void setImmediate(() => response.destroy());
  if (fault === 'stall') return;
  for (let sent = 0; sent < 10 * 1024 * 1024; sent += chunk.length) response.write(chunk);
  response.end('data: [DONE]\n\n');
}

function textOf({ args = {} }: ScriptedCall): string {
  return typeof args === 'string' ? args : JSON.stringify(args);
}

function toToolCall(call: ScriptedCall): object {
  const { id, name, kind = 'function' } = call;
  if (kind === 'custom') return { id, type: kind, custom: { name, input: textOf(call) } };
  return { id, type: kind, function: { name, arguments: textOf(call) } };
}

function toCompletion(
  { text, calls = [] }: Extract<Scripted, { text?: string }>,
  nth: number,
): Body {
  const content = text ?? (calls.length > 0 ? null : 'done');
  const tools = calls.length === 0 ? {} : { tool_calls: calls.map(toToolCall) };
  const message = { role: 'assistant', content, refusal: null, ...tools };
  const finish_reason = calls.length > 0 ? 'tool_calls' : 'stop';
  const choices = [{ index: 0, message, finish_reason, logprobs: null }];
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  return {
    id: `chatcmpl-${nth}`,
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices,
    usage,
  };
}

function toChunk(delta: object, finish_reason: string | null): object {
  const choices = [{ index: 0, delta, finish_reason, logprobs: null }];
  return { id: 'chatcmpl-s', object: 'chat.completion.chunk', created: 1, model: 'm', choices };
}

/** As the real one cuts it: the role, then pieces of text and of arguments, then why it ended. */
function toChunks(made: Body): readonly string[] {
  const [choice] = made['choices'] as { message: Body; finish_reason: string }[];
  const { content, tool_calls: calls = [] } = choice?.message ?? {};
  const deltas: object[] = [{ role: 'assistant', content: content === null ? null : '' }];
  for (const piece of cut(typeof content === 'string' ? content : ''))
    deltas.push({ content: piece });
  for (const [index, call] of (calls as Record<string, Record<string, string>>[]).entries()) {
    const { id, type } = call as unknown as { id: string; type: 'function' | 'custom' };
    const field = type === 'custom' ? 'input' : 'arguments';
    const { name, [field]: text = '' } = call[type] ?? {};
    deltas.push({ tool_calls: [{ index, id, type, [type]: { name, [field]: '' } }] });
    for (const piece of cut(text))
      deltas.push({ tool_calls: [{ index, [type]: { [field]: piece } }] });
  }
  const chunks = [
    ...deltas.map((delta) => toChunk(delta, null)),
    toChunk({}, choice?.finish_reason ?? 'stop'),
  ];
  return [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n'];
}

function cut(text: string): readonly string[] {
  return text.match(/.{1,7}/gsu) ?? [];
}

function toOutputItem(call: ScriptedCall): Body {
  const { id: call_id, name, kind = 'function' } = call;
  const head = { id: `fc_${call_id}`, call_id, name, status: 'completed' };
  if (kind === 'custom') return { ...head, type: 'custom_tool_call', input: textOf(call) };
  return { ...head, type: 'function_call', arguments: textOf(call) };
}

function toResponse({ text, calls = [] }: Extract<Scripted, { text?: string }>, nth: number): Body {
  const said = text ?? (calls.length > 0 ? undefined : 'done');
  const content = [{ type: 'output_text', text: said, annotations: [], logprobs: [] }];
  const message = {
    id: `msg_${nth}`,
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content,
  };
  const output = [...(said === undefined ? [] : [message]), ...calls.map(toOutputItem)];
  const head = { id: `resp_${nth}`, object: 'response', created_at: 1, model: 'm' };
  return {
    ...head,
    status: 'completed',
    error: null,
    output,
    tools: [],
    parallel_tool_calls: true,
  };
}

function toEvents(made: Body): readonly string[] {
  const output = made['output'] as Record<string, unknown>[];
  const begun = { ...made, status: 'in_progress', output: [] };
  const events: Body[] = [{ type: 'response.created', response: begun }];
  for (const [output_index, item] of output.entries()) {
    const { id: item_id } = item;
    const at = { item_id, output_index };
    if (item['type'] === 'message') {
      const part = { type: 'output_text', text: '', annotations: [] };
      const [{ text = '' } = {}] = item['content'] as { text?: string }[];
      events.push({
        type: 'response.output_item.added',
        output_index,
        item: { ...item, content: [] },
      });
      events.push({ type: 'response.content_part.added', ...at, content_index: 0, part });
      for (const delta of cut(text)) {
        events.push({
          type: 'response.output_text.delta',
          ...at,
          content_index: 0,
          delta,
          logprobs: [],
        });
      }
      events.push({
        type: 'response.output_text.done',
        ...at,
        content_index: 0,
        text,
        logprobs: [],
      });
      events.push({
        type: 'response.content_part.done',
        ...at,
        content_index: 0,
        part: { ...part, text },
      });
    } else {
      const field = item['type'] === 'custom_tool_call' ? 'input' : 'arguments';
      const kind = field === 'input' ? 'custom_tool_call_input' : 'function_call_arguments';
      const text = String(item[field]);
      const empty = { ...item, status: 'in_progress', [field]: '' };
      events.push({ type: 'response.output_item.added', output_index, item: empty });
      for (const delta of cut(text)) events.push({ type: `response.${kind}.delta`, ...at, delta });
      events.push({ type: `response.${kind}.done`, ...at, [field]: text });
    }
    events.push({ type: 'response.output_item.done', output_index, item });
  }
  events.push({ type: 'response.completed', response: made });
  return events.map(
    (event, sequence_number) =>
      `event: ${String(event['type'])}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`,
  );
}

/** What is wrong with the ids of a chat; undefined where every call is answered right behind it. */
function findUnanswered({ messages }: Body): string | undefined {
  let waiting = new Set<string>();
  for (const message of (messages ?? []) as {
    role: string;
    tool_call_id?: string;
    tool_calls?: { id: string }[];
  }[]) {
    if (message.role === 'tool') {
      if (!waiting.delete(message.tool_call_id ?? ''))
        return 'a tool message answers no call before it';
      continue;
    }
    if (waiting.size > 0) break;
    waiting = new Set((message.tool_calls ?? []).map(({ id }) => id));
  }
  if (waiting.size === 0) return undefined;
  return `tool_call_ids did not have response messages: ${[...waiting].join(', ')}`;
}

function findUnansweredItem(
  { input, previous_response_id: previous }: Body,
  stored: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  const items = (Array.isArray(input) ? input : []) as { type?: string; call_id?: string }[];
  const called = new Set(stored.get(String(previous)) ?? []);
  for (const { type = '', call_id = '' } of items) {
    if (type === 'function_call' || type === 'custom_tool_call') called.add(call_id);
    else if (type.endsWith('_output') && !called.delete(call_id)) return `no call ${call_id}`;
  }
  return called.size === 0
    ? undefined
    : `No tool output found for function call ${[...called].join()}`;
}
