import { createStateGate } from '../core/gates/state-gate.ts';
import type { Hypervisor } from '../core/hypervisor/api.ts';
import { openHypervisor } from '../core/hypervisor/hypervisor.ts';
import { markStateOnly } from '../core/hypervisor/judge.ts';
import type { Seat } from '../core/model/call.ts';
import type { Decision, Deny, Outcome } from '../core/model/decision.ts';
import { SupervisionError } from '../core/model/errors.ts';
import { canonicalName } from '../core/model/names.ts';
import type { Ring } from '../core/model/tool.ts';
import { lexicalPath } from '../core/rules/path-text.ts';
import type { RuleSet } from '../core/rules/rule-set.ts';
import { createRuleBasedSupervisor } from '../core/supervisors/rule-based.ts';
import { builtInFilters } from '../filters/built-in.ts';
import type { MemoryCounters } from '../stores/memory/counters.ts';
import type { VirtualClock } from '../stores/memory/virtual-clock.ts';
import {
  createBlindVault,
  createCountingIds,
  createCountingLog,
  createReplayRecords,
} from './replay-stores.ts';
import type { ToolList } from './trace-tools.ts';
import type { TraceRow } from './trace-row.ts';

export interface GenerationOptions {
  readonly rules: RuleSet;
  readonly ring: Ring;
  /** What there is; without a list every tool is registered as it comes, undeclared. */
  readonly tools: ToolList | undefined;
  /** Outlive the generation: limits and time go on. */
  readonly counters: MemoryCounters;
  readonly clock: VirtualClock;
  /** Called once for names that are the same once canonical. */
  readonly onCollision: (spellings: readonly string[]) => void;
}

/** What became of a recorded call. */
export interface Judged {
  readonly decision: Decision;
  readonly action: string;
  /** Of the tool as it was declared. */
  readonly isRead: boolean;
}

/** A hypervisor with everything real but the world: memory stores, virtual clock, recorded results. */
export interface Generation {
  /** One agent alone in a session of its own, both named by a number that must be fresh. */
  seat(number: number): Promise<Seat>;
  /** Feeds one call through the pipeline. */
  submit(seat: Seat, row: Pick<TraceRow, 'tool' | 'args' | 'result'>): Promise<Judged>;
  /** How many tools came undeclared. */
  readonly undeclared: number;
  close(): Promise<void>;
}

/** Recorded paths are of another machine and another time: taken as they are written, without links. */
const recordedPaths = { realPath: async (path: string) => lexicalPath(path), home: '~' };

/** An approval is over before the next call: the clock moves a whole millisecond or more between them. */
const approvalMs = 1;

export async function openGeneration(options: GenerationOptions): Promise<Generation> {
  const { rules, ring, clock, counters } = options;
  let decided: Decision | undefined;
  const watched: RuleSet = {
    ...rules,
    decide: (call, facts) => (decided = rules.decide(call, facts)),
  };
  const names = createNames(options);
  const { hypervisor } = await openHypervisor({
    log: createCountingLog(),
    vault: createBlindVault(),
    records: createReplayRecords(),
    counters,
    clock,
    ids: createCountingIds(),
    supervisors: [
      createRuleBasedSupervisor({ current: () => watched, approvalMs, paths: recordedPaths }),
    ],
    gates: [() => names.gate],
    filters: builtInFilters(),
    fixedRing: ring,
    settings: {
      approvalMs,
      waitMs: 0,
      maxOpenApprovals: Infinity,
      maxOpenPerAgent: Infinity,
      saveMs: Number.MAX_SAFE_INTEGER,
    },
  });

  return {
    get undeclared() {
      return names.undeclared;
    },
    async seat(number) {
      // never the recorded names: they tell what nobody may know who decides
      const agent = await hypervisor.agents.register({ id: `agent-${number}` });
      return hypervisor.seat(agent, `session-${number}`);
    },
    async submit(seat, { tool, args, result }) {
      names.meet(hypervisor, tool);
      decided = undefined;
      const request = { tool, args: { value: args }, seat, waitMs: 0 };
      const outcome = await hypervisor.submit(request, () => result);
      const definition = hypervisor.tools.find(tool)?.definition;
      const action = typeof definition?.action === 'string' ? definition.action : 'run';
      const isRead = definition?.manifest?.effect === 'read';
      return { decision: decisionOf(outcome, decided), action, isRead };
    },
    close: hypervisor.close,
  };
}

/** An outcome tells why a call did not run; of one that ran, the rules have told. */
function decisionOf<R>(outcome: Outcome<R>, decided: Decision | undefined): Decision {
  if (outcome.status === 'refused' || outcome.status === 'pending') return outcome.why;
  if (decided !== undefined) return decided;
  throw new TypeError('a call ran that no rule decided');
}

/** Registers tools when they are first called, and denies those whose names collide. */
function createNames({ tools, onCollision }: GenerationOptions) {
  const colliding = new Map(tools?.colliding);
  let undeclared = 0;

  const meetUndeclared = (hypervisor: Hypervisor, name: string): void => {
    const known = hypervisor.tools.find(name)?.definition.name;
    if (known === name) return;
    const canonical = findCanonical(name);
    if (canonical === undefined) return;
    if (known === undefined) {
      hypervisor.tools.register({ name, description: '' });
      undeclared += 1;
    } else if (!colliding.has(canonical)) {
      colliding.set(canonical, [known, name]);
      onCollision([known, name]);
    }
  };
  const meetListed = (hypervisor: Hypervisor, list: ToolList, name: string): void => {
    if (hypervisor.tools.find(name) !== undefined) return;
    const definition = list.tools.get(findCanonical(name) ?? '');
    if (definition !== undefined) hypervisor.tools.register(definition);
  };

  return {
    get undeclared() {
      return undeclared;
    },
    meet(hypervisor: Hypervisor, name: string): void {
      if (tools === undefined) meetUndeclared(hypervisor, name);
      else meetListed(hypervisor, tools, name);
    },
    gate: markStateOnly(
      createStateGate('names', ({ tool }) => {
        const spellings = colliding.get(tool);
        return spellings === undefined ? undefined : toCollision(tool, spellings);
      }),
    ),
  };
}

function toCollision(tool: string, spellings: readonly string[]): Deny {
  const names = spellings.map((name) => `\`${name}\``).join(' and ');
  const reason = `tools ${names} have the same canonical name \`${tool}\`; rename one`;
  return { verdict: 'deny', by: 'names', code: 'NAME_COLLISION', reason };
}

/** Undefined for what cannot name a tool: the pipeline says why. */
function findCanonical(name: string): string | undefined {
  try {
    return canonicalName('tool', name);
  } catch (error) {
    if (error instanceof SupervisionError) return undefined;
    throw error;
  }
}
