import { type Json, isJsonArray, isJsonObject } from '../model/json.ts';
import { findRegexFault } from '../model/linear-regex.ts';
import { nearestWord } from '../model/nearest-word.ts';
import { quote } from '../model/quote.ts';
import { toTold } from './remedy.ts';
import type { Finding } from './problem.ts';
import { jsonTypes } from './source.ts';

type Steps = Finding['path'];
type Check = (value: Json, path: Steps) => readonly Finding[];

const maxSchemas = 500;

/** What keeps a JSON Schema from being tested: an unknown keyword, a wrong operand, too many parts. */
export function checkJsonSchema(schema: Json, path: Steps): readonly Finding[] {
  if (countSchemas(schema) > maxSchemas) {
    const message = `the schema has more than ${maxSchemas} parts`;
    return [{ path, message, remedy: 'ask for single arguments by their paths' }];
  }
  return checkSchema(schema, path);
}

/** Objects and lists, counted roughly and at most one more than matters. */
function countSchemas(value: Json): number {
  let count = 0;
  const open: Json[] = [value];
  for (let next = open.pop(); next !== undefined && count <= maxSchemas; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    count += 1;
    if (isJsonArray(next)) for (const item of next.slice(0, 10_000)) open.push(item);
    else open.push(...Object.values(next).slice(0, maxSchemas + 1));
  }
  return count;
}

function checkSchema(schema: Json, path: Steps): readonly Finding[] {
  if (typeof schema === 'boolean') return [];
  if (!isJsonObject(schema)) {
    return wrong(path, 'a JSON Schema: an object, `true` or `false`');
  }
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const check = keywords.get(keyword);
    const at = [...path, keyword];
    return check === undefined ? [unknownKeyword(keyword, at)] : check(value, at);
  });
}

const remedies = new Map([
  ['$ref', 'write the schema out in its place'],
  ['$defs', 'write each schema out in its place'],
  ['definitions', 'write each schema out in its place'],
  ['format', 'use `pattern`, or a predicate such as `domain` or `cidr`'],
  ['if', 'use `anyOf` with the two cases'],
  ['then', 'use `anyOf` with the two cases'],
  ['else', 'use `anyOf` with the two cases'],
  ['nullable', 'write `"type": ["string", "null"]`'],
]);

function unknownKeyword(keyword: string, path: Steps): Finding {
  const near = nearestWord(keyword, [...keywords.keys()]);
  const known = near === undefined ? undefined : `did you mean \`${near}\`?`;
  const message = `the keyword ${quote(keyword)} of JSON Schema is not supported here`;
  const remedy = remedies.get(keyword) ?? known ?? `known are ${[...keywords.keys()].join(', ')}`;
  return { path, at: 'key', message, remedy };
}

const anything: Check = () => [];
const wrong = (path: Steps, expected: string): Finding[] => [
  { path, ...toTold(`expected ${expected}`) },
];
const number: Check = (value, path) => (typeof value === 'number' ? [] : wrong(path, 'a number'));
const count: Check = (value, path) =>
  Number.isInteger(value) && Number(value) >= 0 ? [] : wrong(path, 'a whole number of 0 or more');
const flag: Check = (value, path) =>
  typeof value === 'boolean' ? [] : wrong(path, '`true` or `false`');
const list: Check = (value, path) =>
  isJsonArray(value) && value.length > 0 ? [] : wrong(path, 'a list of values that is not empty');
const names: Check = (value, path) =>
  isJsonArray(value) && value.every((name) => typeof name === 'string')
    ? []
    : wrong(path, 'a list of names');

const type: Check = (value, path) => {
  const wanted = isJsonArray(value) ? value : [value];
  const known: readonly Json[] = jsonTypes;
  const isKnown = wanted.length > 0 && wanted.every((each) => known.includes(each));
  return isKnown ? [] : wrong(path, `${jsonTypes.join(', ')}, or a list of them`);
};

const divisor: Check = (value, path) =>
  typeof value === 'number' && value > 0 ? [] : wrong(path, 'a number above 0');

const pattern: Check = (value, path) => {
  if (typeof value !== 'string') return wrong(path, 'a pattern');
  const fault = findRegexFault(value);
  if (fault === undefined) return [];
  return [{ path, ...toTold(fault) }];
};

const schemas: Check = (value, path) =>
  isJsonArray(value) && value.length > 0
    ? value.flatMap((each, index) => checkSchema(each, [...path, index]))
    : wrong(path, 'a list of schemas that is not empty');

const members: Check = (value, path) =>
  isJsonObject(value)
    ? Object.entries(value).flatMap(([name, each]) => checkSchema(each, [...path, name]))
    : wrong(path, 'an object of schemas');

const patterns: Check = (value, path) =>
  isJsonObject(value)
    ? Object.keys(value)
        .flatMap((each) => pattern(each, [...path, each]))
        .concat(members(value, path))
    : wrong(path, 'an object of schemas');

const keywords: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...[
    '$schema',
    '$id',
    '$comment',
    'title',
    'description',
    'default',
    'examples',
    'deprecated',
  ].map((keyword) => [keyword, anything] as const),
  ['type', type],
  ['const', anything],
  ['enum', list],
  ['minimum', number],
  ['maximum', number],
  ['exclusiveMinimum', number],
  ['exclusiveMaximum', number],
  ['multipleOf', divisor],
  ['minLength', count],
  ['maxLength', count],
  ['pattern', pattern],
  ['items', checkSchema],
  ['prefixItems', schemas],
  ['contains', checkSchema],
  ['minItems', count],
  ['maxItems', count],
  ['uniqueItems', flag],
  ['properties', members],
  ['patternProperties', patterns],
  ['additionalProperties', checkSchema],
  ['propertyNames', checkSchema],
  ['required', names],
  ['minProperties', count],
  ['maxProperties', count],
  ['allOf', schemas],
  ['anyOf', schemas],
  ['oneOf', schemas],
  ['not', checkSchema],
]);
