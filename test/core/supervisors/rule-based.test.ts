import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/core/model/call.ts';
import type { RuleSet } from '../../../src/core/rules/rule-set.ts';
import { createRuleBasedSupervisor } from '../../../src/core/supervisors/rule-based.ts';
import { load, makeCall, monday, probe } from '../rules/rule-calls.ts';

function factsOf(facts: ReturnType<typeof makeCall>['facts']): Facts {
  const { approvalMs: _approvalMs, ...rest } = facts;
  return { ...rest, signal: new AbortController().signal, history: [], soFar: undefined };
}

describe('rule-based supervisor', () => {
  it('decides by the set in force, and follows a swap at the next call', async () => {
    let set: RuleSet = load([probe({})]);
    const supervisor = createRuleBasedSupervisor({ current: () => set, approvalMs: 60_000 });
    const { call, facts } = makeCall();
    expect(supervisor.name).toBe('rules');
    expect(await supervisor.decide(call, factsOf(facts))).toMatchObject({
      verdict: 'allow',
      rulesVersion: set.version,
    });
    set = load([probe({}, { approval: 'require_review' })]);
    expect(await supervisor.decide(call, factsOf(facts))).toMatchObject({
      verdict: 'review',
      rulesVersion: set.version,
      expiresAtMs: monday + 60_000,
    });
  });

  it('reads the set once a decision', async () => {
    let reads = 0;
    const set = load([probe({})]);
    const current = () => {
      reads += 1;
      return set;
    };
    const { call, facts } = makeCall();
    await createRuleBasedSupervisor({ current, approvalMs: 1 }).decide(call, factsOf(facts));
    expect(reads).toBe(1);
  });
});
