import type { Agent, KillScope, Person, ToolCall } from '../model/call.ts';
import type { Deny } from '../model/decision.ts';
import { SupervisionError } from '../model/errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { joinKey } from '../model/length-prefixed.ts';
import { canonicalName } from '../model/names.ts';
import { putRecord, type Clock, type Journal, type Records } from '../model/ports.ts';
import { createStateGate, type StateGate } from './state-gate.ts';

export interface KillSwitch {
  readonly gate: StateGate;
  /** Latched before it returns to the event loop; rejects if it could not be made durable, and stays latched. */
  kill(scope: KillScope, reason: string): Promise<void>;
  /** An operator's act: logged before the latch opens. */
  revive(scope: KillScope, person: Person): Promise<void>;
  list(): readonly Kill[];
}
export interface Kill {
  readonly scope: KillScope;
  readonly reason: string;
  readonly atMs: number;
}

export interface KillSwitchOptions {
  readonly records: Records;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Cancels the calls in flight that the predicate names, in the same turn. */
  readonly cancel: (isHit: (call: ToolCall) => boolean, why: Deny) => void;
}

/** Opens the switch with the kills that outlived the last process. */
export async function openKillSwitch(options: KillSwitchOptions): Promise<KillSwitch> {
  const { records, journal, clock } = options;
  const kills = new Map<string, Kill>();
  for (const { key: stored, value } of await records.list('kill')) {
    const kill = parseKill(value);
    const key = scopeKey(kill.scope);
    kills.set(key, kill);
    if (key === stored) continue;
    // a damaged record is found, and revived, as what it counts for
    await putRecord(records, 'kill', key, toRecord(kill));
    await putRecord(records, 'kill', stored, undefined);
  }
  const gate = createStateGate('kill', (call) => findKill(kills, call));

  return {
    gate,
    list: () => [...kills.values()],
    async kill(asked, reason) {
      checkReason(reason);
      const scope = canonicalScope(asked);
      const key = scopeKey(scope);
      const kill: Kill = { scope, reason, atMs: clock.nowMs() };
      kills.set(key, kill);
      const only = new Map([[key, kill]]);
      options.cancel((call) => findKill(only, call) !== undefined, toDeny(kill));
      await putRecord(records, 'kill', key, toRecord(kill));
      await journal({ type: 'kill.thrown', time: kill.atMs, scope: toJson(scope), reason });
    },
    async revive(asked, person) {
      const scope = canonicalScope(asked);
      const key = scopeKey(scope);
      const kill = kills.get(key);
      if (kill === undefined) return;
      const time = clock.nowMs();
      await journal({ type: 'kill.revived', time, scope: toJson(scope), person: person.id });
      // thrown again meanwhile: this revival was of the one before
      if (kills.get(key) !== kill) return;
      await putRecord(records, 'kill', key, undefined);
      const again = kills.get(key);
      if (again === kill) kills.delete(key);
      else if (again !== undefined) await putRecord(records, 'kill', key, toRecord(again));
    },
  };
}

/** `all`, the tool or its `tool.action`, the session, the agent or any agent it descends from. */
function findKill(kills: ReadonlyMap<string, Kill>, call: ToolCall): Deny | undefined {
  if (kills.size === 0) return undefined;
  for (const key of keysOf(call)) {
    const kill = kills.get(key);
    if (kill !== undefined) return toDeny(kill);
  }
  return undefined;
}

function keysOf(call: ToolCall): readonly string[] {
  const keys = [
    'all',
    joinKey('tool', call.tool),
    joinKey('tool', `${call.tool}.${call.action}`),
    joinKey('session', call.seat.session.id),
  ];
  let agent: Agent | undefined = call.seat.agent;
  for (; agent !== undefined; agent = agent.parent) keys.push(joinKey('agent', agent.id));
  return keys;
}

function canonicalScope(scope: KillScope): KillScope {
  if (scope === 'all') return scope;
  if ('tool' in scope) return { tool: canonicalName('tool', scope.tool) };
  if ('agent' in scope) return { agent: canonicalName('agent', scope.agent) };
  return { session: canonicalName('session', scope.session) };
}

function scopeKey(scope: KillScope): string {
  if (scope === 'all') return scope;
  if ('tool' in scope) return joinKey('tool', scope.tool);
  if ('agent' in scope) return joinKey('agent', scope.agent);
  return joinKey('session', scope.session);
}

function toJson(scope: KillScope): JsonObject | 'all' {
  return scope === 'all' ? scope : { ...scope };
}

function toRecord({ scope, reason, atMs }: Kill): JsonObject {
  return { scope: toJson(scope), reason, atMs };
}

/** Whoever revives it later has nothing else to go by. */
function checkReason(reason: unknown): void {
  if (typeof reason === 'string' && reason.trim() !== '') return;
  throw new SupervisionError('CONFIG_INVALID', 'a kill needs a reason; say why in a few words');
}

function toDeny(kill: Kill): Deny {
  const whom = kill.scope === 'all' ? 'everything' : `this ${Object.keys(kill.scope).join()}`;
  const reason = `an operator has stopped ${whom}; nothing runs until it is revived`;
  return { verdict: 'deny', by: 'kill', code: 'KILLED', reason };
}

// a record that cannot be read kills everything: a damaged file must not open the switch
function parseKill(value: JsonObject): Kill {
  const { scope, reason, atMs } = value;
  return {
    scope: parseScope(scope ?? 'all'),
    reason: typeof reason === 'string' ? reason : 'unreadable record of a kill',
    atMs: typeof atMs === 'number' ? atMs : 0,
  };
}

function parseScope(scope: JsonObject[string]): KillScope {
  if (!isJsonObject(scope)) return 'all';
  const { tool, agent, session } = scope;
  if (typeof tool === 'string') return { tool };
  if (typeof agent === 'string') return { agent };
  if (typeof session === 'string') return { session };
  return 'all';
}
