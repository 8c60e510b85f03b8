import type { Kill } from '../gates/kill-switch.ts';
import type { QuarantineReason } from '../gates/quarantine.ts';
import type { Agent, Claim, KillScope, Person, Seat, Session, ToolCall } from '../model/call.ts';
import type { CallSummary, Outcome, Ticket } from '../model/decision.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { RegisteredTool, Ring, RunIo, ToolRegistration } from '../model/tool.ts';
import type { SessionOptions } from '../sessions/sessions.ts';
import type { AgentOptions } from '../trust/agents.ts';
import type { RawArgs } from './receive.ts';
import type { TrialReport } from './rollouts.ts';

/** One tool call as an adapter hands it in. */
export interface SubmitRequest {
  readonly tool: string;
  /** JSON text, one raw string, or a value that is copied. */
  readonly args: RawArgs;
  readonly seat: Seat;
  /** The framework's ids: labels from outside. */
  readonly claim?: Claim;
  /** `advisory`: foreign code runs the tool, and `settle` closes the call. Default `run`. */
  readonly mode?: 'run' | 'advisory';
  readonly signal?: AbortSignal;
  /** How long to wait for a person before the outcome is `pending`: milliseconds, default 30,000. */
  readonly waitMs?: number;
}

export type Run<R> = (args: Json, io: RunIo) => R | Promise<R>;

/** A call that waits for a person, as an approver sees it. */
export interface PendingApproval extends Ticket {
  readonly call: ToolCall;
  readonly openedAtMs: number;
  readonly expiresAtMs: number;
  /** Who asks for a person, and why. */
  readonly demands: readonly { readonly by: string; readonly code: string }[];
  /** Of a model, where one is asked for it (`judge.summaries`) and has answered: beside the call, never in its place. */
  readonly summary?: CallSummary;
}

/** Stands between agents and tools. Every way to a tool leads through `submit` or `resume`. */
export interface Hypervisor {
  readonly tools: {
    /** The same definition again gives the same handle; another one under the name throws `TOOL_INVALID`. */
    register(tool: ToolRegistration): RegisteredTool;
    find(name: string): RegisteredTool | undefined;
  };
  /** The one way in. Never throws for a decision: what becomes of the call is the outcome. */
  submit<R>(request: SubmitRequest, run: Run<R>): Promise<Outcome<R>>;
  /** Closes a released call when its result comes back. */
  settle(
    callId: string,
    result: { readonly value: Json } | { readonly error: string },
  ): Promise<void>;
  /**
   * Redeems an answered ticket: gates and rules again, now; the approval is used up; then it runs.
   * With `tool`, a ticket of another tool is refused: `run` would do what nobody judged.
   */
  resume<R>(ticket: Ticket, run: Run<R>, options?: { readonly tool?: string }): Promise<Outcome<R>>;
  readonly agents: {
    register(agent: AgentOptions): Promise<Agent>;
    /** The ring at this moment. */
    ring(agent: Agent): Ring;
  };
  readonly sessions: { open(options?: SessionOptions): Promise<Session> };
  /** For host code: a seat by handles or names. An agent that nobody registered is in ring 3. */
  seat(agent: Agent | string, session?: Session | string): Seat;
  readonly approvals: {
    list(): Promise<readonly PendingApproval[]>;
    /** Throws `APPROVAL_REFUSED` for the requester, a wrong fingerprint or a late answer. */
    answer(
      approvalId: string,
      answer: {
        readonly verdict: 'allow' | 'deny';
        readonly person: Person;
        readonly fingerprint: string;
      },
    ): Promise<void>;
  };
  readonly killSwitch: {
    kill(scope: KillScope, reason: string): Promise<void>;
    revive(scope: KillScope, person: Person): Promise<void>;
    list(): readonly Kill[];
  };
  readonly quarantine: {
    /** Default 300 seconds. */
    enter(agentId: string, reason: QuarantineReason, seconds?: number): Promise<void>;
    release(agentId: string, person: Person): Promise<void>;
  };
  readonly rollouts: {
    /** What is known of every rule on trial, by side. */
    report(): readonly TrialReport[];
    /** Puts a rule on trial again whose rollout was put back, counted from zero; throws `RULES_INVALID` for none. */
    lift(rule: string, person: Person): Promise<void>;
  };
  readonly events: {
    /** `*` hears everything; the answer takes the listener off. */
    on(name: string, listener: (event: JsonObject) => void): () => void;
  };
  /** Makes a person of a credential, by `options.authenticate`; throws `AUTHENTICATION_FAILED`. */
  authenticate(credential: unknown): Promise<Person>;
  health(): Promise<{ readonly ok: boolean; readonly problems: readonly string[] }>;
  /** Lets go of everything; calls in flight end, refused or unknown, and the log is flushed. */
  close(): Promise<void>;
}
