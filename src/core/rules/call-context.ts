import type { Facts, ToolCall } from '../model/call.ts';
import type { Judged } from './judged.ts';
import { knowledgeOf } from './schema-knowledge.ts';
import type { Truth } from './truth.ts';
import type { ArgPath } from './arg-path.ts';

/** What rules may know beside the call. */
export interface RuleFacts extends Pick<Facts, 'tool' | 'ring' | 'env' | 'nowMs' | 'session'> {
  /** How long an approval asked for now lives, in milliseconds. */
  readonly approvalMs: number;
  /** Rules (`trialHash`) whose rollout was put back: they are evaluated, never enforced. */
  readonly reverted?: ReadonlySet<string> | undefined;
  /** Puts every call on this side of every rollout: for the tests that stand in rules. */
  readonly side?: 'candidate' | 'control';
  /** What a judge says of the rules that leave room for one; without it each rule's own verdict stands. */
  readonly judged?: Judged;
  /** The real path behind a path that the rules asked for before deciding; undefined if it cannot be resolved. */
  readonly realPath?: (path: string) => string | undefined;
}

/** One call as the conditions of one rule see it. */
export interface CallContext {
  readonly call: ToolCall;
  readonly facts: RuleFacts;
}

/** One question about a call. `named`: the rule names the tool of the call. */
export type Test = (context: CallContext, named: boolean) => Truth;

/** One testable part of a condition; `label` names it for people, without its operands. */
export interface Check {
  readonly label: string;
  readonly test: Test;
}

/** Parts that are quicker tested together: `test` gives what all `parts` joined (Kleene) would give. */
export interface CheckGroup {
  readonly test: Test;
  readonly parts: readonly Check[];
}

/**
 * What a predicate on an argument says that the call lacks: false only where the tool cannot have it,
 * or where nobody knows and the rule does not speak of this tool; else it cannot be decided.
 */
export function whenMissing(context: CallContext, path: ArgPath, named: boolean): Truth {
  const knowledge = knowledgeOf(context.facts.tool, path);
  if (knowledge === 'impossible') return false;
  return knowledge === 'known' || named ? 'error' : false;
}
