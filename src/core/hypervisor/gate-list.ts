import type { StateGate } from '../gates/state-gate.ts';
import { createRateGate, mergeRates } from '../gates/rate.ts';
import { createRingGate } from '../gates/ring.ts';
import { createStateGate } from '../gates/state-gate.ts';
import type { ToolCall } from '../model/call.ts';
import type { Deny } from '../model/decision.ts';
import type { Gate } from '../model/extension.ts';
import { undeclaredManifest, type Manifest } from '../model/tool.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { HypervisorParts } from './assembly.ts';
import type { Identity } from './identity.ts';
import { markStateOnly } from './judge.ts';
import type { OpenLedger } from './ledger.ts';
import type { ToolRegistry } from './tool-registry.ts';

/** The gates in the order in which they are asked; the first deny ends the pass. */
export function listGates(
  parts: HypervisorParts,
  built: {
    readonly killSwitch: StateGate;
    readonly quarantine: StateGate;
    readonly identity: Identity;
    readonly ledger: OpenLedger;
    readonly tools: ToolRegistry;
    readonly faultOf: (call: ToolCall) => Deny | undefined;
  },
): readonly Gate[] {
  const { agents, sessions } = built.identity;
  const { counters, clock } = parts;
  const manifestOf = ({ tool }: ToolCall): Manifest =>
    built.tools.find(tool)?.manifest ?? undeclaredManifest;
  return [
    markStateOnly(built.killSwitch),
    markStateOnly(built.quarantine),
    createRateGate({ counters, clock, rates: mergeRates(parts.rates) }),
    createSessionGate(sessions),
    // after the bucket, so that calls which are no calls cost a token too
    markStateOnly(createStateGate('call', built.faultOf)),
    ...built.ledger.gates.map(markStateOnly),
    markStateOnly(createRingGate({ ringOf: agents.ring, manifestOf })),
    ...(parts.gates ?? []).map((create) => create({ manifestOf })),
  ];
}

function createSessionGate(sessions: Sessions): Gate {
  return {
    name: 'session',
    blocked: ({ seat }) => sessions.blocked(seat.session),
    // an implicit session may have ended in an earlier process
    async check({ seat }) {
      await sessions.settle(seat.session);
      return sessions.blocked(seat.session);
    },
  };
}
