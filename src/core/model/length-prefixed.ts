/**
 * One key out of several parts, such that no two lists of parts give the same key: `a:b` with `c` is not `a` with
 * `b:c`. Each part stands behind its length in UTF-16 code units.
 */
export function joinKey(...parts: readonly string[]): string {
  let key = '';
  for (const part of parts) key += `${part.length}:${part}`;
  return key;
}
