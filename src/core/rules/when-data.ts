import type { JsonObject } from '../model/json.ts';
import { undeclaredManifest } from '../model/tool.ts';
import type { CallContext } from './call-context.ts';

const noPermissions: readonly string[] = [];

/** What `when` can read. The time is left out where nothing asks for it. */
export function whenData({ call, facts }: CallContext, withTime: boolean): JsonObject {
  const { agent, session } = call.seat;
  const manifest = facts.tool.manifest ?? undeclaredManifest;
  return {
    args: call.args,
    agent: {
      id: agent.id,
      roles: agent.roles,
      permissions: agent.permissions ?? noPermissions,
      ring: facts.ring,
    },
    session:
      session.user === undefined ? { id: session.id } : { id: session.id, user: session.user },
    tool: {
      name: call.tool,
      action: call.action,
      effect: manifest.effect,
      undo: manifest.undo,
      output: manifest.output ?? 'untrusted',
    },
    ...(withTime
      ? { time: { epoch_ms: facts.nowMs, iso: new Date(facts.nowMs).toISOString() } }
      : undefined),
  };
}
