import { canonicalName } from './names.ts';

/** Calls that a configuration names by their tool, or as `tool.action`. */
export interface NamedCalls {
  has(call: { readonly tool: string; readonly action: string }): boolean;
}

/** Names in whatever spelling: a call's own are canonical. Throws `NAME_INVALID` for what names nothing. */
export function namedCalls(names: readonly string[]): NamedCalls {
  const known = new Set(names.map((name) => canonicalName('tool', name)));
  return {
    has: ({ tool, action }) =>
      known.size > 0 && (known.has(tool) || known.has(`${tool}.${action}`)),
  };
}
