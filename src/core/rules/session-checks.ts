import type { Verdict } from '../model/decision.ts';
import { lostLabels, type RememberedCall, type Source } from '../model/provenance.ts';
import type { CallContext, Check } from './call-context.ts';
import { manifestScope } from './manifest-scope.ts';
import { compileNames, matchName, matchTool, scopeTexts } from './name-pattern.ts';
import type { Predicate } from './predicate.ts';
import { compilePredicates } from './predicates.ts';
import type { ConditionSource, Lists } from './source.ts';
import { toSpanMs } from './time-span.ts';
import { type Truth, both, either } from './truth.ts';

/** What the session remembers: its labels, what the user said, what ran before. */
export function compileSession(
  source: ConditionSource,
  lists: Lists,
  verdict: Verdict,
): readonly Check[] {
  const { session, after } = source;
  const { tainted, not_tainted: notTainted, user_said: said } = session ?? {};
  const { asked_by: askedBy, not_asked_by: notAskedBy } = session ?? {};
  return [
    ...(tainted === undefined ? [] : [{ label: 'session tainted', test: has(tainted) }]),
    ...(notTainted === undefined
      ? []
      : [{ label: 'session not_tainted', test: not(has(notTainted)) }]),
    ...(said === undefined
      ? []
      : [compileSaid(compilePredicates(said, lists, verdict), said.exists)]),
    ...(askedBy === undefined ? [] : [{ label: 'session asked_by', test: asks(askedBy, true) }]),
    ...(notAskedBy === undefined
      ? []
      : [{ label: 'session not_asked_by', test: asks(notAskedBy, false) }]),
    ...(after === undefined ? [] : [compileAfter(after, lists)]),
  ];
}

type Ask = (context: CallContext) => Truth;

function has(labels: readonly string[]): Ask {
  return ({ facts: { session } }) =>
    labels.some((label) => session.labels.has(label)) ||
    (session.labels.has(lostLabels) ? 'error' : false);
}

function not(ask: Ask): Ask {
  return (context) => {
    const truth = ask(context);
    return truth === 'error' ? truth : !truth;
  };
}

/** Whether any of them speaks of what the tool does; what was forgotten, or a name without words, leaves it open. */
function asks(speakers: readonly Source['origin'][], wanted: boolean): Check['test'] {
  return ({ call: { action }, facts: { session, tool: definition } }) => {
    let truth: Truth = session.overflowed ? 'error' : false;
    for (const speaker of speakers) {
      truth = either(truth, session.speaksOf(speaker, { definition, action }) ?? 'error');
    }
    return truth === 'error' ? truth : truth === wanted;
  };
}

/** Holds if all predicates hold for any one text of the user; what was forgotten leaves it open. */
function compileSaid(predicates: readonly Predicate[], exists: boolean | undefined): Check {
  const test = (context: CallContext): Truth => {
    const { userTexts, overflowed } = context.facts.session;
    if (exists === false) return overflowed ? 'error' : userTexts.length === 0;
    let truth: Truth = overflowed ? 'error' : false;
    for (const text of userTexts) {
      let each: Truth = true;
      for (const predicate of predicates) each = both(each, predicate.test(text, context));
      truth = either(truth, each);
    }
    return truth;
  };
  return { label: 'session user_said', test };
}

/** Holds if such a call of the session has run, within the time; what was forgotten leaves it open. */
function compileAfter(source: NonNullable<ConditionSource['after']>, lists: Lists): Check {
  const { tool, action, within } = source;
  const tools = tool === undefined ? undefined : compileNames(scopeTexts(tool, lists), 'tool');
  const actions =
    action === undefined ? undefined : compileNames(scopeTexts(action, lists), 'action');
  const spanMs = within === undefined ? Number.POSITIVE_INFINITY : toSpanMs(within);
  const isSuch = (call: RememberedCall, nowMs: number): Truth => {
    // a clock that was set back makes no call too old
    if (nowMs - call.atMs > spanMs) return false;
    const named = both(
      matchTool(tools, call.tool, call.action).truth,
      matchName(actions, call.action),
    );
    return both(named, manifestScope(source, call.definition.manifest));
  };
  const test = ({ facts: { session, nowMs } }: CallContext): Truth => {
    let truth: Truth = session.overflowed ? 'error' : false;
    for (const call of session.calls) truth = either(truth, isSuch(call, nowMs));
    return truth;
  };
  return { label: 'after', test };
}
