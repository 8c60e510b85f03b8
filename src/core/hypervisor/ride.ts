import type { Facts, PastCall, ToolCall } from '../model/call.ts';
import type { Conditions, Demand, Deny } from '../model/decision.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Approvals } from '../approvals/approvals.ts';
import type { EntryBody } from '../model/ports.ts';
import type { SessionKnowledge } from '../model/provenance.ts';
import type { Ring, RunIo } from '../model/tool.ts';
import type { ClaimHold } from './claims.ts';
import type { FilterParts } from './filters.ts';
import type { Flight } from './flights.ts';
import type { JudgeParts } from './judge.ts';
import { PassFacts } from './pass-facts.ts';
import type { Received } from './receive.ts';

/** A call on its way, with what it came with and what persons have said of it so far. */
export interface Ride<R> {
  readonly received: Received;
  readonly flight: Flight;
  readonly run: (args: Json, io: RunIo) => R | Promise<R>;
  readonly mode: 'run' | 'advisory';
  /** How long to wait for a person before a ticket is handed out: milliseconds, 0 or more. */
  readonly waitMs: number;
  /** The approvals that this pass redeems, the newest first, and the demands they satisfy. */
  readonly approvals: readonly string[];
  readonly satisfied: readonly Demand[];
  /** Who may not answer, as the approvals before this pass knew it: after a restart a session may not. */
  readonly requesters: readonly string[];
  /** Of a call that its framework may make again. */
  readonly claim: ClaimHold | undefined;
  /** Filters that are not asked any more: those of this pass, and those that rewrote the arguments before. */
  readonly applied: readonly string[];
  /** Filters that have rewritten the arguments. The others are asked again once a person has answered. */
  readonly rewrote: readonly string[];
}

/** Everything that a pass needs from outside; made once by the hypervisor. */
export interface PipelineParts extends JudgeParts, FilterParts {
  readonly env: string;
  /** Of all gates, in their order, as the log names them. */
  readonly gateNames: string;
  readonly refund: (reservation: string) => Promise<void>;
  /** Advisory mode: what the call does to its session is known, and kept, before foreign code is told to run it; else why not. */
  readonly markRelease: (received: Received, effects: CallEffects) => Promise<Deny | undefined>;
  /** Advisory mode: hands the allowed call to foreign code, to be settled later. */
  readonly release: (received: Received, ending: Omit<Ending, 'entry' | 'result'>) => void;
  readonly approvals: Approvals;
  readonly ringOf: (call: ToolCall) => Ring;
  readonly historyOf: (call: ToolCall) => readonly PastCall[];
  readonly knowledgeOf: (call: ToolCall) => SessionKnowledge;
  readonly usedBeforeOf: (call: ToolCall) => NonNullable<Facts['usedBefore']>;
  /** Rules whose rollout was put back. */
  readonly reverted: () => ReadonlySet<string> | undefined;
  readonly requestersOf: (call: ToolCall) => readonly string[];
  readonly ledger: Ledger;
  readonly emit: (name: string, call: ToolCall, more: { readonly [key: string]: Json }) => void;
}

/** Where decisions and outcomes are written, and what follows from them. */
export interface Ledger {
  /**
   * Resolves once the entry is durable. `preimage` and the limits that it takes go to the vault, and
   * commitments to them into the entry.
   */
  decided(entry: EntryBody, preimage: string, limits?: readonly JsonObject[]): Promise<unknown>;
  /** In line behind the next durable entry: nothing waits for a refusal. */
  refused(received: Received, entry: EntryBody, why: Deny): Promise<void>;
  /** Never rejects: what cannot be written now is kept, and the agent held until it is. */
  finished(ending: Ending): Promise<void>;
}

export interface Ending {
  readonly received: Received;
  readonly entry: EntryBody;
  /** Of a done call: what came back, where it is JSON. Of a failed one: the text of its error. */
  readonly result: { readonly text: string; readonly canonical: string } | undefined;
  readonly reservation: string | undefined;
  readonly past: PastCall;
  /** What the decision says of the session after a call that was started. */
  readonly effects?: CallEffects;
}

/** What a call that was started does to what its session knows. */
export interface CallEffects extends Pick<Conditions, 'taints' | 'declassifies'> {
  /** A person approved just this call. */
  readonly isApproved: boolean;
}

/** Read once a pass; what is seldom asked for is made when asked for. */
export function readFacts<R>(parts: PipelineParts, { received, flight }: Ride<R>): PassFacts {
  const { call, tool } = received;
  const read = {
    tool: tool?.definition ?? { name: call.tool, description: '' },
    ring: parts.ringOf(call),
    env: parts.env,
    nowMs: parts.clock.nowMs(),
    reverted: parts.reverted(),
  };
  let session: SessionKnowledge | undefined;
  return new PassFacts(read, {
    flight,
    historyOf: parts.historyOf,
    usedBeforeOf: parts.usedBeforeOf,
    // one for the pass: its questions together may cost so much
    knowledgeOf: (asked) => (session ??= parts.knowledgeOf(asked)),
  });
}
