import { z } from 'zod';
import type { ModelRequest } from '../../model/model-port.ts';

export type SizedRequest = Pick<ModelRequest, 'messages' | 'schema' | 'maxOutputTokens'>;

/** What a provider puts around each message and around the form of the answer: far more than any is known to take. */
const frameTokens = 32;

/** The most input tokens of a request: a token is at least one byte of UTF-8. The form of the answer is sent as well. */
export function createRequestSize(): (request: SizedRequest) => number {
  const forms = new WeakMap<z.ZodType, number>();
  return ({ messages, schema }) => {
    const form = forms.get(schema) ?? sizeOf(JSON.stringify(z.toJSONSchema(schema)));
    forms.set(schema, form);
    return messages.reduce((sum, { text }) => sum + sizeOf(text), form);
  };
}

function sizeOf(text: string): number {
  return Buffer.byteLength(text) + frameTokens;
}
