import type { Agent, ToolCall } from '../model/call.ts';
import { requiredRing, type Manifest, type Ring } from '../model/tool.ts';
import { createStateGate, type StateGate } from './state-gate.ts';

const needs = {
  0: 'an administrator’s ring (0)',
  1: 'ring 1, or ring 2 with a person’s approval',
  2: 'ring 2',
  3: 'ring 3',
} as const;

/**
 * Denies what the agent's ring, read at this moment, does not reach. An irreversible call from ring 2
 * passes here and gets the requirement of a person instead.
 */
export function createRingGate(options: {
  readonly ringOf: (agent: Agent) => Ring;
  readonly manifestOf: (call: ToolCall) => Manifest;
}): StateGate {
  return createStateGate('ring', (call) => {
    const required = requiredRing(options.manifestOf(call));
    const ring = options.ringOf(call.seat.agent);
    const reached = required === 1 ? 2 : required;
    if (ring <= reached) return undefined;
    return {
      verdict: 'deny',
      by: 'ring',
      code: 'RING_TOO_LOW',
      reason: `\`${call.tool}\` needs ${needs[required]}; the agent is in ring ${ring}`,
    };
  });
}
