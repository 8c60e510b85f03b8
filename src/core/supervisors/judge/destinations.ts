import type { Facts } from '../../model/call.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Manifest } from '../../model/tool.ts';
import { parseArgPath, readPath } from '../../rules/arg-path.ts';
import { listLeafValues, type LeafValue } from './leaves.ts';

/** A destination of a call, whole, at its path as the host declared it. */
export interface Destination {
  readonly path: string;
  readonly value: Json;
}

/** What a call gives for the destinations that its manifest names; one that it does not give is none. */
export function listDestinations(
  args: Json,
  manifest: Manifest | undefined,
): readonly Destination[] {
  return (manifest?.destinations ?? []).flatMap((path) => {
    const steps = parseArgPath(path);
    const value = steps === undefined ? undefined : readPath(args, steps);
    return value === undefined ? [] : [{ path, value }];
  });
}

/** Paths of a call, and values of each, that are looked up. */
const maxPaths = 16;
const maxValues = 32;

interface DestinationValues {
  readonly path: string;
  readonly values: readonly (string | number)[];
  /** There are no more. */
  readonly isWhole: boolean;
}

/** The values of a call's destinations, by path: strings and numbers, bounded. */
export function listDestinationValues(
  args: Json,
  manifest: Manifest | undefined,
): readonly DestinationValues[] {
  return listDestinations(args, manifest)
    .slice(0, maxPaths)
    .map(({ path, value }) => {
      const leaves = listLeafValues(value, maxValues + 1);
      const values = leaves.slice(0, maxValues).filter(isName);
      return { path, values, isWhole: leaves.length <= maxValues };
    });
}

function isName(value: LeafValue): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** What the facts say of a call's destinations: how many there are, and to how many of them done calls went before. */
export function describeDestinations(args: Json, { tool, usedBefore }: Facts): JsonObject[] {
  return listDestinationValues(args, tool.manifest).map(({ path, values, isWhole }) => {
    const used = values.map((value) => usedBefore?.(value));
    return {
      path,
      values: values.length,
      usedInSession: used.filter((each) => each?.inSession === true).length,
      usedByAgent: used.filter((each) => each?.byAgent === true).length,
      // known ones in front must not stand for others behind them
      ...(isWhole ? {} : { andMoreValues: true }),
    };
  });
}
