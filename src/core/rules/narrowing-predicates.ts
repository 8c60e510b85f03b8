import { canonicalJson } from '../model/canonical-json.ts';
import { isUnder, parseDomain } from '../model/host-name.ts';
import { type Json, type JsonObject, isJsonArray, isJsonObject } from '../model/json.ts';

/**
 * Whether the predicates `then` surely hold of no values of which the predicate `name` with the operand `first` does
 * not hold, and are an error on none of which it is false. False for what is not understood.
 */
export function impliesPredicate(then: JsonObject, name: string, first: Json): boolean {
  if (isBoundName(name)) return isBounded(then, name, first);
  if (name === 'in') return isOneOf(then, first);
  if (name === 'ne') return isNoneOf(then, [first]);
  if (name === 'not_in') return isJsonArray(first) && isNoneOf(then, first);
  const operand = memberOf(then, name);
  if (operand === undefined) return false;
  if (name === 'prefix') return isText(operand) && isText(first) && operand.startsWith(first);
  if (name === 'length') return isLengthWithin(operand, first);
  return isFewerTexts(name, operand, first);
}

type BoundName = 'gt' | 'gte' | 'lt' | 'lte';

function isBoundName(name: string): name is BoundName {
  return name === 'gt' || name === 'gte' || name === 'lt' || name === 'lte';
}

/** Some bound or listed value of `then` keeps to the bound, in the order of numbers or of texts. */
function isBounded(then: JsonObject, name: BoundName, first: Json): boolean {
  const [loose, strict] = name.startsWith('g')
    ? (['gte', 'gt'] as const)
    : (['lte', 'lt'] as const);
  const listed = itemsOf(then, 'eq', 'in');
  const isListed = listed.length > 0 && listed.every((value) => keeps(value, name, first));
  // beyond an open bound, the bound itself is out
  const open = name === strict ? loose : name;
  return (
    isListed ||
    keeps(memberOf(then, loose), name, first) ||
    keeps(memberOf(then, strict), open, first)
  );
}

function keeps(value: Json | undefined, name: BoundName, bound: Json): boolean {
  if (isText(value) && isText(bound)) return compares(value, name, bound);
  return typeof value === 'number' && typeof bound === 'number' && compares(value, name, bound);
}

function compares<T extends number | string>(value: T, name: BoundName, bound: T): boolean {
  if (name === 'gt') return value > bound;
  if (name === 'gte') return value >= bound;
  return name === 'lt' ? value < bound : value <= bound;
}

/** Fewer values of the same kinds: a value of a kind that is no longer listed would become an error. */
function isOneOf(then: JsonObject, first: Json): boolean {
  const [few, many] = [itemsOf(then, 'eq', 'in'), isJsonArray(first) ? first : []];
  return few.length > 0 && isAmong(few, many) && isAmong(kindsOf(many), kindsOf(few));
}

/** More values of the same kinds: a value of a kind that was not listed was an error. */
function isNoneOf(then: JsonObject, few: readonly Json[]): boolean {
  const many = itemsOf(then, 'ne', 'not_in');
  // nothing is an error beside a lone null
  const isPlain = kindsOf(few).length > 0;
  return isPlain && isAmong(few, many) && isAmong(kindsOf(many), kindsOf(few));
}

/** The one value, or else the listed ones. */
function itemsOf(then: JsonObject, one: 'eq' | 'ne', list: 'in' | 'not_in'): readonly Json[] {
  const single = memberOf(then, one);
  if (single !== undefined && single !== null) return [single];
  const listed = memberOf(then, list);
  return isJsonArray(listed) ? listed : [];
}

function isAmong(few: readonly Json[], many: readonly Json[]): boolean {
  const texts = new Set(many.map((item) => canonicalJson(item)));
  return few.every((item) => texts.has(canonicalJson(item)));
}

/** Null can be compared with everything. */
function kindsOf(items: readonly Json[]): readonly string[] {
  const kinds = items
    .filter((item) => item !== null)
    .map((item) => (isJsonArray(item) ? 'array' : typeof item));
  return [...new Set(kinds)];
}

function isLengthWithin(then: Json, first: Json): boolean {
  const [asked, wanted] = [toPredicates(then), toPredicates(first)];
  return Object.entries(wanted).every(
    ([name, operand]) =>
      canonicalJson(memberOf(asked, name) ?? null) === canonicalJson(operand) ||
      impliesPredicate(asked, name, operand),
  );
}

function toPredicates(length: Json): JsonObject {
  return isJsonObject(length) ? length : { eq: length };
}

/** Where any of some texts may hold. */
function isFewerTexts(name: string, then: Json, first: Json): boolean {
  const covers = coverings.get(name);
  const [now, before] = [toTexts(then), toTexts(first)];
  if (covers === undefined || now === undefined || before === undefined) return false;
  return now.every((text) => before.some((wider) => covers(text, wider)));
}

const isSame = (text: string, wider: string): boolean => text === wider;

const coverings = new Map<string, (text: string, wider: string) => boolean>([
  ['domain', isSubdomain],
  ['cidr', isSame],
  ['path_inside', isSame],
  ['intersects', isSame],
  ['subset', isSame],
  ['type', (text, wider) => text === wider || (text === 'integer' && wider === 'number')],
]);

function isSubdomain(text: string, wider: string): boolean {
  const [name, domain] = [parseDomain(text), parseDomain(wider)];
  return name !== undefined && domain !== undefined && isUnder(name, domain);
}

/** The texts of an operand or of a scope; a list that a rule names is none: nobody compares what it held before. */
export function toTexts(operand: Json): readonly string[] | undefined {
  const items = isJsonArray(operand) ? operand : [operand];
  const texts = items.filter(isText);
  return texts.length === items.length ? texts : undefined;
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string';
}

function memberOf(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
