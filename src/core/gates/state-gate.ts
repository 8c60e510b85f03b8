import type { ToolCall } from '../model/call.ts';
import type { Deny } from '../model/decision.ts';
import type { Gate } from '../model/extension.ts';

/** A gate over state in memory: its answer never waits, so both of its questions are the same one. */
export interface StateGate extends Gate {
  blocked(call: ToolCall): Deny | undefined;
}

export function createStateGate(
  name: string,
  blocked: (call: ToolCall) => Deny | undefined,
): StateGate {
  return { name, blocked, check: async (call) => blocked(call) };
}
