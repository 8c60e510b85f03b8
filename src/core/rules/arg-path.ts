import { fromPointer } from '../model/json-pointer.ts';
import { type Json, isJsonArray } from '../model/json.ts';

/** Steps from the top of the arguments to one value. */
export type ArgPath = readonly string[];

/** Dotted (`to.0.address`), or an RFC 6901 pointer when it starts with `/`; undefined if it is neither. */
export function parseArgPath(text: string): ArgPath | undefined {
  if (text.startsWith('/')) return fromPointer(text);
  const steps = text.split('.');
  return steps.includes('') ? undefined : steps;
}

const arrayIndex = /^(?:0|[1-9]\d{0,8})$/;

/** Reads own properties and array indexes only; undefined where there is nothing. */
export function readPath(value: Json, path: ArgPath): Json | undefined {
  const only = path[0];
  if (path.length === 1 && only !== undefined) return child(value, only);
  let current: Json | undefined = value;
  for (const step of path) {
    current = child(current, step);
    if (current === undefined) return undefined;
  }
  return current;
}

function child(value: Json | undefined, step: string): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (isJsonArray(value)) return arrayIndex.test(step) ? value[Number(step)] : undefined;
  return Object.hasOwn(value, step) ? value[step] : undefined;
}
