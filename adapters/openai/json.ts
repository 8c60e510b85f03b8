import type { Json, JsonObject } from 'ringfence/spi';

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The objects of a list; what is no list has none. */
export function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return isArray(value) ? value.filter(isObject) : [];
}

/** Undefined for a text that is not JSON: read as the client itself reads it. */
export function tryParse(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** True for what is there and not null: the API writes null for what is absent. */
export function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}
