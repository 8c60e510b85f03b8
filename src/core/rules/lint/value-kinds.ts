import { type Json, isJsonArray } from '../../model/json.ts';
import { toTrial } from '../embedded-tests.ts';
import { type Predicate, compilePredicates } from '../predicates.ts';
import type { Lists, PredicatesSource } from '../source.ts';
import type { Truth } from '../truth.ts';

/** Kinds with too many values to try each. */
export const openKinds = ['number', 'string', 'array', 'object'] as const;
export type OpenKind = (typeof openKinds)[number];

/** Every value of the other kinds, and the numbers that are none. */
export const loneValues: readonly Json[] = [
  null,
  true,
  false,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

/** The predicates whose answer depends on the value alone, and that are understood here. */
const understood = [
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'in',
  'not_in',
  'in_list',
  'prefix',
  'glob',
  'length',
  'type',
] as const satisfies readonly (keyof PredicatesSource)[];
const known: ReadonlySet<string> = new Set(understood);

/** The predicates of one argument, ready to be compared with others. */
export interface ValueSet {
  readonly source: PredicatesSource;
  readonly lists: Lists;
  /** Of those that are understood. */
  readonly tests: readonly Predicate[];
  /** Names of the others, `exists` apart. */
  readonly foreign: readonly string[];
  readonly kinds: Readonly<Record<OpenKind, KindView>>;
}

/** The predicates as values of one kind meet them; worked out when first asked for, since most are never. */
export interface KindView {
  /** By the name of the predicate. */
  reach(): ReadonlyMap<string, Reach>;
  /** Of those that look at values of this kind. */
  looking(): PredicatesSource;
  /** The only values of this kind that can pass, where the predicates list them. */
  items(): readonly Json[] | undefined;
}

export function toValueSet(source: PredicatesSource, lists: Lists): ValueSet {
  const keys = Object.keys(source).filter((key) => key !== 'exists');
  const entries = Object.entries(source).filter(([key]) => known.has(key));
  const plain: PredicatesSource = Object.fromEntries(entries);
  const view = (kind: OpenKind) => toView(plain, lists, kind);
  return {
    source,
    lists,
    tests: compilePredicates(plain, lists, 'deny'),
    foreign: keys.filter((key) => !known.has(key)),
    kinds: {
      number: view('number'),
      string: view('string'),
      array: view('array'),
      object: view('object'),
    },
  };
}

function toView(source: PredicatesSource, lists: Lists, kind: OpenKind): KindView {
  const reach = once(
    () =>
      new Map(Object.keys(source).map((name) => [name, reachOf(name, { source, lists }, kind)])),
  );
  const looking = once((): PredicatesSource =>
    Object.fromEntries(Object.entries(source).filter(([name]) => reach().get(name) === 'looks')),
  );
  return { reach, looking, items: once(() => itemsOf(looking(), lists, kind)) };
}

// longer lists are compared as a whole only
const maxItems = 1_000;

function itemsOf(
  { eq, in: among, in_list: list }: PredicatesSource,
  lists: Lists,
  kind: OpenKind,
): readonly Json[] | undefined {
  const named = list === undefined ? undefined : lists.get(list);
  const listed = eq === undefined ? (among ?? named) : [eq];
  if (listed === undefined || listed.length > maxItems) return undefined;
  return listed.filter((item) => openKindOf(item) === kind);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

// none of the understood predicates looks at it
const { call, facts } = toTrial({ call: { tool: 'lint' } }, {});

export function ask(predicate: Predicate, value: Json): Truth {
  return predicate.test(value, { call, facts });
}

export function openKindOf(value: Json | undefined): OpenKind | undefined {
  if (value === undefined || value === null || typeof value === 'boolean') return undefined;
  if (typeof value === 'object') return isJsonArray(value) ? 'array' : 'object';
  return typeof value === 'string' ? 'string' : 'number';
}

/** What a predicate says of all values of a kind: it looks at them, or one answer for each. */
export type Reach = 'looks' | 'true' | 'false' | 'error';

/** Sound by construction only as long as it mirrors predicates.ts; a property test holds them together. */
function reachOf(
  name: string,
  { source, lists }: Pick<ValueSet, 'source' | 'lists'>,
  kind: OpenKind,
): Reach {
  if (name === 'in_list') {
    const isPlain = kind === 'number' || kind === 'string';
    const items = lists.get(source.in_list ?? '');
    const hasKind = items?.length === 0 || items?.some((item) => openKindOf(item) === kind);
    return isPlain && hasKind === true ? 'looks' : 'error';
  }
  if (name === 'prefix' || name === 'glob') return kind === 'string' ? 'looks' : 'error';
  if (name === 'length') return kind === 'string' || kind === 'array' ? 'looks' : 'error';
  if (name === 'type') return reachOfType(source.type ?? [], kind);
  if (name === 'eq') return reachOfItem(source.eq ?? null, kind, 'false');
  if (name === 'ne') return reachOfItem(source.ne ?? null, kind, 'true');
  if (name === 'in' || name === 'not_in') {
    const items = source[name] ?? [];
    return items.some((item) => openKindOf(item) === kind) ? 'looks' : 'error';
  }
  const { gt, gte, lt, lte } = source;
  const operand = { gt, gte, lt, lte }[
    name === 'gt' || name === 'gte' || name === 'lt' ? name : 'lte'
  ];
  return openKindOf(operand) === kind ? 'looks' : 'error';
}

function reachOfType(type: NonNullable<PredicatesSource['type']>, kind: OpenKind): Reach {
  const wanted: readonly string[] = typeof type === 'string' ? [type] : type;
  if (wanted.includes(kind)) return 'true';
  return kind === 'number' && wanted.includes('integer') ? 'looks' : 'false';
}

/** `ofNull`: null is a plain answer to whether a value is something else. */
function reachOfItem(item: Json, kind: OpenKind, ofNull: 'true' | 'false'): Reach {
  if (item === null) return ofNull;
  return openKindOf(item) === kind ? 'looks' : 'error';
}
