/**
 * Every code that Ringfence itself can give: as `why.code` of a refusal and as `code` of an error.
 * Public API: codes are added, never renamed. `docs/errors.md` lists the same, held equal by a test.
 */
export const errorCodes = {
  // faults of set-up and files
  RULES_INVALID: 'a rules file cannot be read, does not match the schema, or fails its own tests',
  RULES_UNSAFE: 'a rules file or folder can be written by others',
  CONFIG_INVALID: 'the configuration does not match the schema',
  DIR_OWNED: 'another process owns the data folder',
  DIR_UNUSABLE: 'the data folder cannot be created, read or written',
  AUDIT_BROKEN: 'the action log does not verify',
  TOOL_INVALID: 'a tool definition cannot be supervised as declared',
  NAME_INVALID: 'a name is empty, too long, or holds invisible, confusable or control characters',
  NAME_COLLISION: 'two names are the same once made canonical',
  AGENT_INVALID: 'an agent is registered with values out of range, or twice and differently',
  SESSION_INVALID: 'a session cannot be opened, joined or ended as asked',
  HANDLE_FORGED: 'an agent, session, seat or person was not made by this hypervisor',
  CLOSED: 'the hypervisor is closed',
  PROMPT_INVALID: 'a prompt file cannot be read, or does not say what it must',
  MODEL_UNAVAILABLE: 'a model cannot be reached or failed',
  MODEL_BUSY: 'a model takes no request now',
  MODEL_MISCONFIGURED: 'a model does not know the key, the name or the request',
  MODEL_REFUSED: 'a model or its provider declined to answer',
  MODEL_INVALID: 'the answer of a model is cut off, too large or no text, or the question too long',
  // the call itself
  UNKNOWN_TOOL: 'no tool of this name is registered',
  ARGS_INVALID: 'the arguments are not strict JSON, or do not match the schema of the tool',
  ARGS_TOO_LARGE: 'the arguments are larger or deeper than the limit',
  DEFINITION_CHANGED: 'the definition of the tool changed after the call was judged',
  ALREADY_DONE: 'the work of this claim was done before, or may have been',
  ADVISORY_REFUSED: 'the call may not be handed to foreign code; it has to run under supervision',
  ABORTED: 'the caller aborted the call before its tool started',
  // gates
  KILLED: 'a kill switch is thrown for this call',
  QUARANTINED: 'the agent is in quarantine',
  RATE_LIMITED: 'the agent has no token left in its bucket',
  SESSION_ENDED: 'the session has ended or run out of time',
  RING_TOO_LOW: 'the tool needs a more privileged ring than the agent has',
  OUT_OF_BOUNDS: 'an argument leads into a folder of the hypervisor itself',
  AGENT_HELD: 'an outcome of this agent could not be written yet',
  GATE_FAILED: 'a gate threw an error',
  GATE_TIMEOUT: 'a gate did not answer in time',
  // supervisors, rules, requirements
  RULE_DENIED: 'a rule denies the call',
  RULE_ERROR: 'a rule could not be evaluated for the call, which counts as its strictest verdict',
  RULE_REVIEW: 'a rule asks for a person',
  RULE_ALLOWED: 'a rule approves the call',
  NO_RULE: 'no rule matches, and the default is not to allow',
  LIMIT_EXCEEDED: 'a limit of a rule is used up',
  FILTER_MISSING: 'a rule that matches asks for a filter or predicate that is not there',
  FILTER_DENIED: 'a filter refused the arguments or withheld the result',
  FILTER_FAILED: 'a filter threw an error or did not answer in time',
  REQUIREMENT_MISSING: 'a rule that matches has a requirement that cannot be met here',
  REQUIREMENT_PERSON: 'a requirement of the tool or a rule asks for a person',
  SUPERVISOR_DENIED: 'a supervisor of the host denies the call',
  SUPERVISOR_ERROR: 'a supervisor threw an error or answered rubbish',
  SUPERVISOR_TIMEOUT: 'the supervisors did not decide in time',
  NO_SUPERVISOR: 'nobody is there to decide the call',
  JUDGE_ALLOWED: 'the judging model found nothing against the call, within the span of a rule',
  JUDGE_REVIEW: 'the judging model, or doubt about its answer, asks for a person',
  JUDGE_DENIED: 'the judging model speaks against the call',
  JUDGE_UNAVAILABLE: 'the judging model cannot be reached, or is paused after an outage',
  JUDGE_TIMEOUT: 'the judging model did not answer in time',
  JUDGE_INVALID: 'the judging model answered what is no valid answer',
  JUDGE_BUDGET: 'the budget of the judging model is used up',
  JUDGE_PAUSED: 'the judging model denied too often, so a person decides',
  COUNTERS_UNAVAILABLE: 'the counters did not answer',
  LOG_UNAVAILABLE: 'the action log cannot be written',
  // approvals
  PENDING: 'the call waits for a person',
  APPROVED: 'a person approved the call',
  DENIED: 'a person denied the call',
  EXPIRED: 'nobody answered the approval in time',
  SUPERSEDED: 'a later attempt of the same call took the ticket over',
  APPROVALS_FULL: 'too many approvals are open',
  APPROVAL_UNKNOWN: 'there is no such approval, or it was used',
  APPROVAL_REFUSED: 'an answer to an approval was not accepted',
  APPROVALS_UNAVAILABLE: 'the approvals cannot be read or written',
  AUTHENTICATION_FAILED: 'nobody could be authenticated',
  // outcomes
  RELEASED: 'the call was handed to foreign code (advisory mode)',
  OUTCOME_UNKNOWN: 'the tool was started and did not finish: it may have happened',
} as const;
export type ErrorCode = keyof typeof errorCodes;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}
