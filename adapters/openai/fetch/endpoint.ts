/** What an address of the API is to the guard. */
export type Endpoint =
  /** Replies with tool calls, as a chat completion or as a response. */
  | 'chat'
  | 'responses'
  /** Hands out no tool calls: passed through untouched. */
  | 'open'
  /** Hands out tool calls in a way that cannot be judged here, or is not known: refused. */
  | 'closed';

const open =
  /\/(?:models|embeddings|moderations|images|audio|files|uploads|vector_stores|fine_tuning|batches|evals|containers|completions|videos|conversations)(?:\/|$)/;

/** By the end of its path, since the base differs from provider to provider. */
export function endpointOf(url: string, method: string): Endpoint {
  const path = new URL(url).pathname.replace(/\/+$/, '');
  const verb = method.toUpperCase();
  if (path.endsWith('/chat/completions') && verb === 'POST') return 'chat';
  // histories, threads and sockets show calls that this guard may never have seen
  if (
    /\/chat\/completions(?:\/|$)|\/conversations\/[^/]+\/items|\/(?:threads|realtime)(?:\/|$)/.test(
      path,
    )
  ) {
    return 'closed';
  }
  if (/\/responses\/(?:input_tokens|[^/]+\/input_items)$/.test(path)) return 'open';
  if (/\/responses(?:\/[^/]+){0,2}$/.test(path)) return verb === 'DELETE' ? 'open' : 'responses';
  return open.test(path) ? 'open' : 'closed';
}
