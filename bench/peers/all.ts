import { agentGovernanceSdk } from './agent-governance-sdk.ts';
import { casbin } from './casbin.ts';
import { jsonLogicJs } from './json-logic-js.ts';
import { jsonRulesEngine } from './json-rules-engine.ts';
import type { Peer } from './peer.ts';

export const peers: readonly Peer[] = [jsonRulesEngine, casbin, jsonLogicJs, agentGovernanceSdk];
