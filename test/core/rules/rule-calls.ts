import type { ToolCall } from '../../../src/core/model/call.ts';
import type { Json } from '../../../src/core/model/json.ts';
import { noKnowledge } from '../../../src/core/model/provenance.ts';
import type { Manifest, Ring, ToolDefinition } from '../../../src/core/model/tool.ts';
import type { RuleFacts } from '../../../src/core/rules/call-context.ts';
import { type LoadOptions, type RuleProblem, loadRules } from '../../../src/core/rules/load.ts';
import type { RuleSet } from '../../../src/core/rules/rule-set.ts';

/** 10:00 on a Monday in UTC. */
export const monday = Date.UTC(2026, 10, 23, 10, 0, 0);

export interface CallParts {
  readonly tool?: string;
  readonly action?: string;
  readonly args?: Json;
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
  readonly agent?: string;
  readonly session?: string;
  readonly env?: string;
  readonly ring?: Ring;
  readonly nowMs?: number;
  readonly realPath?: (path: string) => string | undefined;
  readonly manifest?: Manifest;
  readonly schema?: ToolDefinition['schema'];
}

/** A call and the facts around it, as the pipeline would hand them to the rules. */
export function makeCall(parts: CallParts = {}): { call: ToolCall; facts: RuleFacts } {
  const { manifest, schema } = parts;
  const tool: ToolDefinition = {
    name: parts.tool ?? 'stripe',
    description: '',
    ...(manifest === undefined ? {} : { manifest }),
    ...(schema === undefined ? {} : { schema }),
  };
  return {
    call: {
      id: 'c1',
      tool: tool.name,
      action: parts.action ?? 'run',
      definition: `definition of ${tool.name}`,
      args: parts.args ?? {},
      seat: {
        agent: {
          kind: 'agent',
          id: parts.agent ?? 'ada',
          roles: parts.roles ?? [],
          ...(parts.permissions === undefined ? {} : { permissions: parts.permissions }),
        },
        session: {
          kind: 'session',
          id: parts.session ?? 's1',
          observe: () => undefined,
          join: () => Promise.reject(new Error('not here')),
          end: () => Promise.reject(new Error('not here')),
        },
      },
      fingerprint: 'f',
    },
    facts: {
      tool,
      ring: parts.ring ?? 2,
      env: parts.env ?? 'prod',
      nowMs: parts.nowMs ?? monday,
      approvalMs: 3_600_000,
      session: noKnowledge,
      ...(parts.realPath === undefined ? {} : { realPath: parts.realPath }),
    },
  };
}

/** One file, made of rules. */
export function fileOf(rules: readonly unknown[], rest: object = {}, name = 'rules.json') {
  return { name, text: JSON.stringify({ rules, ...rest }) };
}

/** The rule set, or an exception that shows the problems. */
export function load(rules: readonly unknown[], rest: object = {}, options?: LoadOptions): RuleSet {
  const loaded = loadRules([fileOf(rules, rest)], options);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, undefined, 2));
  return loaded.set;
}

/** The errors of a text, or none. */
export function errorsOf(text: string, options?: LoadOptions): readonly RuleProblem[] {
  const loaded = loadRules([{ name: 'rules.json', text }], options);
  return loaded.ok ? [] : loaded.problems.filter(({ severity }) => severity === 'error');
}

/** One rule, `probe`, that speaks of the tool `stripe`. */
export function probe(condition: object, rest: object = {}): Record<string, unknown> {
  return {
    name: 'probe',
    condition: { tool: 'stripe', ...condition },
    approval: 'auto_approve',
    ...rest,
  };
}

export function decideWith(set: RuleSet, parts: CallParts = {}) {
  const { call, facts } = makeCall(parts);
  return set.decide(call, facts);
}
