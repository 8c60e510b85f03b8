import { compileWhen } from '../when.ts';
import { toTrial } from '../embedded-tests.ts';
import type { Json } from '../../model/json.ts';
import { isJsonArray, isJsonObject } from '../../model/json.ts';
import type { Lists, PredicatesSource } from '../source.ts';
import { compileNames, scopeTexts } from '../name-pattern.ts';
import { quote } from '../../model/quote.ts';
import type { LintAround, LintNote, LintedRule } from './lint-finding.ts';
import { isNobody } from './names.ts';
import { isQuietOnError } from './quiet.ts';
import { toValueSet } from './value-kinds.ts';
import { hasValue } from './value-logic.ts';

/** Arguments whose predicates exclude each other: a mistake where the rule should protect, and idle where it allows. */
export function findContradictions(linted: LintedRule, around: LintAround): readonly LintNote[] {
  const { lists } = around;
  const { source } = linted.rule;
  const { args = {}, destinations } = source.condition;
  const isFine = (predicates: PredicatesSource) =>
    holdsForSome(predicates, lists) ||
    (linted.rule.verdict !== 'allow' && isOnlyUnfilled(predicates, lists));
  const notes = Object.entries(args).flatMap(([path, predicates]) =>
    isFine(predicates) ? [] : contradiction(linted, ['args', path], predicates, around),
  );
  if (destinations === undefined || destinations.exists === false) return notes;
  if (isFine(destinations)) return notes;
  return [...notes, ...contradiction(linted, ['destinations'], destinations, around)];
}

function holdsForSome(source: PredicatesSource, lists: Lists): boolean {
  const values = toValueSet(source, lists);
  if (source.exists === false) return values.tests.length + values.foreign.length === 0;
  return hasValue(values, 'true');
}

/** Nobody is on the list yet, as on most lists of what is denied at first; the other predicates agree. */
function isOnlyUnfilled({ in_list: list = '', ...rest }: PredicatesSource, lists: Lists): boolean {
  return lists.get(list)?.length === 0 && rest.exists !== false && holdsForSome(rest, lists);
}

function contradiction(
  rule: LintedRule,
  at: readonly string[],
  source: PredicatesSource,
  around: LintAround,
): readonly LintNote[] {
  const what = quote(at.join('.'));
  const isAllow = rule.rule.verdict === 'allow';
  const fails = mayFail(source, around.lists);
  if (isAllow && fails && !isQuietOnError(rule.rule, around)) return [];
  const byError = isAllow || !fails ? '' : ', or only by error';
  const message =
    source.exists === false
      ? `${what} must be missing and is asked for its value, so the rule never matches${byError}`
      : `no value satisfies all predicates of ${what}, so the rule never matches${byError}`;
  const code = isAllow ? 'never-matches' : 'contradictory-condition';
  return [{ code, rule, at: ['condition', ...at], message }];
}

/** What cannot be compared triggers a rule that denies or asks a person. */
function mayFail(source: PredicatesSource, lists: Lists): boolean {
  return source.exists !== true || hasValue(toValueSet(source, lists), 'not-false');
}

const scopeKinds = [
  ['tool', 'tool'],
  ['action', 'action'],
  ['role', 'role'],
  ['env', 'plain'],
  ['agent', 'agent'],
] as const;

/** Rules that no call can meet, whatever its arguments are. */
export function findNeverMatching(rule: LintedRule, around: LintAround): readonly LintNote[] {
  const { condition } = rule.rule.source;
  const notes: LintNote[] = [];
  for (const [key, kind] of scopeKinds) {
    const scope = condition[key];
    if (scope === undefined || !isNobody(compileNames(scopeTexts(scope, around.lists), kind)))
      continue;
    const message = `the list that ${quote(key)} names is empty, so the rule matches no call`;
    notes.push({ code: 'never-matches', rule, at: ['condition', key], message });
  }
  const { when } = condition;
  if (
    when !== undefined &&
    readsNothing(when) &&
    isNeverTrue(when, isQuietOnError(rule.rule, around))
  ) {
    const message = '`when` reads nothing of the call and is never true';
    notes.push({ code: 'never-matches', rule, at: ['condition', 'when'], message });
  }
  return notes;
}

function isNeverTrue(when: Json, isQuiet: boolean): boolean {
  const { truth } = compileWhen(when).answer(toTrial({ call: { tool: 'lint' } }, {}), true);
  return truth === false || (truth === 'error' && isQuiet);
}

function readsNothing(logic: Json): boolean {
  if (isJsonArray(logic)) return logic.every(readsNothing);
  if (!isJsonObject(logic)) return true;
  return !Object.hasOwn(logic, 'var') && Object.values(logic).every(readsNothing);
}
