import type { Verdict } from '../model/decision.ts';
import { type Json, isJsonArray } from '../model/json.ts';
import { type ArgPath, parseArgPath, readPath } from './arg-path.ts';
import { compileBetween } from './between.ts';
import { type CallContext, type Check, type CheckGroup, whenMissing } from './call-context.ts';
import { compileNames, matchName, scopeTexts } from './name-pattern.ts';
import { type Predicate, compilePredicates } from './predicates.ts';
import type { ConditionSource, Lists, PredicatesSource, ScopeSource } from './source.ts';
import { type Truth, both, either } from './truth.ts';
import { compileSession } from './session-checks.ts';
import { compileValueScopes } from './value-scopes.ts';
import { compileWhen } from './when.ts';

/** Everything of a condition that depends on the single call; tool, action and manifest are tested before. */
export function compileCondition(
  source: ConditionSource,
  lists: Lists,
  verdict: Verdict,
): readonly CheckGroup[] {
  const { destinations, between, when } = source;
  return [
    ...compileSeat(source, lists).map(alone),
    ...Object.entries(source.args ?? {}).map(([path, predicates]) =>
      compileArgument(path, compilePredicates(predicates, lists, verdict), predicates.exists),
    ),
    ...(destinations === undefined
      ? []
      : [
          alone(compileDestinations(destinations, compilePredicates(destinations, lists, verdict))),
        ]),
    ...compileValueScopes(source, lists, verdict).map(alone),
    ...compileSession(source, lists, verdict).map(alone),
    ...(between === undefined ? [] : [alone(compileBetween(between))]),
    ...(when === undefined ? [] : [alone(compileWhen(when).check)]),
  ];
}

function alone(check: Check): CheckGroup {
  return { test: check.test, parts: [check] };
}

function compileSeat(source: ConditionSource, lists: Lists): readonly Check[] {
  const checks: Check[] = [];
  const { role, permission, env, agent, ring } = source;
  if (role !== undefined) checks.push(compileRole(role, lists));
  if (permission !== undefined) checks.push(compilePermission(permission, lists));
  if (env !== undefined) {
    const envs = compileNames(scopeTexts(env, lists), 'plain');
    checks.push({ label: 'env', test: ({ facts }) => matchName(envs, facts.env) });
  }
  if (agent !== undefined) {
    const agents = compileNames(scopeTexts(agent, lists), 'agent');
    checks.push({ label: 'agent', test: ({ call }) => matchName(agents, call.seat.agent.id) });
  }
  if (ring !== undefined) {
    const rings = new Set<number>(typeof ring === 'number' ? [ring] : ring);
    checks.push({ label: 'ring', test: ({ facts }) => rings.has(facts.ring) });
  }
  return checks;
}

function compileRole(source: ScopeSource, lists: Lists): Check {
  const roles = compileNames(scopeTexts(source, lists), 'role');
  const test = ({ call }: CallContext): Truth => {
    let truth: Truth = false;
    for (const role of call.seat.agent.roles) truth = either(truth, matchName(roles, role));
    return truth;
  };
  return { label: 'role', test };
}

function compilePermission(source: ScopeSource, lists: Lists): Check {
  const permissions = compileNames(scopeTexts(source, lists), 'permission');
  const test = ({ call }: CallContext): Truth => {
    let truth: Truth = false;
    for (const permission of call.seat.agent.permissions ?? []) {
      truth = either(truth, matchName(permissions, permission));
    }
    return truth;
  };
  return { label: 'permission', test };
}

function compileArgument(
  text: string,
  predicates: readonly Predicate[],
  exists: boolean | undefined,
): CheckGroup {
  const path = parseArgPath(text);
  if (path === undefined) return alone({ label: `args.${text}`, test: () => 'error' });
  const prefix = text.startsWith('/') ? text : `args.${text}`;
  const parts = predicates.map(({ name, test }) => ({
    label: `${prefix} ${name}`,
    test: (context: CallContext, named: boolean) => {
      const value = readPath(context.call.args, path);
      return value === undefined ? whenMissing(context, path, named) : test(value, context);
    },
  }));
  if (exists !== undefined) return joined([compileExists(prefix, path, exists), ...parts]);
  const [first, second] = predicates;
  if (first === undefined) return joined(parts);
  // read once, however many predicates there are; one or two are the common case, and the quickest
  const holds =
    second === undefined
      ? first.test
      : predicates.length === 2
        ? (value: Json, context: CallContext) => bothHold(first, second, value, context)
        : (value: Json, context: CallContext) => allHold(predicates, value, context);
  const test = (context: CallContext, named: boolean): Truth => {
    const value = readPath(context.call.args, path);
    return value === undefined ? whenMissing(context, path, named) : holds(value, context);
  };
  return { test, parts };
}

function bothHold(first: Predicate, second: Predicate, value: Json, context: CallContext): Truth {
  const one = first.test(value, context);
  return one === false ? false : both(one, second.test(value, context));
}

function joined(parts: readonly Check[]): CheckGroup {
  const test = (context: CallContext, named: boolean): Truth => {
    let truth: Truth = true;
    for (const part of parts) truth = both(truth, part.test(context, named));
    return truth;
  };
  return { test, parts };
}

function compileExists(prefix: string, path: ArgPath, wanted: boolean): Check {
  const test = ({ call }: CallContext) => (readPath(call.args, path) !== undefined) === wanted;
  return { label: `${prefix} exists`, test };
}

/** Holds if all predicates hold for any one destination of the call; of an undeclared tool nobody knows. */
function compileDestinations(source: PredicatesSource, predicates: readonly Predicate[]): Check {
  const test = (context: CallContext): Truth => {
    const { call, facts } = context;
    if (facts.tool.manifest === undefined) return 'error';
    const values = readDestinations(call.args, facts.tool.manifest.destinations ?? []);
    if (values === undefined) return 'error';
    if (source.exists === false) return values.length === 0;
    let truth: Truth = false;
    for (const value of values) truth = either(truth, allHold(predicates, value, context));
    return truth;
  };
  return { label: 'destinations', test };
}

/** What the call gives, lists by their elements; an optional destination that is not given is none. */
function readDestinations(args: Json, declared: readonly string[]): readonly Json[] | undefined {
  const values: Json[] = [];
  for (const text of declared) {
    const path = parseArgPath(text);
    if (path === undefined) return undefined;
    const value = readPath(args, path);
    if (value === undefined) continue;
    for (const each of isJsonArray(value) ? value : [value]) values.push(each);
  }
  return values;
}

function allHold(predicates: readonly Predicate[], value: Json, context: CallContext): Truth {
  let truth: Truth = true;
  for (const predicate of predicates) {
    const each = predicate.test(value, context);
    if (each === false) return false;
    if (each === 'error') truth = 'error';
  }
  return truth;
}
