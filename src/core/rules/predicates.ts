import type { Verdict } from '../model/decision.ts';
import { type Json, isJsonArray, isJsonObject } from '../model/json.ts';
import { compileCommand } from './command.ts';
import { compileGlob } from './glob.ts';
import { compileJsonSchema } from './json-schema.ts';
import { type Predicate, countCodePoints, isBroken, isType, ofText } from './predicate.ts';
import { compileListPredicates } from './predicates-list.ts';
import { compileNetworkPredicates } from './predicates-network.ts';
import { compilePathPredicates } from './predicates-path.ts';
import { compileTextPredicates } from './predicates-text.ts';
import { compileOriginPredicates } from './origin-predicates.ts';
import type { JsonType, LengthPredicates, ListItem, Lists, PredicatesSource } from './source.ts';
import type { Truth } from './truth.ts';

export type { Predicate } from './predicate.ts';

/**
 * The predicates of one argument but `exists`, each alone; a list that is not there makes an error of every value.
 * `verdict`: the rule's, on which it depends what `command` asks for.
 */
export function compilePredicates(
  source: PredicatesSource,
  lists: Lists,
  verdict: Verdict,
): readonly Predicate[] {
  const all: Predicate[] = [];
  const add = (name: string, test: Predicate['test']) => all.push({ name, test });
  const { eq, ne, gt, gte, lt, lte, prefix, glob, length, type } = source;
  if (eq !== undefined) add('eq', (value) => isEqual(value, eq));
  if (ne !== undefined) add('ne', (value) => not(isEqual(value, ne)));
  if (gt !== undefined)
    add(
      'gt',
      comparison(gt, (value, operand) => value > operand),
    );
  if (gte !== undefined)
    add(
      'gte',
      comparison(gte, (value, operand) => value >= operand),
    );
  if (lt !== undefined)
    add(
      'lt',
      comparison(lt, (value, operand) => value < operand),
    );
  if (lte !== undefined)
    add(
      'lte',
      comparison(lte, (value, operand) => value <= operand),
    );
  if (source.in !== undefined) add('in', oneOf(source.in));
  if (source.not_in !== undefined) {
    const among = oneOf(source.not_in);
    add('not_in', (value, context) => not(among(value, context)));
  }
  if (source.in_list !== undefined) add('in_list', inList(lists.get(source.in_list)));
  if (prefix !== undefined)
    add(
      'prefix',
      ofText((value) => value.startsWith(prefix)),
    );
  if (glob !== undefined) add('glob', ofText(compileGlob(glob)));
  if (length !== undefined) add('length', compileLength(length));
  if (type !== undefined) add('type', ofType(typeof type === 'string' ? [type] : type));
  if (source.matches_schema !== undefined) {
    add('matches_schema', compileJsonSchema(source.matches_schema));
  }
  if (source.command !== undefined) add('command', compileCommand(source.command, verdict));
  return [
    ...all,
    ...compileTextPredicates(source),
    ...compileNetworkPredicates(source, lists),
    ...compilePathPredicates(source, lists),
    ...compileListPredicates(source, lists),
    ...compileOriginPredicates(source, lists),
  ];
}

function not(truth: Truth): Truth {
  return truth === 'error' ? truth : !truth;
}

/** Deep; values of two types cannot be compared, but null is a plain answer: nothing was given. */
function isEqual(value: Json, wanted: Json): Truth {
  if (value === wanted) return true;
  if (value === null || wanted === null) return false;
  if (kindOf(value) !== kindOf(wanted) || isBroken(value)) return 'error';
  return isSame(value, wanted);
}

function isSame(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (isJsonArray(one)) {
    return (
      isJsonArray(other) &&
      one.length === other.length &&
      one.every((item, index) => isSame(item, other[index] ?? null))
    );
  }
  if (!isJsonObject(one) || !isJsonObject(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every(
    (key) => Object.hasOwn(other, key) && isSame(one[key] ?? null, other[key] ?? null),
  );
}

function kindOf(value: Json): string {
  return isJsonArray(value) ? 'array' : typeof value;
}

type Comparable = number | string;

function comparison(
  operand: Comparable,
  holds: (value: Comparable, operand: Comparable) => boolean,
): Predicate['test'] {
  if (typeof operand === 'string') return ofText((value) => holds(value, operand));
  return (value) =>
    typeof value === 'number' && Number.isFinite(value) ? holds(value, operand) : 'error';
}

function oneOf(wanted: readonly Json[]): Predicate['test'] {
  return (value) => {
    // most values are plain and few: this finds them without a call each
    if (wanted.includes(value)) return true;
    let comparable = value === null;
    for (const item of wanted) {
      const equal = isEqual(value, item);
      if (equal === true) return true;
      if (equal === false && item !== null) comparable = true;
    }
    return comparable ? false : 'error';
  };
}

/** As `in`: a value of a kind that the list has none of cannot be compared, a number with lines of a text file say. */
function inList(items: readonly ListItem[] | undefined): Predicate['test'] {
  if (items === undefined) return () => 'error';
  const known = new Set<Json>(items);
  const kinds = new Set(items.map((item) => typeof item));
  return (value) => {
    if (known.has(value)) return true;
    if (typeof value === 'object') return value === null ? false : 'error';
    if (isBroken(value)) return 'error';
    return kinds.size === 0 || kinds.has(typeof value) ? false : 'error';
  };
}

function compileLength(wanted: number | LengthPredicates): Predicate['test'] {
  const source = typeof wanted === 'number' ? { eq: wanted } : wanted;
  const tests = compilePredicates(source, new Map(), 'deny');
  return (value, context) => {
    const length = lengthOf(value);
    if (length === undefined) return 'error';
    return tests.every(({ test }) => test(length, context) === true);
  };
}

function lengthOf(value: Json): number | undefined {
  if (isJsonArray(value)) return value.length;
  return typeof value === 'string' ? countCodePoints(value) : undefined;
}

function ofType(wanted: readonly JsonType[]): Predicate['test'] {
  return (value) => wanted.some((type) => isType(value, type));
}
