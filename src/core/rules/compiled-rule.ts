import { canonicalJson } from '../model/canonical-json.ts';
import type { JsonObject } from '../model/json.ts';
import type { Demand, Verdict } from '../model/decision.ts';
import { joinKey } from '../model/length-prefixed.ts';
import { sha256Hex } from '../model/sha256.ts';
import type { ToolDefinition } from '../model/tool.ts';
import type { CheckGroup } from './call-context.ts';
import { compileCondition } from './condition.ts';
import { type LimitPlan, compileLimits } from './limits.ts';
import { manifestScope } from './manifest-scope.ts';
import { type PathWants, pathWants } from './predicates-path.ts';
import { type NamePattern, compileNames, matchName, scopeTexts } from './name-pattern.ts';
import { type Approval, type Lists, type RuleSource, type ScopeSource } from './source.ts';
import { type Rollout, compileRollout } from './rollout.ts';
import type { Truth } from './truth.ts';

export const verdictOf = {
  auto_approve: 'allow',
  require_review: 'review',
  deny: 'deny',
} as const satisfies Record<Approval, Verdict>;

/** Something the rule asks for that is not there, so that a match cannot be let through. */
export interface Unmet {
  readonly code: 'FILTER_MISSING' | 'REQUIREMENT_MISSING';
  /** For operators. */
  readonly what: string;
}

/** The parts of a rule that cost something to build. */
export interface RuleBody {
  readonly checks: readonly CheckGroup[];
  readonly limits: readonly LimitPlan[];
}

/** One rule, ready to be asked. */
export interface CompiledRule {
  readonly name: string;
  readonly file: string;
  readonly source: RuleSource;
  /** As it stands in the file. */
  readonly raw: JsonObject;
  readonly verdict: Verdict;
  readonly mode: 'enforce' | 'shadow' | 'off';
  /** Of an enforced rule that counts for a part of the calls only. */
  readonly rollout: Rollout | undefined;
  readonly tools: NamePattern | undefined;
  readonly actions: NamePattern | undefined;
  readonly filters: readonly string[];
  /** Labels that the session gets after a call that the rule matched, and those that it then loses. */
  readonly taints: readonly string[];
  readonly declassifies: readonly string[];
  readonly needsPerson: boolean;
  readonly unmet: Unmet | undefined;
  /** The verdicts by which a judge may replace the rule's own; none for most. */
  readonly may: readonly Verdict[];
  /** When an auto_approve rule stops (milliseconds since 1970), or never. */
  readonly endsMs: number;
  /** What the manifest of a tool says to the rule's scope. */
  manifestScope(tool: ToolDefinition): Truth;
  /** Changes with anything that could change a decision. */
  hash(): string;
  /** The lists that the rule names. */
  usedLists(): JsonObject;
  body(): RuleBody;
  /** What it must have looked up before it is asked; undefined if nothing. */
  readonly paths: PathWants | undefined;
}

/** A rule in which the checks found no error. */
export interface CheckedRule {
  readonly source: RuleSource;
  readonly raw: JsonObject;
  readonly file: string;
}

/** Compiles a rule; the costly parts only when first asked for. */
export function compileRule({ source, raw, file }: CheckedRule, lists: Lists): CompiledRule {
  const { condition } = source;
  const hash = once(() => hashRule(raw, lists));
  return {
    name: source.name,
    file,
    source,
    raw,
    verdict: verdictOf[source.approval],
    mode: source.mode ?? 'enforce',
    rollout: compileRollout(source),
    tools: compileScope(condition.tool, 'tool', lists),
    actions: compileScope(condition.action, 'action', lists),
    filters: source.filters ?? [],
    taints: source.taint ?? [],
    declassifies: source.declassify ?? [],
    needsPerson: source.requires?.includes('person') ?? false,
    unmet: findUnmet(source),
    may: source.llm?.may ?? [],
    endsMs: source.approval === 'auto_approve' ? endOf(source) : Number.POSITIVE_INFINITY,
    manifestScope: (tool) => manifestScope(condition, tool.manifest),
    hash,
    paths: pathWants(condition, lists),
    usedLists: once(() => listsOf(raw, lists)),
    body: once(() => ({
      checks: compileCondition(condition, lists, verdictOf[source.approval]),
      limits: compileLimits(condition, {
        rule: source.name,
        onExceed: (limit) =>
          source.on_exceed === 'require_review' ? limitDemand(hash(), limit) : 'deny',
      }),
    })),
  };
}

function compileScope(
  source: ScopeSource | undefined,
  kind: 'tool' | 'action',
  lists: Lists,
): NamePattern | undefined {
  return source === undefined ? undefined : compileNames(scopeTexts(source, lists), kind);
}

/** Whether the action of a call is in the rule's scope. */
export function matchAction(rule: CompiledRule, action: string): Truth {
  return matchName(rule.actions, action);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Who lets one limit of a rule be passed has said nothing of its others. */
function limitDemand(rule: string, limit: string): Demand {
  const ruleHash = sha256Hex(joinKey('limit', rule, limit));
  return { by: 'rules', code: 'LIMIT_EXCEEDED', ruleHash, quorum: 1 };
}

/** The end of the day that `metadata.expires` names, in UTC. */
export function endOf(source: RuleSource): number {
  const day = source.metadata?.expires;
  return day === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${day}T00:00:00Z`) + 86_400_000;
}

function hashRule(raw: JsonObject, lists: Lists): string {
  // a list that the rule names is a part of what it means
  return sha256Hex(canonicalJson([withoutTests(raw), listsOf(raw, lists)]));
}

function withoutTests(raw: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(raw).filter(([key]) => key !== 'tests'));
}

function listsOf(raw: JsonObject, lists: Lists): JsonObject {
  const text = canonicalJson(withoutTests(raw));
  return Object.fromEntries([...lists].filter(([name]) => text.includes(JSON.stringify(name))));
}

function findUnmet(source: RuleSource): Unmet | undefined {
  const requirements = (source.requires ?? []).filter((requirement) => requirement !== 'person');
  if (requirements.length === 0) return undefined;
  return { code: 'REQUIREMENT_MISSING', what: requirements.join(', ') };
}
