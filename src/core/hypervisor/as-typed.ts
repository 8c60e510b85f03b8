/**
 * A value as the type that a schema or a tool declares for it: zod has parsed the arguments and the frozen copy has
 * the same shape, and a recorded result is what the tool gave; only the type is lost on the way. Where a filter of
 * the host rewrites arguments or a result, the filter answers for the shape. The one cast of the core.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function asTyped<T>(value: unknown): T {
  // oxlint-disable-next-line typescript/consistent-type-assertions
  return value as T;
}
