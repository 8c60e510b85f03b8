import { canonicalJson } from '../model/canonical-json.ts';
import { type Json, isJsonArray } from '../model/json.ts';
import { type Predicate, isBroken } from './predicate.ts';
import type { ListedValues, Lists, PredicatesSource } from './source.ts';
import { type Truth, both, either } from './truth.ts';

/** `intersects` (any element of the value is listed) and `subset` (all are; true of an empty list). */
export function compileListPredicates(
  { intersects, subset }: PredicatesSource,
  lists: Lists,
): readonly Predicate[] {
  const all: Predicate[] = [];
  if (intersects !== undefined) {
    const isListed = compileListed(intersects, lists);
    all.push({ name: 'intersects', test: ofList(false, either, isListed) });
  }
  if (subset !== undefined) {
    const isListed = compileListed(subset, lists);
    all.push({ name: 'subset', test: ofList(true, both, isListed) });
  }
  return all;
}

type ItemTest = (item: Json) => Truth;

function ofList(
  start: boolean,
  join: (one: Truth, other: Truth) => Truth,
  test: ItemTest,
): Predicate['test'] {
  return (value) => {
    if (!isJsonArray(value)) return 'error';
    let truth: Truth = start;
    for (const item of value) truth = join(truth, test(item));
    return truth;
  };
}

/** Deep equality; an element of a kind that the list has none of cannot be compared. */
function compileListed(source: ListedValues, lists: Lists): ItemTest {
  const items: readonly Json[] | undefined =
    'in_list' in source ? lists.get(source.in_list) : source;
  if (items === undefined) return () => 'error';
  const plain = new Set<Json>(items.filter((item) => typeof item !== 'object' || item === null));
  const deep = new Set(items.filter((item) => !plain.has(item)).map(canonicalJson));
  const kinds = new Set(items.map(kindOf));
  return (item) => {
    if (isBroken(item)) return 'error';
    if (plain.has(item)) return true;
    if (item !== null && !kinds.has(kindOf(item))) return 'error';
    return typeof item === 'object' && item !== null && deep.has(canonicalJson(item));
  };
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  return isJsonArray(value) ? 'array' : typeof value;
}
