import type { Decision, Verdict } from '../model/decision.ts';
import { toPointer } from '../model/json-pointer.ts';
import type { Json } from '../model/json.ts';
import { noKnowledge, type Origin } from '../model/provenance.ts';
import type { CallContext } from './call-context.ts';
import { type Candidate, type CandidateGroup, evaluate } from './candidates.ts';
import type { Truth } from './truth.ts';

/** How one rule met one call. */
export interface TracedRule {
  readonly rule: string;
  readonly file: string;
  readonly verdict: Verdict;
  readonly mode: 'enforce' | 'shadow' | 'off';
  /** Past its day: an auto_approve rule no longer counts. */
  readonly expired: boolean;
  readonly outcome: Truth;
  /** What the rule asks for that is not there. */
  readonly unmet?: string;
  readonly conditions: readonly { readonly label: string; readonly result: Truth }[];
}

/** A decision with every rule that it was made from. */
export interface RuleTrace {
  readonly decision: Decision;
  readonly rules: readonly TracedRule[];
  /** Where the values of the call came from, in a session that remembers something. */
  readonly origins: readonly TracedOrigin[];
}

/** Of one argument, by its JSON pointer; the value itself is not here. */
export interface TracedOrigin {
  readonly argument: string;
  readonly origin: Origin;
  /** The kinds of texts it was found in, the first first: `the user`, or the tool that gave it. */
  readonly found: readonly string[];
}

const maxTraced = 64;

/** Of each text and number among the arguments; the first 64. */
export function traceOrigins({ call, facts }: CallContext): readonly TracedOrigin[] {
  if (facts.session === noKnowledge) return [];
  const traced: TracedOrigin[] = [];
  const walk = (value: Json, path: readonly string[]): void => {
    if (traced.length >= maxTraced) return;
    if (typeof value === 'object' && value !== null) {
      for (const [step, inner] of Object.entries(value)) walk(inner, [...path, step]);
    } else if (typeof value === 'string' || typeof value === 'number') {
      const { origin, sources } = facts.session.originOf(value);
      const found = sources.map(({ tool, origin: of }) =>
        of === 'user' ? 'the user' : (tool ?? of),
      );
      traced.push({ argument: toPointer(path), origin, found });
    }
  };
  walk(call.args, []);
  return traced;
}

/** Every candidate, the strictest first. */
export function traceRules(group: CandidateGroup, context: CallContext): readonly TracedRule[] {
  const all = [...group.deny, ...group.review, ...group.allow, ...group.shadow].concat(
    group.rollouts.flatMap(({ candidate = [] }) => candidate),
  );
  return all.map((candidate) => traceRule(candidate, context));
}

function traceRule(candidate: Candidate, context: CallContext): TracedRule {
  const { rule, scope, named, checks } = candidate;
  const conditions = checks
    .flatMap(({ parts }) => parts)
    .map(({ label, test }) => ({ label, result: test(context, named) }));
  return {
    rule: rule.name,
    file: rule.file,
    verdict: rule.verdict,
    mode: rule.mode,
    expired: context.facts.nowMs >= rule.endsMs,
    outcome: evaluate(candidate, context),
    ...(rule.unmet === undefined ? undefined : { unmet: rule.unmet.what }),
    conditions: scope === 'error' ? [{ label: 'scope', result: scope }, ...conditions] : conditions,
  };
}
