import { leafHash } from '../../core/audit/chain.ts';
import { frameLine } from '../../core/audit/segment-format.ts';
import { isJsonObject } from '../../core/model/json.ts';
import type { Json } from '../../core/model/json.ts';
import type { Sealed } from '../../core/model/ports.ts';

/** The framed line of a vault record. */
export function writeSealed({ id, salt, values }: Sealed): string {
  const line = JSON.stringify({ id, salt, values });
  return frameLine(leafHash(line), line);
}

/** Undefined if the line is no record. */
export function parseSealed(line: string): Sealed | undefined {
  const record: Json = JSON.parse(line); // the frame fits, so it is what was written
  if (!isJsonObject(record)) return undefined;
  const { id, salt, values } = record;
  if (typeof id !== 'string' || typeof salt !== 'string' || !isJsonObject(values)) return undefined;
  const texts: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string') texts[name] = value;
  }
  return { id, salt, values: texts };
}
