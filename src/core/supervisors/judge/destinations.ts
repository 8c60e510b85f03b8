import type { Json } from '../../model/json.ts';
import type { Manifest } from '../../model/tool.ts';
import { parseArgPath, readPath } from '../../rules/arg-path.ts';

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
