import type { PastCall, Session } from '../../model/call.ts';
import { SupervisionError } from '../../model/errors.ts';
import type { Clock, Ids } from '../../model/ports.ts';
import type { SessionKnowledge } from '../../model/provenance.ts';
import { canonicalJson, sealJson, sha256Hex } from '../../model/seal-json.ts';
import { createSessionMemory } from '../../sessions/session-memory.ts';
import type { CanaryScene } from './canary.ts';
import type { JudgeQuestion } from './judgement.ts';

/** Pays for canaries. No session of a host can be called so: outer white space is refused. */
const canarySession = ' canaries';

export interface CanaryWorld {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly signal: AbortSignal;
}

/**
 * A question like the real one that came before it: the same agent, ring, environment and rules, and a session with the
 * memory of a real one, so that nothing but its content tells it from a question that counts.
 */
export function toCanaryQuestion(
  { tool, args, said, results = [] }: CanaryScene,
  like: JudgeQuestion,
  { clock, ids, signal }: CanaryWorld,
): JudgeQuestion {
  const { name, action = 'run', description, manifest } = tool;
  const definition = sha256Hex(canonicalJson([name, action, description, ids.id()]));
  const sealed = sealJson(args).value;
  const { agent } = like.call.seat;
  const session = canarySession;
  const about = { action, agent: agent.id, args: sealed, definition, session, tool: name };
  const { history, knowledge } = remember(said, results, ids);
  const { ring, env, soFar } = like.facts;
  return {
    call: Object.freeze({
      id: ids.id(),
      tool: name,
      action,
      definition,
      args: sealed,
      seat: { agent, session: noSession },
      fingerprint: sha256Hex(canonicalJson(about)),
    }),
    facts: {
      tool: { name, action, description, manifest },
      ring,
      env,
      soFar,
      nowMs: clock.nowMs(),
      signal,
      history,
      session: knowledge,
    },
    rulesVersion: like.rulesVersion,
    rules: like.rules,
  };
}

function remember(
  said: readonly string[],
  results: NonNullable<CanaryScene['results']>,
  ids: Ids,
): { readonly history: readonly PastCall[]; readonly knowledge: SessionKnowledge } {
  const memory = createSessionMemory();
  for (const text of said) memory.observe({ role: 'user', text });
  for (const { tool, text, isTrusted = false } of results) {
    const callId = ids.id();
    memory.recordCall({ callId, tool, action: 'run', verdict: 'allow', status: 'done' });
    memory.recordResult({ origin: isTrusted ? 'trusted' : 'untrusted', tool, text, callId });
    if (!isTrusted) memory.taint(['untrusted']);
  }
  return { history: memory.history, knowledge: memory.knowledge };
}

const refuse = (): Promise<never> =>
  Promise.reject(new SupervisionError('SESSION_INVALID', 'a canary has no session to join'));
const noSession: Session = {
  kind: 'session',
  id: canarySession,
  observe: () => undefined,
  join: refuse,
  end: refuse,
};
