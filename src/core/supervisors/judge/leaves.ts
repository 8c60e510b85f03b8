import { toPointer, type Step } from '../../model/json-pointer.ts';
import { isJsonArray, isJsonObject, type Json } from '../../model/json.ts';

/** A value that holds no others, at its RFC 6901 path. */
export interface Leaf {
  readonly path: string;
  readonly value: string | number | boolean | null;
}

/** Up to `max` leaves, in their order; `isWhole` is false where there are more. */
export function listLeaves(
  value: Json,
  max: number,
): { readonly leaves: readonly Leaf[]; readonly isWhole: boolean } {
  const leaves: Leaf[] = [];
  const walk = (part: Json, path: readonly Step[]): boolean => {
    if (isJsonArray(part)) return part.every((item, index) => walk(item, [...path, index]));
    if (isJsonObject(part)) {
      return Object.entries(part).every(([key, member]) => walk(member, [...path, key]));
    }
    if (leaves.length >= max) return false;
    leaves.push({ path: toPointer(path), value: part });
    return true;
  };
  const isWhole = walk(value, []);
  return { leaves, isWhole };
}
