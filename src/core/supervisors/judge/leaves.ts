import { isJsonArray, isJsonObject, type Json } from '../../model/json.ts';
import { toShownPath } from './shown-path.ts';

/** A value that holds no others. */
export type LeafValue = string | number | boolean | null;

/** A value that holds no others, at its path as the facts show it. */
export interface Leaf {
  readonly path: string;
  readonly value: LeafValue;
}

/** Up to `max` leaves, in their order, with paths below `root`; `isWhole` is false where there are more. */
export function listLeaves(
  value: Json,
  max: number,
  root = '',
): { readonly leaves: readonly Leaf[]; readonly isWhole: boolean } {
  const leaves: Leaf[] = [];
  const walk = (part: Json, path: string): boolean => {
    if (isJsonArray(part)) return part.every((item, index) => walk(item, `${path}/${index}`));
    if (isJsonObject(part)) {
      return Object.entries(part).every(([key, member], place) =>
        walk(member, toShownPath(path, key, place)),
      );
    }
    if (leaves.length >= max) return false;
    leaves.push({ path, value: part });
    return true;
  };
  const isWhole = walk(value, root);
  return { leaves, isWhole };
}

/** The same leaves without their paths, for whoever needs no more: a good deal quicker. */
export function listLeafValues(value: Json, max: number): readonly LeafValue[] {
  const values: LeafValue[] = [];
  const walk = (part: Json): boolean => {
    if (isJsonArray(part)) return part.every(walk);
    if (isJsonObject(part)) return Object.values(part).every(walk);
    if (values.length >= max) return false;
    values.push(part);
    return true;
  };
  walk(value);
  return values;
}
