import { z } from 'zod';
import { scanJson } from '../core/model/scan-json.ts';

/** Tokens of an answer as OpenAI's protocol gives them. */
export const tokensSchema = z.array(
  z.object({
    token: z.string(),
    logprob: z.number(),
    /** A token can be a part of a character; then only its bytes say which. */
    bytes: z.array(z.int().min(0).max(255)).nullish(),
  }),
);
export type Tokens = z.output<typeof tokensSchema>;

const maxDepth = 32;
/** Rounding may leave a logarithm a little above 0. */
const slack = 1e-6;

/**
 * How likely the model was to write this value of this key of its answer: the product of the probabilities of all tokens
 * that make a part of the value, `exp(Σ logprob)`. The quotes around a text do not count: the form demands them.
 * Undefined unless the tokens make up just this text, and the text is one strict JSON object with the key.
 */
export function probabilityOf(key: string, text: string, tokens: Tokens): number | undefined {
  const place = findValue(key, text);
  if (place === undefined || !makesUp(text, tokens)) return undefined;
  const from = Buffer.byteLength(text.slice(0, place.from));
  const to = Buffer.byteLength(text.slice(0, place.to));
  let at = 0;
  let sum = 0;
  for (const token of tokens) {
    const end = at + bytesOf(token).length;
    if (end > from && at < to) sum += token.logprob;
    at = end;
  }
  return Number.isFinite(sum) && sum <= slack ? Math.min(1, Math.exp(sum)) : undefined;
}

function bytesOf({ token, bytes }: Tokens[number]): Uint8Array {
  return bytes ? Uint8Array.from(bytes) : Buffer.from(token);
}

function makesUp(text: string, tokens: Tokens): boolean {
  return Buffer.concat(tokens.map(bytesOf)).equals(Buffer.from(text));
}

/** Where the value's characters stand; undefined for an empty text, lists and objects. */
function findValue(
  key: string,
  text: string,
): { readonly from: number; readonly to: number } | undefined {
  let found: number | undefined;
  try {
    scanJson(text, {
      maxDepth,
      onPlace: (path, valueAt) => {
        if (path.length === 1 && path[0] === key) found = valueAt;
      },
    });
  } catch {
    // what is no strict JSON is no answer, whatever its tokens are worth
    return undefined;
  }
  if (found === undefined) return undefined;
  const value = /^(?:"((?:[^"\\]|\\.)+)"|[\w.+-]+)/su.exec(text.slice(found));
  if (value === null) return undefined;
  const [whole, inner] = value;
  const from = inner === undefined ? found : found + 1;
  return { from, to: from + (inner ?? whole).length };
}
