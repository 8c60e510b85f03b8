import { LogicEngine } from 'json-logic-engine';
import { type Json, isJsonArray } from '../model/json.ts';
import { type ArgPath, readPath } from './arg-path.ts';
import { type CallContext, type Check, whenMissing } from './call-context.ts';
import { type Truth, both, either } from './truth.ts';
import { normaliseWhen } from './when-check.ts';
import { whenData } from './when-data.ts';
import { type Value, failed, operators, toTruth, toValue } from './when-operators.ts';

// one evaluation visits at most so many elements of lists: nested iterators multiply what a caller sends
const maxVisits = 100_000;

/** What one evaluation keeps; a `when` never starts another one. */
interface Run {
  readonly context: CallContext;
  readonly named: boolean;
  readonly data: Json;
  visits: number;
  /** Every failure so far was an argument that the tool cannot have, or that this rule does not speak of. */
  onlyAbsent: boolean;
}
const noRun: Run | undefined = undefined;

/** The answer to a `when`; `definite` is what the operators gave, before missing arguments were weighed. */
export interface WhenAnswer {
  readonly truth: Truth;
  readonly definite: boolean | undefined;
}

export interface When {
  readonly check: Check;
  readonly answer: (context: CallContext, named: boolean) => WhenAnswer;
}

/** Compiles a `when` that `checkWhen` found nothing wrong with. */
export function compileWhen(logic: Json): When {
  const normal = normaliseWhen(logic);
  const usesTime = JSON.stringify(logic).includes('time');
  let run: Run | undefined = noRun;
  const evaluate = buildEvaluator(normal, () => run);
  const answer = (context: CallContext, named: boolean): WhenAnswer => {
    const data = whenData(context, usesTime);
    const own: Run = { context, named, data, visits: 0, onlyAbsent: true };
    run = own;
    try {
      const result = evaluate(data);
      if (typeof result === 'boolean') return { truth: result, definite: result };
      const absent = result === failed && own.onlyAbsent;
      return { truth: absent ? false : 'error', definite: undefined };
    } catch {
      // whatever an engine may throw, it decided nothing
      return { truth: 'error', definite: undefined };
    } finally {
      run = noRun;
    }
  };
  return {
    check: { label: 'when', test: (context, named) => answer(context, named).truth },
    answer,
  };
}

type Evaluator = (data: unknown) => unknown;

function buildEvaluator(logic: Json, current: () => Run | undefined): Evaluator {
  const paths = new Map<string, ArgPath>();
  const readVar = (operands: readonly Value[], data: Json): Value => {
    const [first] = operands;
    const name = typeof first === 'number' ? String(first) : first;
    if (typeof name !== 'string') return fail(current());
    const value = readPath(data, pathOf(name, paths));
    if (value !== undefined) return isNaNLike(value) ? fail(current()) : value;
    const [, fallback] = operands;
    return fallback === undefined ? missing(current(), name, data) : fallback;
  };
  const engine = new LogicEngine({});
  for (const [name, operate] of Object.entries(operators)) {
    engine.addMethod(name, (operands: readonly Value[]) => {
      const result = operate(operands);
      if (result === failed && !operands.includes(failed)) fail(current());
      return result;
    });
  }
  engine.addMethod('var', readVar);
  addIterators(engine, current);
  const built: unknown = engine.build(logic);
  if (!isEvaluator(built)) throw new TypeError('json-logic-engine built no function');
  return built;
}

function isEvaluator(built: unknown): built is Evaluator {
  return typeof built === 'function';
}

function pathOf(name: string, paths: Map<string, ArgPath>): ArgPath {
  let path = paths.get(name);
  if (path === undefined) {
    path = name === '' ? [] : name.split('.');
    paths.set(name, path);
  }
  return path;
}

function isNaNLike(value: Json): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}

function fail(run: Run | undefined): typeof failed {
  if (run !== undefined) run.onlyAbsent = false;
  return failed;
}

function missing(run: Run | undefined, name: string, data: Json): typeof failed {
  if (run === undefined || data !== run.data || !name.startsWith('args.')) return fail(run);
  const truth = whenMissing(run.context, name.split('.').slice(1), run.named);
  return truth === false ? failed : fail(run);
}

type Body = (item: Json) => Value;

function addIterators(engine: LogicEngine, current: () => Run | undefined): void {
  const add = (name: string, iterate: (list: readonly Json[], body: Body, rest: Value) => Value) =>
    engine.addMethod(name, {
      lazy: true,
      method: (operands: readonly Json[], data: Json) => {
        const evaluate = (logic: Json | undefined, scope: Json): Value =>
          toKnown(engine.run(logic, scope), current);
        const list = evaluate(operands[0], data);
        if (list === failed) return failed;
        if (!isJsonArray(list) || !canVisit(current(), list.length)) return fail(current());
        const rest = operands[2] === undefined ? null : evaluate(operands[2], data);
        return iterate(list, (item) => evaluate(operands[1], item), rest);
      },
    });
  const truthOf = (value: Value): Truth => {
    if (value !== failed && typeof value !== 'boolean') fail(current());
    return toTruth(value);
  };
  const some = (list: readonly Json[], body: Body): Truth => {
    let any: Truth = false;
    for (const item of list) any = either(any, truthOf(body(item)));
    return any;
  };
  const all = (list: readonly Json[], body: Body): Truth => {
    let every: Truth = list.length > 0;
    for (const item of list) every = both(every, truthOf(body(item)));
    return every;
  };
  add('some', (list, body) => toValue(some(list, body)));
  add('all', (list, body) => toValue(all(list, body)));
  add('none', (list, body) => {
    const any = some(list, body);
    return any === 'error' ? failed : !any;
  });
  add('map', (list, body) => {
    const mapped: Json[] = [];
    for (const item of list) {
      const value = body(item);
      if (value === failed) return failed;
      mapped.push(value);
    }
    return mapped;
  });
  add('filter', (list, body) => {
    const kept: Json[] = [];
    for (const item of list) {
      const keep = truthOf(body(item));
      if (keep === 'error') return failed;
      if (keep) kept.push(item);
    }
    return kept;
  });
  add('reduce', (list, body, initial) => {
    let accumulator = initial;
    for (const item of list) {
      if (accumulator === failed) return failed;
      accumulator = body({ current: item, accumulator });
    }
    return accumulator;
  });
}

/** What came out of the engine is made of our own operators' values. */
function toKnown(result: unknown, current: () => Run | undefined): Value {
  return isValue(result) ? result : fail(current());
}

function isValue(result: unknown): result is Value {
  return result === failed || (result !== undefined && typeof result !== 'function');
}

function canVisit(run: Run | undefined, items: number): boolean {
  if (run === undefined) return false;
  run.visits += items;
  return run.visits <= maxVisits;
}
