import type { ToolCall } from '../model/call.ts';
import type { ToolDefinition } from '../model/tool.ts';
import type { CallContext, CheckGroup } from './call-context.ts';
import { type CompiledRule, matchAction } from './compiled-rule.ts';
import type { LimitPlan } from './limits.ts';
import { matchTool } from './name-pattern.ts';
import type { PathWants } from './predicates-path.ts';
import type { Rollout } from './rollout.ts';
import { type Truth, both } from './truth.ts';

/** A rule whose tool, action and manifest scope a call may meet. */
export interface Candidate {
  readonly rule: CompiledRule;
  /** The rule names the tool of the call. */
  readonly named: boolean;
  readonly scope: true | 'error';
  readonly checks: readonly CheckGroup[];
  readonly limits: readonly LimitPlan[];
}

/** Candidates by verdict, each by the name of the rule; those in shadow apart. */
export interface CandidateGroup {
  readonly deny: readonly Candidate[];
  readonly review: readonly Candidate[];
  readonly allow: readonly Candidate[];
  readonly shadow: readonly Candidate[];
  /** What they must have looked up before they are asked. */
  readonly paths: readonly PathWants[];
  /** One of them leaves room for a judge. */
  readonly hasSpans: boolean;
  /** Enforced for a part of the calls, each by the name of the rule. */
  readonly rollouts: readonly RolledOut[];
}

/** A rule that is rolled out, and the rule that it replaces, as far as the call is in the scope of each. */
export interface RolledOut {
  readonly rule: CompiledRule;
  readonly rollout: Rollout;
  readonly candidate: Candidate | undefined;
  readonly replaced: Candidate | undefined;
}

interface Entry {
  /** What the group was found for: a digest alone is somebody's word. */
  readonly tool: ToolDefinition;
  readonly group: CandidateGroup;
}

/** What candidates are found by. */
type CallName = Pick<ToolCall, 'definition' | 'tool' | 'action'>;

/** A tool and action that candidates were found for. */
export interface Asked {
  readonly call: CallName;
  readonly tool: ToolDefinition;
}

export interface CandidateIndex {
  find(call: CallName, tool: ToolDefinition): CandidateGroup;
  /** The oldest first. */
  asked(): readonly Asked[];
  /** Does the work of the first `find`, one rule a step. */
  prepare(asked: Asked): Iterable<void>;
}

// the action of a call may be made from its arguments, so what is kept must be bounded
const maxEntries = 10_000;
const maxKept = 500_000;

/** Rules by the tools that they name, those that are off left out. */
export interface RulePlaces {
  add(rule: CompiledRule): void;
  /** Those that the call may meet. */
  near(call: CallName): ReadonlySet<CompiledRule>;
  /** Those that stand instead of another. */
  readonly replacing: readonly CompiledRule[];
}

export function createRulePlaces(rules: readonly CompiledRule[] = []): RulePlaces {
  const byTool = new Map<string, CompiledRule[]>();
  const wild: CompiledRule[] = [];
  const replacing: CompiledRule[] = [];
  const add = (rule: CompiledRule): void => {
    if (rule.rollout?.insteadOf !== undefined) replacing.push(rule);
    if (rule.mode !== 'off') place(rule, byTool, wild);
  };
  for (const rule of rules) add(rule);
  return {
    add,
    near(call) {
      const full = byTool.get(`${call.tool}.${call.action}`) ?? [];
      return new Set([...(byTool.get(call.tool) ?? []), ...full, ...wild]);
    },
    replacing,
  };
}

/** Finds candidates by the names of tools; what was found is kept by definition, tool and action. */
export function createCandidateIndex({ near, replacing }: RulePlaces): CandidateIndex {
  const found = new Map<string, Map<string, Map<string, Entry>>>();
  let entries = 0;
  let kept = 0;
  const resolve = (call: CallName, tool: ToolDefinition): CandidateGroup => {
    const candidates = [...near(call)]
      .map((rule) => toCandidate(rule, call, tool))
      .filter((candidate) => candidate !== undefined)
      .toSorted((one, other) => compareText(one.rule.name, other.rule.name));
    if (entries >= maxEntries || kept > maxKept) {
      found.clear();
      [entries, kept] = [0, 0];
    }
    entries += 1;
    kept += candidates.length;
    const group = toGroup(candidates, replacing);
    const tools = entryOf(found, call.definition, () => new Map());
    entryOf(tools, call.tool, () => new Map<string, Entry>()).set(call.action, { tool, group });
    return group;
  };
  return {
    find: (call, tool) => {
      const entry = found.get(call.definition)?.get(call.tool)?.get(call.action);
      return entry?.tool === tool ? entry.group : resolve(call, tool);
    },
    asked: () =>
      [...found].flatMap(([definition, tools]) =>
        [...tools].flatMap(([name, actions]) =>
          [...actions].map(([action, { tool }]) => ({
            call: { definition, tool: name, action },
            tool,
          })),
        ),
      ),
    *prepare({ call, tool }) {
      for (const rule of near(call)) {
        // its costly parts are kept by the rule
        toCandidate(rule, call, tool);
        yield;
      }
      resolve(call, tool);
    },
  };
}

/** Kleene over the scope and all checks: false wins over error. */
export function evaluate(candidate: Candidate, context: CallContext): Truth {
  let truth: Truth = candidate.scope;
  for (const check of candidate.checks) {
    const each = check.test(context, candidate.named);
    if (each === false) return false;
    if (each === 'error') truth = 'error';
  }
  return truth;
}

function place(
  rule: CompiledRule,
  byTool: Map<string, CompiledRule[]>,
  wild: CompiledRule[],
): void {
  if (rule.tools === undefined || rule.tools.globs.length > 0) wild.push(rule);
  for (const name of rule.tools?.exact ?? []) entryOf(byTool, name, () => []).push(rule);
}

function entryOf<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function toCandidate(
  rule: CompiledRule,
  call: CallName,
  tool: ToolDefinition,
): Candidate | undefined {
  const match = matchTool(rule.tools, call.tool, call.action);
  if (match.truth === false) return undefined;
  const scope = both(both(match.truth, matchAction(rule, call.action)), rule.manifestScope(tool));
  return scope === false ? undefined : { rule, named: match.named, scope, ...rule.body() };
}

function toGroup(
  candidates: readonly Candidate[],
  replacing: readonly CompiledRule[],
): CandidateGroup {
  const enforced = candidates.filter(
    ({ rule }) => rule.mode === 'enforce' && rule.rollout === undefined,
  );
  return {
    deny: enforced.filter(({ rule }) => rule.verdict === 'deny'),
    review: enforced.filter(({ rule }) => rule.verdict === 'review'),
    allow: enforced.filter(({ rule }) => rule.verdict === 'allow'),
    shadow: candidates.filter(({ rule }) => rule.mode === 'shadow'),
    paths: candidates.map(({ rule }) => rule.paths).filter((paths) => paths !== undefined),
    hasSpans: candidates.some(({ rule }) => rule.may.length > 0),
    rollouts: toRolledOut(candidates, enforced, replacing),
  };
}

/** Where a call is in the scope of the replaced rule alone, the candidate still takes that rule away. */
function toRolledOut(
  candidates: readonly Candidate[],
  enforced: readonly Candidate[],
  replacing: readonly CompiledRule[],
): readonly RolledOut[] {
  const inScope = candidates.map(({ rule }) => rule).filter(({ rollout }) => rollout !== undefined);
  const among = new Set([...inScope, ...replacing]);
  return [...among]
    .flatMap((rule): readonly RolledOut[] => {
      const { rollout } = rule;
      const candidate = candidates.find((each) => each.rule === rule);
      const replaced = enforced.find((each) => each.rule.name === rollout?.insteadOf);
      if (rollout === undefined || (candidate ?? replaced) === undefined) return [];
      return [{ rule, rollout, candidate, replaced }];
    })
    .toSorted((one, other) => compareText(one.rule.name, other.rule.name));
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
