import type { Json } from '../../core/model/json.ts';

/** The arrays in an array; of anything else nothing. */
export function tuplesOf(value: Json | undefined): readonly (readonly Json[])[] {
  return Array.isArray(value) ? value.filter((item) => Array.isArray(item)) : [];
}
