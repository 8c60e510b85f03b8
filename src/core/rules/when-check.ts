import { type Json, isJsonArray, isJsonObject } from '../model/json.ts';
import { quote } from '../model/quote.ts';
import { nearestWord } from '../model/nearest-word.ts';
import { toTold } from './remedy.ts';
import type { Finding } from './problem.ts';

type Steps = Finding['path'];

// least and most arguments of every operator that `when` may use
const arities = new Map<string, readonly [number, number]>([
  ['var', [1, 2]],
  ['==', [2, 2]],
  ['===', [2, 2]],
  ['!=', [2, 2]],
  ['!==', [2, 2]],
  ['<', [2, 3]],
  ['<=', [2, 3]],
  ['>', [2, 2]],
  ['>=', [2, 2]],
  ['!', [1, 1]],
  ['!!', [1, 1]],
  ['and', [1, 500]],
  ['or', [1, 500]],
  ['if', [3, 500]],
  ['?:', [3, 3]],
  ['+', [1, 500]],
  ['-', [1, 2]],
  ['*', [1, 500]],
  ['/', [2, 2]],
  ['%', [2, 2]],
  ['max', [1, 500]],
  ['min', [1, 500]],
  ['in', [2, 2]],
  ['cat', [1, 500]],
  ['substr', [2, 3]],
  ['merge', [1, 500]],
  ['all', [2, 2]],
  ['some', [2, 2]],
  ['none', [2, 2]],
  ['filter', [2, 2]],
  ['map', [2, 2]],
  ['reduce', [2, 3]],
]);
const iterators = new Set(['all', 'some', 'none', 'filter', 'map', 'reduce']);
const roots = ['args', 'agent', 'session', 'tool', 'time'];
const forbidden = new Set(['__proto__', 'prototype', 'constructor']);
const maxDepth = 24;
const maxNodes = 500;

interface Walk {
  readonly findings: Finding[];
  nodes: number;
}

/** What is wrong with a `when`, before any engine sees it: unknown operators, size, depth, paths. */
export function checkWhen(logic: Json, path: Steps): readonly Finding[] {
  const walk: Walk = { findings: [], nodes: 0 };
  if (!isJsonObject(logic)) {
    return [
      { path, ...toTold('expected JSON Logic such as `{ "<": [ { "var": "args.a" }, 10 ] }`') },
    ];
  }
  checkNode(walk, logic, path, { depth: 1, scoped: false });
  return walk.findings;
}

/** Every operator with its arguments in an array, so that an array among the values is never taken for arguments. */
export function normaliseWhen(logic: Json): Json {
  if (isJsonArray(logic)) return logic.map(normaliseWhen);
  if (!isJsonObject(logic)) return logic;
  return Object.fromEntries(
    Object.entries(logic).map(([operator, operands]) => [
      operator,
      isJsonArray(operands) ? operands.map(normaliseWhen) : [normaliseWhen(operands)],
    ]),
  );
}

interface Place {
  readonly depth: number;
  /** Inside an iterator, where `var` reads the element. */
  readonly scoped: boolean;
}

function checkNode(walk: Walk, node: Json, path: Steps, place: Place): void {
  walk.nodes += 1;
  if (walk.nodes > maxNodes) {
    if (walk.nodes === maxNodes + 1)
      fail(walk, path, `\`when\` has more than ${maxNodes} parts`, 'split the rule');
    return;
  }
  if (place.depth > maxDepth) {
    fail(walk, path, `\`when\` is nested deeper than ${maxDepth}`, 'split the rule');
    return;
  }
  const below = { ...place, depth: place.depth + 1 };
  if (isJsonArray(node)) {
    node.forEach((item, index) => checkNode(walk, item, [...path, index], below));
  } else if (isJsonObject(node)) {
    checkOperation(walk, node, path, below);
  }
}

function checkOperation(
  walk: Walk,
  node: { readonly [key: string]: Json },
  path: Steps,
  place: Place,
): void {
  const [operator, ...more] = Object.keys(node);
  if (operator === undefined || more.length > 0) {
    fail(walk, path, 'an operation has exactly one key, its operator', 'join several with `and`');
    return;
  }
  const arity = arities.get(operator);
  if (arity === undefined) {
    failOperator(walk, [...path, operator], operator);
    return;
  }
  const given = node[operator] ?? null;
  const operands = isJsonArray(given) ? given : [given];
  if (operands.length < arity[0] || operands.length > arity[1]) {
    const wanted = arity[0] === arity[1] ? `${arity[0]}` : `${arity[0]} to ${arity[1]}`;
    fail(
      walk,
      [...path, operator],
      `\`${operator}\` takes ${wanted} operands, not ${operands.length}`,
      `write them as a list of ${wanted}`,
    );
    return;
  }
  const at = (index: number) =>
    isJsonArray(given) ? [...path, operator, index] : [...path, operator];
  if (operator === 'var') {
    checkVar(walk, operands, at(0), place.scoped);
    return;
  }
  operands.forEach((operand, index) => {
    const scoped = place.scoped || (iterators.has(operator) && index === 1);
    checkNode(walk, operand, at(index), { ...place, scoped });
  });
}

function checkVar(walk: Walk, operands: readonly Json[], path: Steps, scoped: boolean): void {
  const [name, fallback = null] = operands;
  if (typeof fallback === 'object' && fallback !== null) {
    fail(
      walk,
      path,
      'the default of `var` must be a plain value',
      'write a text, a number, `true`, `false` or `null`',
    );
  }
  if (typeof name !== 'string' && !(scoped && typeof name === 'number')) {
    fail(walk, path, '`var` takes a path written out', 'write one such as `args.amount`');
    return;
  }
  const steps = String(name).split('.');
  if (steps.some((step) => forbidden.has(step))) {
    fail(
      walk,
      path,
      '`var` cannot read `__proto__`, `prototype` or `constructor`',
      'read an argument of another name',
    );
  } else if (!scoped && !roots.includes(steps[0] ?? '')) {
    const near = nearestWord(steps[0] ?? '', roots);
    const remedy =
      near === undefined
        ? `arguments are read as ${quote(`args.${name}`)}`
        : `did you mean \`${near}\`?`;
    fail(walk, path, `\`var\` reads ${roots.map((root) => `\`${root}\``).join(', ')}`, remedy);
  } else if (steps.length > 1 && steps.includes('')) {
    fail(walk, path, 'the path of `var` has an empty step', 'write one dot between two names');
  }
}

function failOperator(walk: Walk, path: Steps, operator: string): void {
  const near = nearestWord(operator, [...arities.keys()]);
  walk.findings.push({
    path,
    at: 'key',
    message: `unknown operator ${quote(operator)}`,
    remedy:
      near === undefined
        ? `known are ${[...arities.keys()].join(' ')}`
        : `did you mean \`${near}\`?`,
  });
}

function fail(walk: Walk, path: Steps, message: string, remedy: string): void {
  walk.findings.push({ path, message, remedy });
}
