import type { JsonObject } from 'ringfence/spi';
import { isObject, tryParse } from '../json.ts';
import { ResponseProblem } from '../sse/problem.ts';
import { endpointOf, type Endpoint } from './endpoint.ts';

/** The function that `new OpenAI({ fetch })` takes. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

export interface GuardedRequest {
  readonly endpoint: Endpoint;
  /** Undefined where there is none to read: of `GET`, and of what passes through. */
  readonly body: JsonObject | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Reads what the guard has to know of a request. Throws `BAD_REQUEST` for a body that is not JSON. */
export async function readRequest(
  input: Parameters<Fetch>[0],
  init: RequestInit = {},
): Promise<GuardedRequest> {
  const isRequest = input instanceof Request;
  const method = init.method ?? (isRequest ? input.method : 'GET');
  const endpoint = endpointOf(isRequest ? input.url : String(input), method);
  const signal = init.signal ?? (isRequest ? input.signal : undefined) ?? undefined;
  const isRead = endpoint === 'chat' || endpoint === 'responses';
  if (!isRead || method.toUpperCase() !== 'POST') return { endpoint, body: undefined, signal };
  const { body = isRequest ? await input.clone().text() : '' } = init;
  // some posts, such as a cancellation, have no body at all
  if (body === '' || body === null) return { endpoint, body: {}, signal };
  const json = typeof body === 'string' ? tryParse(body) : undefined;
  if (!isObject(json)) throw new ResponseProblem('BAD_REQUEST');
  if (typeof json['n'] === 'number' && json['n'] > 1) throw new ResponseProblem('MULTIPLE_CHOICES');
  return { endpoint, body: json, signal };
}

/** The same request with another body. */
export function withBody(
  input: Parameters<Fetch>[0],
  init: RequestInit | undefined,
  body: JsonObject,
): RequestInit {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}));
  headers.delete('content-length');
  return { ...init, headers, body: JSON.stringify(body) };
}
