import type { Hypervisor, PendingApproval } from '../core/hypervisor/api.ts';
import type { Person } from '../core/model/call.ts';
import type { Json, JsonObject } from '../core/model/json.ts';
import type { ControlRequest } from './control-protocol.ts';
import type { RuleKeeper } from './rule-keeper.ts';

/** What the verbs act on: the same for a socket's client and for a command line that owns the folder itself. */
export interface ControlTarget {
  readonly hypervisor: Hypervisor;
  readonly keeper: Pick<RuleKeeper, 'reload' | 'accept' | 'current' | 'waiting' | 'problems'>;
}

/** Does what was asked, as this person; throws `SupervisionError`s. */
export async function runVerb(
  { hypervisor, keeper }: ControlTarget,
  request: ControlRequest,
  person: Person,
): Promise<Json> {
  switch (request.verb) {
    case 'health': {
      const { ok, problems } = await hypervisor.health();
      return { ok, problems: [...problems], rules: keeper.current().version };
    }
    case 'inbox':
      return (await hypervisor.approvals.list()).map(toItem);
    case 'answer': {
      const { approvalId, verdict, fingerprint } = request;
      await hypervisor.approvals.answer(approvalId, { verdict, person, fingerprint });
      return { approvalId, verdict, person: person.id };
    }
    case 'kill':
      await hypervisor.killSwitch.kill(request.scope, request.reason);
      return { killed: request.scope };
    case 'revive':
      await hypervisor.killSwitch.revive(request.scope, person);
      return { revived: request.scope };
    case 'rules.reload':
      await keeper.reload();
      return toRulesState(keeper);
    case 'rules.accept':
      await keeper.accept(request.version, person.id);
      return toRulesState(keeper);
  }
}

/** What is in force, why the files are not, and which version of them waits to be accepted. */
function toRulesState(keeper: ControlTarget['keeper']): JsonObject {
  const waiting = keeper.waiting();
  return {
    rules: keeper.current().version,
    problems: [...keeper.problems()],
    waiting: waiting?.version ?? null,
  };
}

function toItem({
  approvalId,
  call,
  openedAtMs,
  expiresAtMs,
  demands,
}: PendingApproval): JsonObject {
  const { tool, action, args, fingerprint, seat } = call;
  const where = { agent: seat.agent.id, session: seat.session.id };
  return {
    approvalId,
    tool,
    action,
    args,
    fingerprint,
    ...where,
    openedAtMs,
    expiresAtMs,
    demands: demands.map((demand) => ({ ...demand })),
  };
}
