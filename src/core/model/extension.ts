import type { Facts, ToolCall } from './call.ts';
import type { Decision, Deny } from './decision.ts';
import type { Json } from './json.ts';

/**
 * A check that can deny a call and nothing else: a gate that could ask for a person would end the pass
 * before a deny rule is read. A throw or a time-out is a deny.
 */
export interface Gate {
  readonly name: string;
  check(call: ToolCall, facts: Facts): Promise<Deny | undefined>;
  /** The same question without waiting; asked again in the very turn that starts the tool. */
  blocked?(call: ToolCall): Deny | undefined;
  /** Counts attempts: not asked again when an approved call is redeemed. */
  readonly attemptsOnly?: boolean;
}

/** Decides a call that no gate denied. All supervisors run, joined by the stricter: an added one can only tighten. */
export interface Supervisor {
  readonly name: string;
  decide(call: ToolCall, facts: Facts): Promise<Decision>;
}

/** A check or rewrite that rules ask for by name. A rewritten call is judged again, without the filters already applied. */
export interface Filter {
  readonly name: string;
  before?(args: Json, call: ToolCall): Promise<Json | Deny>;
  after?(result: Json, call: ToolCall): Promise<Json | Deny>;
}
