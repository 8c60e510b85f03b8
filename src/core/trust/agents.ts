import type { Agent } from '../model/call.ts';
import { SupervisionError } from '../model/errors.ts';
import type { JsonObject } from '../model/json.ts';
import { canonicalName } from '../model/names.ts';
import type { Clock, Journal, Records } from '../model/ports.ts';
import type { Ring } from '../model/tool.ts';
import { ringOfScore } from './ring-of-score.ts';

export interface AgentOptions {
  readonly id: string;
  readonly roles?: readonly string[];
  /** What rules may ask for as `permission`, such as `payments:write`. A parent's are not inherited. */
  readonly permissions?: readonly string[];
  /** 0..1, default 0.70; reaches ring 2 at most. A score that was kept from before wins over it. */
  readonly startScore?: number;
  readonly parent?: Agent;
  /** The person who answers for the agent, and so may not approve its calls. */
  readonly owner?: string;
}

/** Who acts, with which score: handles that only this registry makes, and scores that outlive the process. */
export interface Agents {
  register(options: AgentOptions): Promise<Agent>;
  /** The registered agent of that id, or a handle in ring 3. */
  named(id: string): Agent;
  /** True for a handle that this registry made. */
  isOurs(agent: Agent): boolean;
  /** The ring at this moment: from the score, never above the ring of a parent. */
  ring(agent: Agent): Ring;
  /** Persons who may not approve this agent's calls: its owner and its ancestors' owners. */
  ownersOf(agent: Agent): readonly string[];
}

interface Registration {
  readonly agent: Agent;
  readonly owner: string | undefined;
  readonly shape: string;
}

const reserved = new Set(['hypervisor']);

export async function openAgents(options: {
  readonly records: Records;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly defaultScore: number;
  /** Overrides the ring of everybody; for replay, where the rules alone shall decide. */
  readonly fixedRing?: Ring;
}): Promise<Agents> {
  const registered = new Map<string, Registration>();
  const scores = new Map<string, number>();
  const made = new WeakSet<Agent>();
  for (const { key, value } of await options.records.list('agent')) scores.set(key, toScore(value));

  const mint = (agent: Agent): Agent => {
    made.add(Object.freeze(agent));
    return agent;
  };
  const ring = (agent: Agent): Ring => {
    if (options.fixedRing !== undefined) return options.fixedRing;
    const own = registered.has(agent.id) ? ringOfScore(scores.get(agent.id)) : 3;
    if (agent.parent === undefined) return own;
    const above = ring(agent.parent);
    return above > own ? above : own;
  };
  const ownersOf = (agent: Agent): readonly string[] => {
    const owner = registered.get(agent.id)?.owner;
    const above = agent.parent === undefined ? [] : ownersOf(agent.parent);
    return owner === undefined ? above : [owner, ...above];
  };
  /** The kept score wins: registering again, under this process or the next, must not launder it. */
  const startScore = async (id: string, asked: number): Promise<void> => {
    if (scores.has(id)) return;
    // a text that looks like a number compares like one
    const score = Number.isFinite(asked) && asked >= 0 && asked <= 1 ? asked : 0;
    scores.set(id, score);
    const time = options.clock.nowMs();
    await options.records.compareAndSet('agent', id, 0, { score });
    await options.journal({
      type: 'ring.assigned',
      time,
      agent: id,
      score,
      ring: ringOfScore(score),
    });
  };

  return {
    ring,
    isOurs: (agent) => made.has(agent),
    async register(asked) {
      const id = canonicalName('agent', asked.id);
      if (reserved.has(id)) throw invalid(id, 'is reserved; choose another id');
      if (asked.parent !== undefined && !made.has(asked.parent)) {
        throw invalid(id, 'has a parent that was not registered here; pass the handle you got');
      }
      const roles = Object.freeze((asked.roles ?? []).map((role) => canonicalName('role', role)));
      const permissions = Object.freeze(
        (asked.permissions ?? []).map((permission) => canonicalName('permission', permission)),
      );
      const { parent: above, owner = null } = asked;
      const shape = JSON.stringify([roles, permissions, above?.id ?? null, owner]);
      const known = registered.get(id);
      if (known !== undefined && known.shape !== shape) {
        throw invalid(id, 'is registered with other roles, permissions, parent or owner');
      }
      if (known !== undefined) return known.agent;
      const parent = asked.parent === undefined ? {} : { parent: asked.parent };
      const agent = mint({ kind: 'agent', id, roles, permissions, ...parent });
      registered.set(id, { agent, owner: asked.owner, shape });
      await startScore(id, asked.startScore ?? options.defaultScore);
      return agent;
    },
    named(name) {
      const id = canonicalName('agent', name);
      if (reserved.has(id)) throw invalid(id, 'is reserved; choose another id');
      return registered.get(id)?.agent ?? mint({ kind: 'agent', id, roles: Object.freeze([]) });
    },
    ownersOf,
  };
}

function invalid(id: string, what: string): SupervisionError {
  return new SupervisionError('AGENT_INVALID', `agent \`${id}\` ${what}`);
}

// a record that cannot be read is the lowest score
function toScore({ score }: JsonObject): number {
  return typeof score === 'number' ? score : 0;
}
