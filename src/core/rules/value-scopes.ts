import { addressesIn, isFileName } from '../provenance/addresses.ts';
import { type Json, isJsonObject, isJsonArray } from '../model/json.ts';
import type { Verdict } from '../model/decision.ts';
import type { CallContext, Check } from './call-context.ts';
import type { Predicate } from './predicate.ts';
import { compilePredicates } from './predicates.ts';
import type { ConditionSource, Lists, PredicatesSource } from './source.ts';
import { type Truth, both, either } from './truth.ts';

/** Values that are looked at in one call; with more of them the answer is open. */
const maxValues = 10_000;

interface Values {
  readonly found: readonly Json[];
  readonly isCut: boolean;
}

/** Questions about values wherever they stand among the arguments: `anywhere`, `everywhere`, `addresses`. */
export function compileValueScopes(
  { anywhere, everywhere, addresses }: ConditionSource,
  lists: Lists,
  verdict: Verdict,
): readonly Check[] {
  const compile = (source: PredicatesSource): Asked => ({
    predicates: compilePredicates(source, lists, verdict),
    exists: source.exists,
  });
  return [
    ...(anywhere === undefined
      ? []
      : [any('anywhere', compile(anywhere), ({ call }) => leavesOf(call.args))]),
    ...(everywhere === undefined ? [] : [every(compile(everywhere))]),
    ...(addresses === undefined ? [] : [any('addresses', compile(addresses), addressesOf)]),
  ];
}

interface Asked {
  readonly predicates: readonly Predicate[];
  readonly exists: boolean | undefined;
}

function any(
  label: string,
  { predicates, exists }: Asked,
  valuesOf: (context: CallContext) => Values,
): Check {
  const test = (context: CallContext): Truth => {
    const { found, isCut } = valuesOf(context);
    if (exists === false) return isCut ? 'error' : found.length === 0;
    let truth: Truth = isCut ? 'error' : false;
    for (const value of found) truth = either(truth, holds(predicates, value, context));
    return truth;
  };
  return { label, test };
}

function every({ predicates }: Asked): Check {
  const test = (context: CallContext): Truth => {
    const { found, isCut } = leavesOf(context.call.args);
    let truth: Truth = isCut ? 'error' : true;
    for (const value of found) truth = both(truth, holds(predicates, value, context));
    return truth;
  };
  return { label: 'everywhere', test };
}

/** All predicates of one value; false wins over error. */
function holds(predicates: readonly Predicate[], value: Json, context: CallContext): Truth {
  let truth: Truth = true;
  for (const { test } of predicates) {
    truth = both(truth, test(value, context));
    if (truth === false) return false;
  }
  return truth;
}

/**
 * Texts and numbers at any depth; `true`, `false` and `null` say nothing of their own. With `keys`, the names of members
 * too: where they are the agent's to choose they carry what values do.
 */
function leavesOf(args: Json, { keys = false }: { readonly keys?: boolean } = {}): Values {
  const found: Json[] = [];
  const left: Json[] = [args];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (found.length + left.length > maxValues) return { found, isCut: true };
    if (isJsonArray(next)) left.push(...next.slice(0, maxValues + 1));
    else if (isJsonObject(next)) {
      left.push(...Object.values(next).slice(0, maxValues + 1));
      if (keys) found.push(...Object.keys(next).slice(0, maxValues + 1));
    } else if (typeof next === 'string' || typeof next === 'number') found.push(next);
  }
  return { found, isCut: false };
}

function addressesOf({ call, facts }: CallContext): Values {
  const leaves = leavesOf(call.args, { keys: true });
  let { isCut } = leaves;
  const found = leaves.found.flatMap((leaf) => {
    if (typeof leaf !== 'string') return [];
    const inside = addressesIn(leaf);
    isCut ||= inside.isCut;
    return inside.found.filter((address) => !isFileName(address) || isLead(address, facts));
  });
  return { found, isCut };
}

/**
 * Whether it may lead somewhere. The name that an agent makes up for a new file does not, nor does one that it reads because
 * a listing has it: what is an entry there nobody asked for.
 */
function isLead(name: string, { tool, session }: CallContext['facts']): boolean {
  if (session.overflowed) return true;
  const { origin } = session.originOf(name);
  if (origin === 'unknown') return false;
  const isListed = origin === 'untrusted' && session.tells('untrusted', name) === false;
  return !isListed || tool.manifest?.effect !== 'read';
}
