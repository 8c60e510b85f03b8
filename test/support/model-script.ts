import type { JsonObject } from '../../src/core/model/json.ts';
import { fineWords } from '../core/supervisors/judge-world.ts';
import type { Asked, Play, Words } from './model-server.ts';

/** The facts of the call, as a model that does as it is told finds them in what it reads. */
export function factsIn(text: string): JsonObject {
  const line = text.split('\n').find((each) => each.startsWith('{"nonce"')) ?? '{}';
  return JSON.parse(line);
}

/** What a model that keeps to its form writes to a judge's question. */
export function judgementFor({ text }: Pick<Asked, 'text'>, change: object = {}): string {
  const { nonce, fingerprint } = factsIn(text);
  return JSON.stringify({ ...fineWords, nonce, fingerprint, ...change });
}

/** An obedient model that is sure of itself; `change` of what it says, `how` it is said. */
export function obedient(change: object = {}, how: Partial<Words> = {}): Play {
  return (asked) => ({
    text: judgementFor(asked, change),
    probabilities: { outcome: 0.99 },
    ...how,
  });
}

/** Writes what `rewrite` makes of the obedient answer. */
export function rewritten(rewrite: (text: string, asked: Asked) => string): Play {
  return (asked) => ({
    text: rewrite(judgementFor(asked), asked),
    probabilities: { outcome: 0.99 },
  });
}

const down =
  (status: number, error: object = {}, headers: Record<string, string> = {}): Play =>
  () => ({ status, body: { error: { message: 'scripted', ...error } }, headers });

/** Everything that can go wrong on the way, and what the port calls it. */
export const wireFaults: readonly (readonly [
  what: string,
  play: Play,
  codes: readonly string[],
])[] = [
  ['a connection that is dropped', () => ({ fault: 'drop' }), ['MODEL_UNAVAILABLE']],
  ['a body that is dropped in the middle', () => ({ fault: 'cut' }), ['MODEL_UNAVAILABLE']],
  ['status 500', down(500), ['MODEL_UNAVAILABLE']],
  ['status 503', down(503), ['MODEL_UNAVAILABLE']],
  ['status 529', down(529), ['MODEL_UNAVAILABLE']],
  ['status 408', down(408), ['MODEL_UNAVAILABLE']],
  ['status 429', down(429), ['MODEL_BUSY']],
  ['a quota that is used up', down(429, { code: 'insufficient_quota' }), ['MODEL_BUSY']],
  ['a wrong key', down(401, { code: 'invalid_api_key' }), ['MODEL_MISCONFIGURED']],
  ['a key without rights', down(403), ['MODEL_MISCONFIGURED']],
  ['a wrong name', down(404, { code: 'model_not_found' }), ['MODEL_MISCONFIGURED']],
  ['a request it does not take', down(400, { param: 'temperature' }), ['MODEL_MISCONFIGURED']],
  ['a request that is too long', down(400, { code: 'context_length_exceeded' }), ['MODEL_INVALID']],
  ['a body that is too large', down(413), ['MODEL_INVALID']],
  ['a provider that filters the request', down(400, { code: 'content_filter' }), ['MODEL_REFUSED']],
  ['a refusal', () => ({ text: '', refusal: 'I cannot help with that' }), ['MODEL_REFUSED']],
  [
    'a provider that filters the answer',
    () => ({ text: '{"a":"', finish: 'content_filter' }),
    ['MODEL_REFUSED'],
  ],
  ['an answer that is cut off', () => ({ text: '{"a":"b', finish: 'length' }), ['MODEL_INVALID']],
  ['an empty answer', () => ({ text: '' }), ['MODEL_INVALID']],
  ['an answer of 10 MB', () => ({ text: `"${'a'.repeat(10_485_760)}"` }), ['MODEL_INVALID']],
  ['a body of 10 MB', () => ({ fault: 'flood' }), ['MODEL_INVALID', 'MODEL_UNAVAILABLE']],
  [
    'a page in the place of an answer',
    () => ({ status: 200, body: '<html>hello</html>', headers: { 'content-type': 'text/html' } }),
    ['MODEL_INVALID', 'MODEL_UNAVAILABLE'],
  ],
  ['null', () => ({ status: 200, body: 'null' }), ['MODEL_INVALID', 'MODEL_UNAVAILABLE']],
  [
    'an object of another form',
    () => ({ status: 200, body: {} }),
    ['MODEL_INVALID', 'MODEL_UNAVAILABLE'],
  ],
];
