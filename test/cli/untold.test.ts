import { describe, expect, it } from 'vitest';
import { createTold } from '../../src/cli/untold.ts';
import type { RecordedCall } from '../../src/core/rules/simulate.ts';
import { load, makeCall, probe, type CallParts } from '../core/rules/rule-calls.ts';

async function* one(call: RecordedCall): AsyncGenerator<RecordedCall> {
  yield call;
}

/** Whether the call is compared by this rule. */
async function isCompared(condition: object, parts: CallParts, rest: object = {}) {
  const told = createTold([load([probe({})]), load([probe(condition, rest)])]);
  for await (const { isWarmUp } of told.calls(one(makeCall(parts)))) {
    expect(told.count).toBe(isWarmUp === true ? 1 : 0);
    return isWarmUp !== true;
  }
  return undefined;
}

const old = {};
const now = { permissions: [] };
const byAgent = { approval: 'deny', rollout: { percent: 50, by: 'agent' } };
const when = (name: string) => ({ when: { '==': [{ var: name }, 'x'] } });

describe('what a record does not tell', () => {
  it('are permissions and parents, in entries that have no permissions', async () => {
    for (const condition of [
      { permission: 'x' },
      { when: { in: ['x', { var: 'agent.permissions' }] } },
    ]) {
      expect(await isCompared(condition, old)).toBe(false);
      expect(await isCompared(condition, now)).toBe(true);
    }
    expect(await isCompared({}, old, byAgent)).toBe(false);
    expect(await isCompared({}, now, byAgent)).toBe(true);
    expect(await isCompared({}, old, { ...byAgent, rollout: { percent: 50, by: 'session' } })).toBe(
      true,
    );
    expect(await isCompared(when('agent.id'), old)).toBe(true);
  });

  it('are the user of a session and labels that rules gave or took, in every entry', async () => {
    expect(await isCompared(when('session.user'), now)).toBe(false);
    expect(await isCompared(when('session.id'), now)).toBe(true);
    expect(await isCompared({ session: { not_tainted: ['secret'] } }, now)).toBe(false);
    const untrusted = { session: { not_tainted: ['untrusted'] } };
    expect(await isCompared(untrusted, now)).toBe(true);
    expect(await isCompared(untrusted, now, { declassify: ['untrusted'] })).toBe(false);
  });

  it('matters only near the rules that ask for it', async () => {
    expect(await isCompared({ permission: 'x' }, { ...old, tool: 'other' })).toBe(true);
    expect(await isCompared({ permission: 'x', action: 'pay' }, old)).toBe(true);
    expect(await isCompared({ permission: 'x' }, old, { mode: 'off' })).toBe(true);
  });
});
