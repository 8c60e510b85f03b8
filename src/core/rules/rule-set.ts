import type { ToolCall } from '../model/call.ts';
import type { ToolDefinition } from '../model/tool.ts';
import type { Decision } from '../model/decision.ts';
import type { RuleFacts } from './call-context.ts';
import {
  type Asked,
  createCandidateIndex,
  createRulePlaces,
  type RulePlaces,
} from './candidates.ts';
import type { CompiledRule } from './compiled-rule.ts';
import { type Defaults, type Judge, decide, listGrey } from './decide.ts';
import type { GreyRule } from './grey.ts';
import type { RuleFile } from './problem.ts';
import { wantedPaths } from './predicates-path.ts';
import type { Lists } from './source.ts';
import { type RuleTrace, traceOrigins, traceRules } from './trace.ts';

export type { Asked } from './candidates.ts';
export type { RuleFacts } from './call-context.ts';
export type { GreyRule } from './grey.ts';
export type { Judged } from './judged.ts';
export type { RuleTrace, TracedRule } from './trace.ts';

/** All rules files of a folder, as one whole: compiled, tested, swapped together. */
export interface RuleSet {
  /** SHA-256 in hexadecimal over the names and canonical content of all files; their order does not matter. */
  readonly version: string;
  /** The sources, to keep the last good set. */
  readonly files: readonly RuleFile[];
  /** How many rules there are, those in shadow or off included. */
  readonly size: number;
  /** By name. */
  readonly rules: readonly CompiledRule[];
  readonly defaults: Defaults;
  /** Of all files and from elsewhere, by name. */
  readonly lists: Lists;
  /** Tools and actions that were decided so far. */
  asked(): readonly Asked[];
  /** Builds, rule by rule, what a first decision on that tool and action would have to; each step is short. */
  prepare(asked: Asked): Iterable<void>;
  /** Pure and synchronous; never throws: what cannot be evaluated is denied. */
  decide(call: ToolCall, facts: RuleFacts): Decision;
  /** What to look up for `facts.realPath` before the rules decide this call; empty for nearly all calls. */
  pathsOf(call: ToolCall, tool: ToolDefinition): readonly string[];
  /** The rules that leave room for a judge, where what it says could change the decision; by name. */
  grey(call: ToolCall, facts: RuleFacts): readonly GreyRule[];
  /** Every candidate rule with every part of its condition; slow, for people. */
  explain(call: ToolCall, facts: RuleFacts): RuleTrace;
}

export interface RuleSetParts {
  readonly version: string;
  readonly files: readonly RuleFile[];
  readonly rules: readonly CompiledRule[];
  readonly defaults: Defaults;
  readonly lists?: Lists;
  /** Of these very rules, where they were placed one by one. */
  readonly places?: RulePlaces;
}

const noLists: Lists = new Map();

/** Puts compiled rules together; `loadRules` is the door that checks them before. */
export function createRuleSet(parts: RuleSetParts): RuleSet {
  const { version, files, rules, defaults, lists = noLists } = parts;
  const { places = createRulePlaces(rules) } = parts;
  const judge: Judge = { index: createCandidateIndex(places), defaults, version };
  const decideSafely = (call: ToolCall, facts: RuleFacts): Decision => {
    try {
      return decide(judge, call, facts);
    } catch {
      // a fault of ours must not become an exception in the middle of a pass
      return broken(version);
    }
  };
  return {
    version,
    files,
    size: rules.length,
    rules,
    defaults,
    lists,
    asked: judge.index.asked,
    prepare: judge.index.prepare,
    decide: decideSafely,
    grey: (call, facts) => {
      try {
        return listGrey(judge, call, facts);
      } catch {
        // what cannot be evaluated is denied by `decide`, and nobody need be asked
        return [];
      }
    },
    pathsOf: (call, tool) => {
      const { paths } = judge.index.find(call, tool);
      return paths.length === 0 ? noPaths : wantedPaths(paths, call, tool);
    },
    explain: (call, facts) => ({
      decision: decideSafely(call, facts),
      rules: traceRules(judge.index.find(call, facts.tool), { call, facts }),
      origins: traceOrigins({ call, facts }),
    }),
  };
}

const noPaths: readonly string[] = [];

function broken(rulesVersion: string): Decision {
  return {
    verdict: 'deny',
    by: 'rules',
    code: 'RULE_ERROR',
    reason: 'the rules cannot be evaluated for this call, so it is denied',
    rulesVersion,
  };
}
