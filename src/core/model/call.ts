import type { Decision, OutcomeStatus, Verdict } from './decision.ts';
import type { Json } from './json.ts';
import type { SessionKnowledge } from './provenance.ts';
import type { Ring, ToolDefinition } from './tool.ts';

/** Who acts. Minted by the host through the hypervisor; a string is never an identity. */
export interface Agent {
  readonly kind: 'agent';
  readonly id: string;
  readonly roles: readonly string[];
  /** What the host lets it do, in words that rules ask for; none when left out. */
  readonly permissions?: readonly string[];
  readonly parent?: Agent;
}

/** What the host says the user wrote. Never taken from graph state or request messages. */
export interface UserSaid {
  readonly role: 'user';
  readonly text: string;
}

/** Where agents work together. */
export interface Session {
  readonly kind: 'session';
  readonly id: string;
  readonly user?: string;
  observe(said: UserSaid): void;
  join(agent: Agent): Promise<Seat>;
  /** Ends the session and gives the RFC 6962 Merkle root of its log entries, in hexadecimal. */
  end(): Promise<{ root: string }>;
}

/** One agent in one session: what rules, rings, limits, provenance and the log speak about. */
export interface Seat {
  readonly agent: Agent;
  readonly session: Session;
}

/** An authenticated human; made only by `hypervisor.authenticate`. */
export interface Person {
  readonly kind: 'person';
  readonly id: string;
}

/** A framework's ids for a call: labels from outside, never an identity. */
export interface Claim {
  readonly adapter: string;
  readonly thread: string;
  readonly task: string;
  readonly id: string;
  /**
   * When the framework began the turn (milliseconds since 1970), the same over every resume of it: tells a call
   * whose claim was forgotten from a new one. Without it a call of a forgotten claim counts as new.
   */
  readonly turnMs?: number;
}

/** One request to run one tool: the unit of logging, counting and executing. */
export interface ToolCall {
  /** Ours, 128 random bits, one per attempt. */
  readonly id: string;
  readonly tool: string;
  readonly action: string;
  /** Digest of the tool's definition. */
  readonly definition: string;
  /** Parsed once, transforms applied, frozen; exactly what `run` gets. */
  readonly args: Json;
  readonly seat: Seat;
  readonly claim?: Claim;
  /** SHA-256 of the canonical JSON of tool, action, definition, arguments, agent id and session id. */
  readonly fingerprint: string;
}

export interface PastCall {
  readonly callId: string;
  readonly tool: string;
  readonly action: string;
  readonly verdict: Verdict;
  readonly status: OutcomeStatus;
}

/** What a decision may know beside the call; read once per pass. */
export interface Facts {
  readonly tool: ToolDefinition;
  readonly ring: Ring;
  readonly env: string;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
  /** The last calls of the session, oldest first, bounded. */
  readonly history: readonly PastCall[];
  /** Where values came from, what happened before, and what taints the session. */
  readonly session: SessionKnowledge;
  /** Whether calls that are done went there; left out: nobody knows of any. */
  readonly usedBefore?: ((destination: string | number) => UsedBefore) | undefined;
  /** Rules whose rollout was put back, by the first 16 digits of their hashes. */
  readonly reverted?: ReadonlySet<string> | undefined;
  /** What earlier supervisors decided. */
  readonly soFar: Decision | undefined;
}

/** What is remembered of a destination: bounded, and nothing of it outlasts the process. What is not known was not used. */
export interface UsedBefore {
  readonly inSession: boolean;
  /** In any session. */
  readonly byAgent: boolean;
}

export type KillScope =
  | 'all'
  | { readonly tool: string }
  | { readonly agent: string }
  | { readonly session: string };
