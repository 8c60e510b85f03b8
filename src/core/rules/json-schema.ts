import { canonicalJson } from '../model/canonical-json.ts';
import { type Json, type JsonObject, isJsonArray, isJsonObject } from '../model/json.ts';
import { compileLinearRegex } from '../model/linear-regex.ts';
import { countCodePoints, isBroken, isType } from './predicate.ts';
import { isDecimalMultiple } from './decimal.ts';
import { type Truth, both, either } from './truth.ts';

/** One value against one schema. */
export type SchemaTest = (value: Json) => Truth;

/**
 * A JSON Schema (2020-12, the keywords of `checkJsonSchema`) that was checked before. Ours, since the one of zod
 * passes over `required` where `properties` lacks the name, and searches patterns in more than linear time.
 */
export function compileJsonSchema(schema: Json): SchemaTest {
  if (typeof schema === 'boolean') return () => schema;
  if (!isJsonObject(schema)) return () => 'error';
  const tests = [...plainTests(schema), ...arrayTests(schema), ...objectTests(schema)];
  const all = [...tests, ...joinedTests(schema)];
  return (value) => (isBroken(value) ? 'error' : every(all, (test) => test(value)));
}

function every<T>(items: Iterable<T>, test: (item: T) => Truth): Truth {
  let truth: Truth = true;
  for (const item of items) {
    truth = both(truth, test(item));
    if (truth === false) return false;
  }
  return truth;
}

function some<T>(items: Iterable<T>, test: (item: T) => Truth): Truth {
  let truth: Truth = false;
  for (const item of items) {
    truth = either(truth, test(item));
    if (truth === true) return true;
  }
  return truth;
}

function not(truth: Truth): Truth {
  return truth === 'error' ? truth : !truth;
}

function plainTests(schema: JsonObject): readonly SchemaTest[] {
  const tests: SchemaTest[] = [];
  const types = own(schema, 'type');
  if (types !== undefined) {
    const wanted = isJsonArray(types) ? types : [types];
    tests.push((value) => wanted.some((type) => typeof type === 'string' && isType(value, type)));
  }
  const only = own(schema, 'const');
  const among = own(schema, 'enum');
  for (const items of [only === undefined ? undefined : [only], among]) {
    if (!isJsonArray(items)) continue;
    const known = new Set(items.map(canonicalJson));
    tests.push((value) => known.has(canonicalJson(value)));
  }
  const ofNumber = (keyword: string, holds: (value: number, bound: number) => boolean) => {
    const bound = own(schema, keyword);
    if (typeof bound !== 'number') return;
    tests.push((value) => typeof value !== 'number' || holds(value, bound));
  };
  ofNumber('minimum', (value, bound) => value >= bound);
  ofNumber('maximum', (value, bound) => value <= bound);
  ofNumber('exclusiveMinimum', (value, bound) => value > bound);
  ofNumber('exclusiveMaximum', (value, bound) => value < bound);
  ofNumber('multipleOf', isDecimalMultiple);
  addCounts(tests, schema, 'Length', (value) =>
    typeof value === 'string' ? countCodePoints(value) : undefined,
  );
  const pattern = own(schema, 'pattern');
  if (typeof pattern === 'string') {
    const regex = compileLinearRegex(pattern);
    tests.push((value) => typeof value !== 'string' || (regex.test(value) ?? 'error'));
  }
  return tests;
}

/** `minX` and `maxX`, for values that have a count of that kind. */
function addCounts(
  tests: SchemaTest[],
  schema: JsonObject,
  what: 'Length' | 'Items' | 'Properties',
  countOf: (value: Json) => number | undefined,
): void {
  const [least, most] = [own(schema, `min${what}`), own(schema, `max${what}`)];
  if (typeof least === 'number') tests.push((value) => (countOf(value) ?? least) >= least);
  if (typeof most === 'number') tests.push((value) => (countOf(value) ?? most) <= most);
}

function arrayTests(schema: JsonObject): readonly SchemaTest[] {
  const tests: SchemaTest[] = [];
  const add = (test: (items: readonly Json[]) => Truth) =>
    tests.push((value) => !isJsonArray(value) || test(value));
  const first = own(schema, 'prefixItems');
  const prefix = isJsonArray(first) ? first.map(compileJsonSchema) : [];
  if (prefix.length > 0) {
    add((items) =>
      every(prefix.entries(), ([at, test]) => {
        const item = items[at];
        return item === undefined || test(item);
      }),
    );
  }
  const rest = own(schema, 'items');
  if (rest !== undefined) {
    const test = compileJsonSchema(rest);
    add((items) => every(items.slice(prefix.length), test));
  }
  const wanted = own(schema, 'contains');
  if (wanted !== undefined) {
    const test = compileJsonSchema(wanted);
    add((items) => some(items, test));
  }
  addCounts(tests, schema, 'Items', (value) => (isJsonArray(value) ? value.length : undefined));
  if (own(schema, 'uniqueItems') === true) {
    add((items) => new Set(items.map(canonicalJson)).size === items.length);
  }
  return tests;
}

function objectTests(schema: JsonObject): readonly SchemaTest[] {
  const tests: SchemaTest[] = [];
  const add = (test: (object: JsonObject) => Truth) =>
    tests.push((value) => !isJsonObject(value) || test(value));
  const required = own(schema, 'required');
  if (isJsonArray(required)) {
    const wanted = required.filter((name) => typeof name === 'string');
    add((object) => wanted.every((name) => Object.hasOwn(object, name)));
  }
  const names = own(schema, 'propertyNames');
  if (names !== undefined) {
    const test = compileJsonSchema(names);
    add((object) => every(Object.keys(object), test));
  }
  addCounts(tests, schema, 'Properties', (value) =>
    isJsonObject(value) ? Object.keys(value).length : undefined,
  );
  const test = memberTest(schema);
  if (test !== undefined) add((object) => every(Object.entries(object), test));
  return tests;
}

/** A member against every schema that speaks of its name; against `additionalProperties` where none does. */
function memberTest(schema: JsonObject): ((member: [string, Json]) => Truth) | undefined {
  const named = compileMembers(own(schema, 'properties'));
  const matched = compileMembers(own(schema, 'patternProperties')).map(
    ([pattern, test]) => [compileLinearRegex(pattern), test] as const,
  );
  const rest = own(schema, 'additionalProperties');
  if (named.length + matched.length === 0 && rest === undefined) return undefined;
  const byName = new Map(named);
  const other = compileJsonSchema(rest ?? true);
  return ([name, value]) => {
    const own = byName.get(name);
    let spoken: Truth = own !== undefined;
    let truth = own === undefined ? true : own(value);
    for (const [regex, test] of matched) {
      const applies = regex.test(name) ?? 'error';
      spoken = either(spoken, applies);
      truth = both(truth, either(not(applies), test(value)));
    }
    return spoken === true ? truth : both(truth, either(spoken, other(value)));
  };
}

function compileMembers(schemas: Json | undefined): readonly (readonly [string, SchemaTest])[] {
  if (!isJsonObject(schemas)) return [];
  return Object.entries(schemas).map(([name, each]) => [name, compileJsonSchema(each)] as const);
}

function joinedTests(schema: JsonObject): readonly SchemaTest[] {
  const tests: SchemaTest[] = [];
  const all = compileList(own(schema, 'allOf'));
  const any = compileList(own(schema, 'anyOf'));
  const one = compileList(own(schema, 'oneOf'));
  const none = own(schema, 'not');
  tests.push(...all);
  if (any.length > 0) tests.push((value) => some(any, (test) => test(value)));
  if (one.length > 0) tests.push((value) => exactlyOne(one, value));
  if (none !== undefined) {
    const test = compileJsonSchema(none);
    tests.push((value) => not(test(value)));
  }
  return tests;
}

function exactlyOne(tests: readonly SchemaTest[], value: Json): Truth {
  const truths = tests.map((test) => test(value));
  const held = truths.filter((truth) => truth === true).length;
  if (held > 1) return false;
  return truths.includes('error') ? 'error' : held === 1;
}

function compileList(schemas: Json | undefined): readonly SchemaTest[] {
  return isJsonArray(schemas) ? schemas.map(compileJsonSchema) : [];
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
