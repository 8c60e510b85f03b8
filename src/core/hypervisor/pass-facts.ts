import type { Facts, PastCall, ToolCall } from '../model/call.ts';
import type { Decision } from '../model/decision.ts';
import type { SessionKnowledge } from '../model/provenance.ts';
import type { Flight } from './flights.ts';

/** What is made only when somebody asks for it. */
export interface LazyFacts {
  readonly flight: Flight;
  readonly historyOf: (call: ToolCall) => readonly PastCall[];
  readonly knowledgeOf: (call: ToolCall) => SessionKnowledge;
  readonly usedBeforeOf: (call: ToolCall) => NonNullable<Facts['usedBefore']>;
}

/** The facts of one pass. A class for its getters, which cost a microsecond each time in an object literal. */
export class PassFacts implements Facts {
  readonly tool: Facts['tool'];
  readonly ring: Facts['ring'];
  readonly env: string;
  readonly nowMs: number;
  readonly reverted: ReadonlySet<string> | undefined;
  readonly #soFar: Decision | undefined;
  readonly #lazy: LazyFacts;

  constructor(
    {
      tool,
      ring,
      env,
      nowMs,
      reverted,
    }: Pick<Facts, 'tool' | 'ring' | 'env' | 'nowMs' | 'reverted'>,
    lazy: LazyFacts,
    soFar?: Decision,
  ) {
    this.tool = tool;
    this.ring = ring;
    this.env = env;
    this.nowMs = nowMs;
    this.reverted = reverted;
    this.#soFar = soFar;
    this.#lazy = lazy;
  }
  get signal() {
    return this.#lazy.flight.signal;
  }
  get history() {
    return this.#lazy.historyOf(this.#lazy.flight.call);
  }
  get session() {
    return this.#lazy.knowledgeOf(this.#lazy.flight.call);
  }
  get usedBefore() {
    return this.#lazy.usedBeforeOf(this.#lazy.flight.call);
  }
  /** Frozen for whoever asks: the decision itself, which a reader must not be able to loosen. */
  get soFar() {
    return freezeDeep(this.#soFar);
  }
  /** The same facts for the next supervisor, who may know what the earlier ones decided. */
  withSoFar(soFar: Decision): PassFacts {
    return new PassFacts(this, this.#lazy, soFar);
  }
}

function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) freezeDeep(part);
  return Object.freeze(value);
}
