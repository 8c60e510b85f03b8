import { type NameKind, canonicalName } from '../model/names.ts';
import { type GlobTest, compileNameGlob, isGlob } from './glob.ts';
import type { ListItem, Lists, ScopeSource } from './source.ts';
import { type Truth, either } from './truth.ts';

/** Names and globs, any of which may match. */
export interface NamePattern {
  readonly exact: ReadonlySet<string>;
  /** The one name that matches, where it is just one: comparing costs less than looking it up. */
  readonly only: string | undefined;
  readonly globs: readonly { readonly test: GlobTest; readonly dotted: boolean }[];
}

/** Kinds of names in rules; `plain` ones (environments) are compared as they are. */
export type ScopeKind = Exclude<NameKind, 'session'> | 'plain';

/** The texts of a scope key; those of a list that is not there are none. */
export function scopeTexts(source: ScopeSource, lists: Lists): readonly ListItem[] {
  if (typeof source === 'string') return [source];
  return 'in_list' in source ? (lists.get(source.in_list) ?? []) : source;
}

/** Throws `NAME_INVALID` for a name that no call could have. */
export function compileNames(texts: readonly ListItem[], kind: ScopeKind): NamePattern {
  const exact = new Set<string>();
  const globs = [];
  for (const text of texts.map(String)) {
    const name = toCanonical(text, kind);
    exact.add(name);
    // hosts may hand over roles as they wrote them
    if (kind === 'role') exact.add(text);
    if (isGlob(name)) globs.push({ test: compileNameGlob(name), dotted: name.includes('.') });
  }
  const [first] = exact;
  return { exact, globs, only: exact.size === 1 && globs.length === 0 ? first : undefined };
}

function toCanonical(text: string, kind: ScopeKind): string {
  return kind === 'plain' ? text : canonicalName(kind, text);
}

/** Undefined asks for nothing. */
export function matchName(pattern: NamePattern | undefined, name: string): Truth {
  if (pattern === undefined) return true;
  if (pattern.only !== undefined) return pattern.only === name;
  if (pattern.exact.has(name)) return true;
  let truth: Truth = false;
  for (const { test } of pattern.globs) truth = either(truth, test(name));
  return truth;
}

/** How a tool pattern meets a call: `named` when one of its names is exactly that tool, or that tool and action. */
export interface ToolMatch {
  readonly truth: Truth;
  readonly named: boolean;
}

/** A dotted name or glob may mean a tool of that full name, or tool and action. */
export function matchTool(
  pattern: NamePattern | undefined,
  tool: string,
  action: string,
): ToolMatch {
  if (pattern === undefined) return { truth: true, named: false };
  const full = `${tool}.${action}`;
  if (pattern.exact.has(tool) || pattern.exact.has(full)) return { truth: true, named: true };
  let truth: Truth = false;
  for (const { test, dotted } of pattern.globs) {
    truth = either(truth, test(tool));
    if (dotted) truth = either(truth, test(full));
  }
  return { truth, named: false };
}
