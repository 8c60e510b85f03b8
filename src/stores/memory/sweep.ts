/**
 * Walks round and round through a map, a few entries a call, and forgets those that are idle:
 * the map stays proportional to what is active, and no single call pays for it.
 */
export function createSweep<V>(
  map: Map<string, V>,
  isIdle: (value: V, nowMs: number) => boolean,
): (steps: number, nowMs: number) => void {
  let walk = map.entries();
  return (steps, nowMs) => {
    for (let step = 0; step < steps; step += 1) {
      const next = walk.next();
      if (next.done === true) {
        walk = map.entries();
        return;
      }
      const [key, value] = next.value;
      if (isIdle(value, nowMs)) map.delete(key);
    }
  };
}
