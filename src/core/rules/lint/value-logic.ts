import { canonicalJson } from '../../model/canonical-json.ts';
import type { Json } from '../../model/json.ts';
import type { Predicate } from '../predicates.ts';
import type { LengthPredicates, PredicatesSource } from '../source.ts';
import {
  hasNoInteger,
  holds,
  intersect,
  isEmpty,
  isWithin,
  numbersOf,
  textsOf,
} from './interval.ts';
import {
  type OpenKind,
  type ValueSet,
  ask,
  loneValues,
  openKindOf,
  openKinds,
} from './value-kinds.ts';

/** What is taken for granted of predicates: that all are true, or that none is false (an error counts). */
export type Premise = 'true' | 'not-false';

/** Whether a value could pass; true where it cannot be told. */
export function hasValue(set: ValueSet, premise: Premise): boolean {
  if (loneValues.some((value) => passes(set, value, premise))) return true;
  return openKinds.some((kind) => hasValueOf(set, kind, premise));
}

function hasValueOf(set: ValueSet, kind: OpenKind, premise: Premise): boolean {
  if (isOut(set, kind, premise)) return false;
  const items = set.kinds[kind].items();
  if (items !== undefined) return items.some((item) => passes(set, item, premise));
  const looking = set.kinds[kind].looking();
  if (kind === 'number' && isEmpty(numbersOf(looking))) return false;
  if (kind === 'number' && looking.type !== undefined && hasNoInteger(numbersOf(looking))) {
    return false;
  }
  if (kind === 'string' && isEmpty(textsOf(looking))) return false;
  return looking.length === undefined || !hasNoInteger(lengthsOf(looking.length));
}

/**
 * Whether no value that passes `inner` is false for `outer`. False where it cannot be shown; both are about a value
 * that is there, and `exists` is nothing to them.
 */
export function impliesValue(inner: ValueSet, outer: ValueSet, premise: Premise): boolean {
  if (outer.foreign.length > 0 && !isSameForeign(inner, outer)) return false;
  return (
    openKinds.every((kind) => impliesOf(inner, outer, kind, premise)) &&
    loneValues.every((value) => !passes(inner, value, premise) || isNeverFalse(outer, value))
  );
}

function isNeverFalse({ tests }: ValueSet, value: Json): boolean {
  return tests.every((test) => ask(test, value) !== false);
}

function impliesOf(inner: ValueSet, outer: ValueSet, kind: OpenKind, premise: Premise): boolean {
  if (isOut(inner, kind, premise)) return true;
  const items = inner.kinds[kind].items();
  if (items !== undefined) {
    return items.every((item) => !passes(inner, item, premise) || isNeverFalse(outer, item));
  }
  const looking = inner.kinds[kind].looking();
  for (const [name, reach] of outer.kinds[kind].reach()) {
    if (reach === 'true' || reach === 'error') continue;
    if (reach === 'false') return false;
    if (Object.hasOwn(looking, name) && isSameOperand(inner, outer, name)) continue;
    if (!impliesOne(looking, outer.source, { name, kind })) return false;
  }
  return true;
}

/** One predicate of `outer` from those of `inner` that look at values of this kind. */
function impliesOne(
  inner: PredicatesSource,
  outer: PredicatesSource,
  { name, kind }: { readonly name: string; readonly kind: OpenKind },
): boolean {
  if (name === 'gt' || name === 'gte' || name === 'lt' || name === 'lte') {
    const wanted = { [name]: outer[name] };
    if (kind === 'number') return isWithin(numbersOf(inner), numbersOf(wanted));
    return kind === 'string' && isWithin(textsOf(inner), textsOf(wanted));
  }
  if (name === 'ne' || name === 'not_in') {
    const items = name === 'ne' ? [outer.ne ?? null] : (outer.not_in ?? []);
    return items.every((item) => openKindOf(item) !== kind || isExcluded(inner, item));
  }
  if (name === 'prefix') return inner.prefix?.startsWith(outer.prefix ?? '') === true;
  if (name === 'length' && inner.length !== undefined) {
    return (
      isPlainLength(outer.length) && isWithin(lengthsOf(inner.length), lengthsOf(outer.length))
    );
  }
  return name === 'type' && inner.type !== undefined;
}

function isExcluded(inner: PredicatesSource, item: Json): boolean {
  if (typeof item === 'number' && !holds(numbersOf(inner), item)) return true;
  if (typeof item === 'string' && !holds(textsOf(inner), item)) return true;
  const text = canonicalJson(item);
  const out = [...(inner.not_in ?? []), ...(inner.ne === undefined ? [] : [inner.ne])];
  return out.some((other) => canonicalJson(other) === text);
}

/** No value of this kind passes. */
function isOut(set: ValueSet, kind: OpenKind, premise: Premise): boolean {
  for (const reach of set.kinds[kind].reach().values()) {
    if (reach === 'false' || (reach === 'error' && premise === 'true')) return true;
  }
  return false;
}

function passes({ tests }: ValueSet, value: Json, premise: Premise): boolean {
  const isPassed = (test: Predicate) => {
    const truth = ask(test, value);
    return premise === 'true' ? truth === true : truth !== false;
  };
  return tests.every(isPassed);
}

/** What is not understood may change the meaning of its neighbours, so it is compared as a whole. */
function isSameForeign(inner: ValueSet, outer: ValueSet): boolean {
  const foreign = ({ source, foreign: names }: ValueSet) =>
    JSON.stringify(names.toSorted().map((name) => [name, operandOf(source, name)]));
  return foreign(inner) === foreign(outer);
}

/** Written the same; objects that list their keys in another order count as others. */
function isSameOperand(inner: ValueSet, outer: ValueSet, name: string): boolean {
  const [one, other] = [operandOf(inner.source, name), operandOf(outer.source, name)];
  return one !== undefined && JSON.stringify(one) === JSON.stringify(other);
}

function operandOf(source: PredicatesSource, name: string): unknown {
  return Object.entries(source).find(([key]) => key === name)?.[1];
}

function isPlainLength(length: number | LengthPredicates | undefined): boolean {
  return typeof length === 'number' || length?.ne === undefined;
}

function lengthsOf(length: number | LengthPredicates = {}) {
  const source = typeof length === 'number' ? { eq: length } : length;
  const { eq, gt, gte, lt, lte } = source;
  const exact = eq === undefined ? {} : { gte: eq, lte: eq };
  return intersect(
    intersect(numbersOf({ gt, gte, lt, lte }), numbersOf(exact)),
    numbersOf({ gte: 0 }),
  );
}
