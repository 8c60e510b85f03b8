import { canonicalJson } from '../../model/canonical-json.ts';
import type { Json } from '../../model/json.ts';
import { parseArgPath } from '../arg-path.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import { type NamePattern, compileNames, scopeTexts } from '../name-pattern.ts';
import type { ConditionSource, Lists, PredicatesSource } from '../source.ts';
import { coversNames } from './names.ts';
import { type Premise, impliesValue } from './value-logic.ts';
import { type ValueSet, toValueSet } from './value-kinds.ts';

/** What is asked of one argument. */
interface Asked {
  readonly exists: boolean | undefined;
  readonly values: ValueSet;
}

/** A rule with what containment looks at, made ready once. */
export interface Shape {
  readonly rule: CompiledRule;
  readonly lists: Lists;
  /** By path, in one spelling. */
  readonly args: ReadonlyMap<string, Asked>;
  readonly destinations: Asked | undefined;
  /** Of roles, environments and agents; in this order. */
  readonly names: readonly (NamePattern | undefined)[];
  /** The other parts of the condition, as written. */
  readonly rest: ReadonlyMap<string, string>;
}

const scopeKinds = [
  ['role', 'role'],
  ['env', 'plain'],
  ['agent', 'agent'],
] as const;
const listKeys = ['ring', 'effect', 'undo', 'output'] as const;
const apart: ReadonlySet<string> = new Set(
  'tool action role env agent ring effect undo output args destinations max_per_minute max_per_hour max_per_day limits'.split(
    ' ',
  ),
);

export function toShape(rule: CompiledRule, lists: Lists): Shape {
  const { args = {}, destinations } = rule.source.condition;
  const condition = Object.entries(rule.raw['condition'] ?? {});
  return {
    rule,
    lists,
    args: new Map(
      Object.entries(args).map(([path, source]) => [spell(path), toAsked(source, lists)]),
    ),
    destinations: destinations === undefined ? undefined : toAsked(destinations, lists),
    names: scopeKinds.map(([key, kind]) => {
      const scope = rule.source.condition[key];
      return scope === undefined ? undefined : compileNames(scopeTexts(scope, lists), kind);
    }),
    rest: new Map(
      condition.flatMap(([key, value]: [string, Json]): [string, string][] =>
        apart.has(key) ? [] : [[key, canonicalJson(value)]],
      ),
    ),
  };
}

function spell(path: string): string {
  return JSON.stringify(parseArgPath(path) ?? [path]);
}

function toAsked(source: PredicatesSource, lists: Lists): Asked {
  return { exists: source.exists, values: toValueSet(source, lists) };
}

/**
 * Whether the condition of `outer` is never false where that of `inner` holds (premise `true`), or is not false
 * (premise `not-false`). False where it cannot be shown: what is not understood has to be there, word for word.
 */
export function contains(outer: Shape, inner: Shape, premise: Premise): boolean {
  if (!coversScope(outer, inner)) return false;
  if (![...outer.rest].every(([key, text]) => inner.rest.get(key) === text)) return false;
  const isNamed = premise === 'true' || isNamedToo(outer, inner);
  // what an argument that is not there means depends on whether the rule names the tool
  if (!isNamed && (outer.args.size > 0 || outer.rest.size > 0)) return false;
  return coversArgs(outer, inner, premise);
}

/** Where `inner` names the tool of a call, `outer` does. */
function isNamedToo({ rule: outer }: Shape, { rule: inner }: Shape): boolean {
  return [...(inner.tools?.exact ?? [])].every((text) => outer.tools?.exact.has(text) === true);
}

function coversScope(outer: Shape, inner: Shape): boolean {
  if (!coversNames(outer.rule.tools, inner.rule.tools, { tools: true })) return false;
  if (!coversNames(outer.rule.actions, inner.rule.actions)) return false;
  const [wide, narrow] = [outer.rule.source.condition, inner.rule.source.condition];
  // an agent without roles has none that `*` could match
  const areNames = outer.names.every(
    (wanted, nth) =>
      wanted === undefined ||
      (inner.names[nth] !== undefined && coversNames(wanted, inner.names[nth])),
  );
  return areNames && listKeys.every((key) => coversList(wide[key], narrow[key]));
}

type Choice = ConditionSource[(typeof listKeys)[number]];

function coversList(outer: Choice, inner: Choice): boolean {
  if (outer === undefined) return true;
  if (inner === undefined) return false;
  const wide = new Set<unknown>(Array.isArray(outer) ? outer : [outer]);
  return (Array.isArray(inner) ? inner : [inner]).every((choice) => wide.has(choice));
}

function coversArgs(outer: Shape, inner: Shape, premise: Premise): boolean {
  for (const [path, wanted] of outer.args) {
    const given = inner.args.get(path);
    if (given === undefined || !impliesAsked(given, wanted, premise)) return false;
  }
  if (outer.destinations === undefined) return true;
  if (inner.destinations === undefined) return false;
  const [one, other] = [inner.destinations, outer.destinations];
  // `exists` turns the question round, so then only the very same will do
  if (one.exists !== undefined || other.exists !== undefined) {
    return canonicalJson(own(inner)) === canonicalJson(own(outer));
  }
  return impliesValue(one.values, other.values, premise);
}

function own({ rule }: Shape): Json {
  const condition = rule.raw['condition'];
  const object = new Map(Object.entries(condition ?? {}));
  return object.get('destinations') ?? null;
}

function impliesAsked(inner: Asked, outer: Asked, premise: Premise): boolean {
  return impliesMissing(inner, outer, premise) && impliesPresent(inner, outer, premise);
}

/** Of an argument that the call lacks. */
function impliesMissing(inner: Asked, outer: Asked, premise: Premise): boolean {
  if (inner.exists === true) return true;
  const asksMore = hasPredicates(inner);
  if (premise === 'true' && (inner.exists === undefined || asksMore)) return true;
  if (outer.exists === true) return false;
  // an error in one is an error in the other; where one is true, nothing more may be asked
  return asksMore || !hasPredicates(outer);
}

function impliesPresent(inner: Asked, outer: Asked, premise: Premise): boolean {
  if (inner.exists === false) return true;
  return outer.exists !== false && impliesValue(inner.values, outer.values, premise);
}

function hasPredicates({ values }: Asked): boolean {
  return values.tests.length + values.foreign.length > 0;
}
