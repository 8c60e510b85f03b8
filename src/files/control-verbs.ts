import type { Hypervisor, PendingApproval } from '../core/hypervisor/api.ts';
import type { TrialReport } from '../core/hypervisor/rollouts.ts';
import type { Person } from '../core/model/call.ts';
import type { Json, JsonObject } from '../core/model/json.ts';
import type { ControlRequest } from './control-protocol.ts';
import type { RuleKeeper } from './rule-keeper.ts';
import { isRulesRequest, runRulesVerb } from './rules-verbs.ts';

/** What the verbs act on: the same for a socket's client and for a command line that owns the folder itself. */
export interface ControlTarget {
  readonly hypervisor: Hypervisor;
  readonly keeper: Omit<RuleKeeper, 'start' | 'close' | 'paths'>;
}

/** Does what was asked, as this person; throws `SupervisionError`s. */
export async function runVerb(
  { hypervisor, keeper }: ControlTarget,
  request: ControlRequest,
  person: Person,
): Promise<Json> {
  if (isRulesRequest(request)) return runRulesVerb(keeper, request, person.id);
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
    case 'trials.report':
      return hypervisor.rollouts.report().map(toTrial);
    case 'trials.lift':
      await hypervisor.rollouts.lift(request.rule, person);
      return { lifted: request.rule, person: person.id };
  }
}

function toTrial({
  rule,
  ruleHash,
  isRolledOut,
  percent,
  reverted,
  sides,
}: TrialReport): JsonObject {
  return {
    rule,
    ruleHash,
    isRolledOut,
    percent: percent ?? null,
    reverted: reverted === undefined ? null : { ...reverted },
    sides: { ...sides },
  };
}

function toItem({
  approvalId,
  call,
  openedAtMs,
  expiresAtMs,
  demands,
  summary,
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
    ...(summary === undefined ? {} : { summary: { ...summary } }),
  };
}
