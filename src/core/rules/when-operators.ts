import { type Json, isJsonArray } from '../model/json.ts';
import { type Truth, both, either } from './truth.ts';

/** Stands for a value that could not be had; spreads through every operator that needs it. */
export const failed: unique symbol = Symbol('failed');
export type Value = Json | typeof failed;
export type Operator = (operands: readonly Value[]) => Value;

const maxText = 65_536;
const maxItems = 32_768;

/** The operators that look at values only. Where JSON Logic engines guess (types, truthiness, NaN), these fail. */
export const operators: Readonly<Record<string, Operator>> = {
  '==': ([one, other]) => looseEqual(one, other),
  '!=': ([one, other]) => negate(looseEqual(one, other)),
  '===': ([one, other]) => strictEqual(one, other),
  '!==': ([one, other]) => negate(strictEqual(one, other)),
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  '!': ([value]) => negate(value),
  '!!': ([value]) => (typeof value === 'boolean' ? value : failed),
  and: (values) => toValue(values.map(toTruth).reduce(both, true)),
  or: (values) => toValue(values.map(toTruth).reduce(either, false)),
  if: choose,
  '?:': choose,
  '+': arithmetic((numbers) => numbers.reduce((sum, each) => sum + each, 0)),
  '*': arithmetic((numbers) => numbers.reduce((product, each) => product * each)),
  '-': arithmetic(([first = 0, then]) => (then === undefined ? -first : first - then)),
  '/': arithmetic(([first = 0, then = 0]) => first / then),
  '%': arithmetic(([first = 0, then = 0]) => first % then),
  max: arithmetic((numbers) => Math.max(...numbers)),
  min: arithmetic((numbers) => Math.min(...numbers)),
  in: ([item, container]) => contains(item, container),
  cat: concatenate,
  substr: ([text, start, length]) => slice(text, start, length),
  merge: mergeLists,
};

export function toTruth(value: Value | undefined): Truth {
  return typeof value === 'boolean' ? value : 'error';
}

export function toValue(truth: Truth): Value {
  return truth === 'error' ? failed : truth;
}

type Scalar = string | number | boolean | null;

function isScalar(value: Value | undefined): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function negate(value: Value | undefined): Value {
  return typeof value === 'boolean' ? !value : failed;
}

function looseEqual(one: Value | undefined, other: Value | undefined): Value {
  if (!isScalar(one) || !isScalar(other)) return failed;
  if (one === null || other === null || typeof one === typeof other) return one === other;
  return failed;
}

function strictEqual(one: Value | undefined, other: Value | undefined): Value {
  return isScalar(one) && isScalar(other) ? one === other : failed;
}

function ordered(holds: (order: number) => boolean): Operator {
  const pair = (one: Value | undefined, other: Value | undefined): Truth => {
    const order = orderOf(one, other);
    return order === undefined ? 'error' : holds(order);
  };
  return ([first, second, third]) => {
    if (third === undefined) return toValue(pair(first, second));
    return toValue(both(pair(first, second), pair(second, third)));
  };
}

function orderOf(one: Value | undefined, other: Value | undefined): number | undefined {
  const numbers = typeof one === 'number' && typeof other === 'number';
  const texts = typeof one === 'string' && typeof other === 'string';
  if (!numbers && !texts) return undefined;
  return one < other ? -1 : one > other ? 1 : 0;
}

function choose(branches: readonly Value[]): Value {
  for (let index = 0; index + 1 < branches.length; index += 2) {
    const condition = branches[index];
    if (typeof condition !== 'boolean') return failed;
    if (condition) return branches[index + 1] ?? failed;
  }
  return branches.length % 2 === 1 ? (branches.at(-1) ?? null) : failed;
}

function arithmetic(compute: (numbers: readonly number[]) => number): Operator {
  return (values) => {
    const numbers: number[] = [];
    for (const value of values) {
      if (typeof value !== 'number') return failed;
      numbers.push(value);
    }
    const result = compute(numbers);
    return Number.isFinite(result) ? result : failed;
  };
}

function contains(item: Value | undefined, container: Value | undefined): Value {
  if (typeof container === 'string') {
    if (typeof item !== 'string') return failed;
    // the engines do not agree on whether nothing holds nothing
    return item === '' && container === '' ? failed : container.includes(item);
  }
  if (container === undefined || container === failed || !isJsonArray(container)) return failed;
  if (!isScalar(item)) return failed;
  if (container.includes(item)) return true;
  const comparable = item === null || container.some((each) => typeof each === typeof item);
  return comparable || container.length === 0 ? false : failed;
}

function concatenate(values: readonly Value[]): Value {
  let text = '';
  for (const value of values) {
    if (typeof value !== 'string' && typeof value !== 'number') return failed;
    text += String(value);
    if (text.length > maxText) return failed;
  }
  return text;
}

function slice(text: Value | undefined, start: Value | undefined, length?: Value): Value {
  if (typeof text !== 'string' || typeof start !== 'number' || !Number.isInteger(start)) {
    return failed;
  }
  const rest = text.slice(start);
  if (length === undefined) return rest;
  if (typeof length !== 'number' || !Number.isInteger(length)) return failed;
  return length < 0 ? rest.slice(0, Math.max(0, rest.length + length)) : rest.slice(0, length);
}

function mergeLists(values: readonly Value[]): Value {
  const all: Json[] = [];
  for (const value of values) {
    if (value === failed) return failed;
    const items = isJsonArray(value) ? value : [value];
    if (all.length + items.length > maxItems) return failed;
    for (const item of items) all.push(item);
  }
  return all;
}
