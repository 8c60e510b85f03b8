import type { PlainOrigin, Source, ValueOrigin } from '../model/provenance.ts';
import { kinds, type Places } from './find-places.ts';

/** Of what was found nowhere. */
export const unknown: ValueOrigin = Object.freeze({
  origin: 'unknown',
  parts: Object.freeze(['unknown' as const]),
  sources: Object.freeze([]),
});

/** Of what nobody has looked at: as strict as can be. */
export const tooMuch: ValueOrigin = Object.freeze({
  origin: 'mixed',
  parts: Object.freeze(['untrusted' as const, 'unknown' as const]),
  sources: Object.freeze([]),
});

const maxSources = 8;

/** One origin for what stands in those texts, each by its number; undefined where that is none. */
export function toOrigin(
  places: Places,
  entered: readonly Source[],
  { isUnknown = false } = {},
): ValueOrigin | undefined {
  const found = kinds.filter((kind) => places[kind] !== undefined);
  const [first] = found;
  if (first === undefined) return undefined;
  const inOrder = found.map((kind) => places[kind] ?? 0).toSorted((one, other) => one - other);
  const sources = inOrder.flatMap((place) => entered[place] ?? []);
  const parts: PlainOrigin[] = isUnknown ? [...found, 'unknown'] : found;
  return { origin: parts.length === 1 ? first : 'mixed', parts, sources };
}

/** Of several values together. */
export function joinOrigins(origins: readonly ValueOrigin[]): ValueOrigin {
  const [first] = origins;
  if (first === undefined) return unknown;
  if (origins.length === 1) return first;
  const parts = [...new Set(origins.flatMap((each) => each.parts))];
  const [only] = parts;
  const sources = [...new Set(origins.flatMap((each) => each.sources))].slice(0, maxSources);
  const origin = parts.length === 1 && only !== undefined ? only : 'mixed';
  return { origin, parts, sources };
}
