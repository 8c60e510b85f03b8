import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toChatBody, toResponseBody } from './model-bodies.ts';

export type Body = { readonly [key: string]: unknown };

/** A request as it reached the server. */
export interface Asked {
  readonly path: string;
  readonly api: 'chat' | 'responses' | 'moderations' | 'other';
  readonly headers: { readonly [name: string]: unknown };
  readonly body: Body;
  /** Of all messages, one after the other: what the model reads. */
  readonly text: string;
  /** Whether the client went away before it had its answer. */
  readonly isGone: () => boolean;
}

/** What the model says. */
export interface Words {
  readonly text: string;
  /** Default `stop`. */
  readonly finish?: 'stop' | 'length' | 'content_filter';
  readonly refusal?: string;
  /** Default: a few tokens; null: none told. */
  readonly usage?: object | null;
  /** By key of the answer, of its value: the product over its tokens. Left out: no probabilities. */
  readonly probabilities?: { readonly [key: string]: number };
  /** Tokens as they stand, in the place of `probabilities`. */
  readonly tokens?: readonly object[];
}

/** What the server does with a request. */
export type Played =
  | Words
  /** This very answer. */
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  /** `stall`: never a byte. `drip`: a byte now and then, never the end. `drop`: the connection goes at once, `cut`: in the
   * middle of the body. `flood`: a body of 10 MB that is no answer. */
  | { readonly fault: 'stall' | 'drip' | 'drop' | 'cut' | 'flood' };

export type Play = (asked: Asked, turn: number) => Played | Promise<Played>;

export interface ModelServer {
  readonly baseUrl: string;
  /** All of them, in order. */
  readonly requests: readonly Asked[];
  /** Only those that ask a model for an answer that counts. */
  questions(): readonly Asked[];
  /** Of questions, and of checks for models that are not of `models`. */
  play(next: Play): void;
  /** Models that it knows: a check of one is fine. */
  models(names: readonly string[]): void;
  /** Parameters that it answers with status 400. */
  takesNo(params: readonly string[]): void;
  close(): Promise<void>;
}

/** A local server that speaks OpenAI's protocol, chat completions and responses, and plays a script. */
export async function startModelServer(first: Play): Promise<ModelServer> {
  const requests: Asked[] = [];
  let play = first;
  let names: readonly unknown[] = ['m'];
  let untaken: readonly string[] = [];
  let turn = 0;
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = await read(request, response);
    requests.push(asked);
    const param = untaken.find((each) => each in asked.body);
    if (param !== undefined) return refuse(response, param);
    if (isCheck(asked) && names.includes(asked.body['model'])) {
      const fine = { text: '{"ok":true}' };
      return send(
        response,
        200,
        asked.api === 'chat' ? toChatBody(fine, asked) : toResponseBody(fine),
      );
    }
    turn += 1;
    const played = await play(asked, turn);
    if ('fault' in played) return fail(response, played.fault);
    if ('status' in played) return send(response, played.status, played.body ?? {}, played.headers);
    const made = asked.api === 'chat' ? toChatBody(played, asked) : toResponseBody(played);
    send(response, 200, asked.api === 'moderations' ? { results: [] } : made);
  };
  const server = createServer((request, response) => {
    reply(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  // on a busy machine the default of 5 seconds is over while a test is at work, and its next request is lost
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    questions: () =>
      requests.filter((asked) => /^(?:chat|responses)$/u.test(asked.api) && !isCheck(asked)),
    play(next) {
      play = next;
      turn = 0;
    },
    models(next) {
      names = next;
    },
    takesNo(next) {
      untaken = next;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage, response: ServerResponse): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body: Body = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
  const path = request.url ?? '';
  const messages = body['messages'] ?? body['input'] ?? [];
  const parts = Array.isArray(messages) ? (messages as { content?: unknown }[]) : [];
  return {
    path,
    api: apiOf(path),
    headers: request.headers,
    body,
    text: parts.map(({ content }) => String(content)).join('\n'),
    isGone: () => response.destroyed,
  };
}

function apiOf(path: string): Asked['api'] {
  if (path.endsWith('/chat/completions')) return 'chat';
  if (path.endsWith('/responses')) return 'responses';
  if (path.endsWith('/moderations')) return 'moderations';
  return 'other';
}

/** What the drivers send to see whether a model is there. */
function isCheck({ text }: Asked): boolean {
  return text === 'Say ok.';
}

function refuse(response: ServerResponse, param: string): void {
  const error = { message: 'scripted', param, code: 'unsupported_parameter' };
  send(response, 400, { error });
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
}

function fail(response: ServerResponse, fault: string): void {
  if (fault === 'stall') return;
  if (fault === 'drop') return void response.destroy();
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"id":"x","choices":[{"finish_reason":"stop","message":{"content":"{');
  if (fault === 'cut') return void setImmediate(() => response.destroy());
  if (fault === 'drip') {
    const timer = setInterval(() => response.write(' '), 20);
    return void response.on('close', () => clearInterval(timer));
  }
  for (let sent = 0; sent < 10; sent += 1) response.write('a'.repeat(1_048_576));
  response.end();
}
