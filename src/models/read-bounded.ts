import { isUtf8 } from 'node:buffer';

/** The body as text, read no further than `maxBytes`; undefined if there is more, or if it is not UTF-8. */
export async function readBounded(
  response: Response,
  maxBytes: number,
): Promise<string | undefined> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    // leaving the loop cancels the rest
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  const whole = Buffer.concat(chunks);
  return isUtf8(whole) ? whole.toString('utf8') : undefined;
}
