import type { Decision, Verdict } from '../core/model/decision.ts';
import type { JsonObject } from '../core/model/json.ts';
import type { Trial } from '../core/rules/embedded-tests.ts';
import type { RuleTrace, TracedRule } from '../core/rules/trace.ts';
import { toPrintable } from './printable.ts';
import type { Style } from './style.ts';

/** For `--json`: stable. */
export function traceToJson(
  { decision, rules, origins }: RuleTrace,
  rulesVersion: string,
): JsonObject {
  const { verdict, by, code, reason, rule = null, explanation } = decision;
  const { limits = [], filters = [] } = decision.verdict === 'deny' ? {} : decision;
  return {
    verdict,
    by,
    code,
    reason,
    rule,
    rulesVersion,
    matched: explanation?.matched ?? null,
    file: explanation?.file ?? null,
    nearest: explanation?.nearest === undefined ? null : { ...explanation.nearest },
    limits: limits.map(({ rule, amount, max }) => ({ rule, amount, max })),
    filters: [...filters],
    origins: origins.map(({ argument, origin, found }) => ({
      argument,
      origin,
      found: [...found],
    })),
    candidates: rules.map(({ conditions, unmet = null, ...rule }) => ({
      ...rule,
      unmet,
      conditions: conditions.map((condition) => ({ ...condition })),
    })),
  };
}

function showOrigins({ origins }: RuleTrace): readonly string[] {
  if (origins.length === 0) return [];
  const lines = origins.map(({ argument, origin, found }) => {
    const where = found.length === 0 ? '' : ` (${found.join(', ')})`;
    return toPrintable(`  ${argument}: ${origin}${where}`);
  });
  return ['', 'where its values came from:', ...lines];
}

/** The answer first, then how it came about. */
export function showTrace(
  explained: { readonly trace: RuleTrace; readonly trial: Trial; readonly version: string },
  style: Style,
): string {
  const { trace, trial, version } = explained;
  const { decision, rules } = trace;
  const { call, facts } = trial;
  const { verdict, rule, reason, explanation } = decision;
  const byError = explanation?.matched === 'matched_on_error' ? ' by error' : '';
  const by = rule === undefined ? 'no rule matches' : `rule ${toPrintable(rule)}${byError}`;
  const lines = [
    `${paintVerdict(verdict, style)(verdict)}  ${style.bold(toPrintable(`${call.tool}.${call.action}`))}  (${by}, ${decision.code})`,
    `  ${toPrintable(reason)}`,
    ...conditionsOf(decision),
    '',
    rules.length === 0
      ? `no rule of ${version.slice(0, 12)} speaks of this tool and action`
      : `rules that speak of it, the strictest first (version ${version.slice(0, 12)}, ring ${facts.ring}, env ${toPrintable(facts.env)}):`,
    ...rules.flatMap((one) => showRule(one, style)),
    ...showOrigins(trace),
  ];
  const { nearest } = explanation ?? {};
  if (nearest !== undefined && verdict !== 'allow') {
    const where = toPrintable(`\`${nearest.missed}\` of rule ${nearest.rule}`);
    lines.push('', `nearest to an approval: it misses only ${style.yellow(where)}`);
  }
  return `${lines.join('\n')}\n`;
}

function conditionsOf(decision: Decision): readonly string[] {
  if (decision.verdict === 'deny') return [];
  const { limits = [], filters = [] } = decision;
  return [
    ...limits.map(({ rule }) => `  takes from the limit of rule ${toPrintable(rule)}`),
    ...filters.map((filter) => `  passes the filter ${toPrintable(filter)}`),
  ];
}

function showRule(traced: TracedRule, style: Style): readonly string[] {
  const { rule, file, verdict, mode, expired, outcome, unmet, conditions } = traced;
  const notes = [
    file,
    ...(mode === 'enforce' ? [] : [`in ${mode}: not enforced`]),
    ...(expired ? ['expired'] : []),
    ...(unmet === undefined ? [] : [`asks for what is not there: ${unmet}`]),
  ].map(toPrintable);
  const head = `  ${paintVerdict(verdict, style)(verdict.padEnd(6))} ${style.bold(toPrintable(rule))}: ${outcomes[String(outcome)]}`;
  return [
    `${head}  ${style.dim(`(${notes.join(', ')})`)}`,
    ...conditions.map(({ label, result }) => {
      const word = String(result).padEnd(5);
      return `           ${result === true ? style.green(word) : style.red(word)}  ${toPrintable(label)}`;
    }),
  ];
}

const outcomes: Readonly<Record<string, string>> = {
  true: 'matches',
  false: 'does not match',
  error: 'cannot be evaluated',
};

/** The colour of a verdict, everywhere on the command line. */
function paintVerdict(verdict: Verdict, style: Style): (text: string) => string {
  const paints = { allow: style.green, review: style.yellow, deny: style.red };
  return paints[verdict];
}
