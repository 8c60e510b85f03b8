import type { JsonObject } from 'ringfence/spi';
import { isObject, tryParse } from '../json.ts';
import { decodeText } from '../sse/events.ts';
import { ResponseProblem } from '../sse/problem.ts';
import type { WireCall } from '../wire-call.ts';

/** A tool call of a reply, with the JSON that it was. */
export interface ReplyCall extends WireCall {
  readonly source: JsonObject;
}

/** What a model replied, of either API, streamed or not. */
export interface Reply {
  /** In order, each with its own id. */
  readonly calls: readonly ReplyCall[];
  /** What later requests may name this reply by; undefined where they carry the whole conversation. */
  readonly id: string | undefined;
  /** The reply without these calls; `notice` is said in its text, where no call is left. */
  without(refused: ReadonlySet<string>, notice: string): Uint8Array;
}

/** Throws for calls that could not be told apart, or that lack what a call needs. */
export function checkCalls(calls: readonly ReplyCall[]): readonly ReplyCall[] {
  if (calls.some(({ id, name }) => id === '' || name === '')) throw new ResponseProblem('BAD_CALL');
  if (new Set(calls.map(({ id }) => id)).size < calls.length) {
    throw new ResponseProblem('DUPLICATE_ID');
  }
  return calls;
}

export function parseBody(bytes: Uint8Array): JsonObject {
  const body = tryParse(decodeText(bytes));
  if (!isObject(body)) throw new ResponseProblem('BAD_JSON');
  return body;
}

export function toBytes(value: JsonObject): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** A field that has to be a text. */
export function textOf(body: JsonObject, field: string): string {
  const text = body[field];
  if (typeof text === 'string') return text;
  throw new ResponseProblem(
    field === 'arguments' || field === 'input' ? 'BAD_ARGUMENTS' : 'BAD_CALL',
  );
}
