import type { Filter, Gate, Supervisor } from '../model/extension.ts';
import type { Rate } from '../gates/rate.ts';
import type { Facts, ToolCall } from '../model/call.ts';
import type { JsonObject } from '../model/json.ts';
import type { Clock, Ids, Journal, Log, Records, Vault } from '../model/ports.ts';
import type { Manifest, Ring } from '../model/tool.ts';
import type { RolloutPlan } from '../rules/rollout-plan.ts';
import { defaultMaxTextBytes } from '../sessions/text-pool.ts';
import type { DurableCounters } from './recovery.ts';
import type { Persons } from './persons.ts';

/** Bounds and defaults, each in the unit that its name says. */
export interface Settings {
  /** Default 1,000. */
  readonly gateTimeoutMs: number;
  /** For all supervisors together, and for writing the decision. Default 10,000. */
  readonly decideTimeoutMs: number;
  /** For a person, before a ticket is handed out. Default 30,000. */
  readonly waitMs: number;
  /** Default 3,600,000. */
  readonly approvalMs: number;
  /** Default 100 in all, 10 an agent. */
  readonly maxOpenApprovals: number;
  readonly maxOpenPerAgent: number;
  /** What is known of work that frameworks may run again: default 100,000 calls, 24 hours. */
  readonly maxClaims: number;
  readonly claimMs: number;
  /** Of the counters, at quiet moments. Default 60,000. */
  readonly saveMs: number;
  /** Of a registered agent, 0..1. Default 0.70. */
  readonly defaultScore: number;
  /** Of what all sessions remember of texts; the longest idle forgets first. Default 268,435,456. */
  readonly maxTextBytes: number;
}
export const defaultSettings: Settings = {
  gateTimeoutMs: 1000,
  decideTimeoutMs: 10_000,
  waitMs: 30_000,
  approvalMs: 3_600_000,
  maxOpenApprovals: 100,
  maxOpenPerAgent: 10,
  maxClaims: 100_000,
  claimMs: 86_400_000,
  saveMs: 60_000,
  defaultScore: 0.7,
  maxTextBytes: defaultMaxTextBytes,
};

/** What the composition root hands to the core. */
export interface HypervisorParts {
  readonly log: Log;
  readonly vault: Vault;
  readonly records: Records;
  readonly counters: DurableCounters;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly supervisors: readonly Supervisor[];
  readonly filters?: readonly Filter[];
  /** Checks beside the built-in ones, asked after them. */
  readonly gates?: readonly ((tools: { manifestOf(call: ToolCall): Manifest }) => Gate)[];
  readonly env?: string;
  readonly rates?: Partial<Record<Ring, Rate>>;
  readonly authenticate?: (credential: unknown) => Promise<string>;
  /** Tools, or `tool.action`, whose every call needs a person. */
  readonly highRisk?: readonly string[];
  /** Every call that would be allowed needs a person. */
  readonly confirmAll?: boolean;
  /** One ring for everybody: for replay, where the rules alone shall decide. */
  readonly fixedRing?: Ring;
  readonly settings?: Partial<Settings>;
  /** Of the rules in force, by `trialHash`: which of them are rolled out, and when they go back. */
  readonly rollouts?: () => ReadonlyMap<string, RolloutPlan>;
}

/** A running hypervisor as the composition root sees it: with what listeners, rules and the socket need. */
export interface Inside {
  readonly journal: Journal;
  readonly emit: (name: string, event: JsonObject) => void;
  readonly persons: Persons;
  /** What is known of a call at this moment, outside of any pass. */
  readonly factsOf: (call: ToolCall) => Facts;
}

/** What rules mean by `env` where nobody says. */
export const defaultEnv = 'production';
