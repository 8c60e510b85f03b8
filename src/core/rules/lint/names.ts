import { compileNameGlob, isGlob } from '../glob.ts';
import type { NamePattern } from '../name-pattern.ts';

/** Every text of a pattern, names and globs. */
export function textsOf(pattern: NamePattern): readonly string[] {
  return [...pattern.exact];
}

/** Matches every name there is. */
export function isEveryName(text: string): boolean {
  return text === '*' || text === '**';
}

/**
 * Whether every name that `inner` matches is matched by `outer` too. False where it cannot be shown. `tools`: a dotted
 * text may stand for a tool and its action.
 */
export function coversNames(
  outer: NamePattern | undefined,
  inner: NamePattern | undefined,
  { tools = false } = {},
): boolean {
  if (outer === undefined) return true;
  if (outer.exact.has('*') || outer.exact.has('**')) return true;
  if (inner === undefined) return false;
  for (const text of inner.exact) {
    if (!outer.exact.has(text) && !isGlobbed(outer, text, tools)) return false;
  }
  return true;
}

function isGlobbed(outer: NamePattern, text: string, tools: boolean): boolean {
  if (isGlob(text)) return false;
  // a dotted name may be two names in a call, and then only a dotted glob is asked about both together
  const isDotted = tools && text.includes('.');
  return outer.globs.some(({ test, dotted }) => (dotted || !isDotted) && test(text) === true);
}

/** Nothing can match: a list without names. */
export function isNobody(pattern: NamePattern | undefined): boolean {
  return pattern !== undefined && pattern.exact.size === 0;
}

/** Tests one text of a scope key against a name. */
export function matchesText(text: string, name: string): boolean {
  return isGlob(text) ? compileNameGlob(text)(name) !== false : text === name;
}
