/** A JSON value as `JSON.parse` could have made it; read-only, since what was judged must not change. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value itself where it is a string; otherwise nothing to read. */
export function toText(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
