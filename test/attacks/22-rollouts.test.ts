import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/model/json.ts';
import { settle, startBench } from '../support/harness.ts';
import { allow, answerAll, codeOf, countingTool, ticketOf } from '../support/tools.ts';

const rate = { perSecond: 100_000, burst: 100_000 };
const rates = { 0: rate, 1: rate, 2: rate, 3: rate };
const deny = (rollout: JsonObject) => ({
  name: 'no_large',
  condition: { tool: 'pay', args: { amount: { gt: 10 } } },
  approval: 'deny',
  rollout,
});
const denied = 'RULE_DENIED';

async function open(rules: readonly JsonObject[]) {
  const bench = await startBench(rules, { rates });
  const pay = countingTool(bench.hypervisor, 'pay');
  const call = async (agent: string, session: string, amount = 50) => {
    const seat = bench.hypervisor.seat(agent, session);
    return codeOf(await pay.attempt({ amount }, { seat, waitMs: 0 }));
  };
  return { ...bench, pay, call };
}

describe('class 22, the agent edits its judge: a rollout', () => {
  it('is not turned off by an agent that asks for what is denied, over and over', async () => {
    const back = { min_calls: 50, denied_over: 0.1 };
    const { call, hypervisor } = await open([
      allow('pay'),
      deny({ percent: 50, by: 'agent', back }),
    ]);
    const agents = Array.from({ length: 40 }, (_, n) => `a${n}`);
    for (const id of agents) await hypervisor.agents.register({ id });
    const codes = new Map<string, string>();
    for (const agent of agents) codes.set(agent, await call(agent, 's', 5));
    for (const agent of agents.slice(0, 4)) codes.set(agent, await call(agent, 's'));
    const caught = agents.find((agent) => codes.get(agent) === denied) ?? '';
    expect(caught).not.toBe('');
    for (let n = 0; n < 2000; n += 1) await call(caught, `s${n}`);
    await settle();
    expect(await call(caught, 's')).toBe(denied);
    expect(hypervisor.rollouts.report()[0]?.reverted).toBeUndefined();
  });
});

describe('class 11, identity from the caller: a rollout by agent', () => {
  it('is not left by another session', async () => {
    const { call, hypervisor } = await open([allow('pay'), deny({ percent: 50, by: 'agent' })]);
    for (let n = 0; n < 20; n += 1) {
      await hypervisor.agents.register({ id: `a${n}` });
      const first = await call(`a${n}`, 's');
      for (let s = 0; s < 10; s += 1) expect(await call(`a${n}`, `s${s}`)).toBe(first);
    }
  });

  it('is not left by another spelling of the name', async () => {
    const { call, hypervisor } = await open([allow('pay'), deny({ percent: 50, by: 'agent' })]);
    for (let n = 0; n < 20; n += 1) {
      await hypervisor.agents.register({ id: `agent${n}` });
      const first = await call(`agent${n}`, 's');
      expect(await call(`AGENT${n}`, 's')).toBe(first);
      expect(await call(`ａgent${n}`, 's')).toBe(first);
    }
  });
});

describe('class 4, falsy defaults: a rollout', () => {
  it('to 0 percent is enforced for nobody, and to 100 for everybody', async () => {
    const none = await open([allow('pay'), deny({ percent: 0, by: 'session' })]);
    const all = await open([allow('pay'), deny({ percent: 100, by: 'session' })]);
    for (let n = 0; n < 50; n += 1) {
      expect(await none.call('default', `s${n}`)).toBe('done');
      expect(await all.call('default', `s${n}`)).toBe(denied);
    }
  });
});

describe('class 6, live against pinned: a rollout', () => {
  it('that is put back while a call waits is judged as it is when the ticket comes back', async () => {
    const asks = {
      name: 'asks',
      condition: { tool: 'pay' },
      approval: 'require_review',
      rollout: { percent: 50, by: 'session', instead_of: 'allow_pay' },
    };
    const { pay, hypervisor, setRules, call } = await open([allow('pay'), asks]);
    const sessions = Array.from({ length: 20 }, (_, n) => `s${n}`);
    const held = [];
    for (const session of sessions) {
      const seat = hypervisor.seat('default', session);
      const outcome = await pay.attempt({ amount: 1 }, { seat, waitMs: 0 });
      if (outcome.status === 'pending') held.push({ session, ticket: ticketOf(outcome) });
      if (held.length === 3) break;
    }
    const [one, two, three] = held;
    if (one === undefined || two === undefined || three === undefined) throw new Error('too few');
    await answerAll(hypervisor);
    const runs = pay.runs.length;
    expect(codeOf(await pay.tool.resume(one.ticket))).toBe('done');
    setRules([allow('pay'), { ...asks, approval: 'deny' }]);
    expect(codeOf(await pay.tool.resume(two.ticket))).toBe(denied);
    setRules([allow('pay'), { ...asks, description: 'another rule asks for another answer' }]);
    expect(codeOf(await pay.tool.resume(three.ticket))).not.toBe('done');
    expect(pay.runs).toHaveLength(runs + 1);
    expect(await call('default', three.session)).toBe('pending');
  });

  it('is one and the same within a decision, though it is put back meanwhile', async () => {
    const back = { min_calls: 10, denied_over: 0.1, at_most_each: 5 };
    const { pay, hypervisor } = await open([
      allow('pay'),
      deny({ percent: 50, by: 'session', back }),
    ]);
    const attempts = Array.from({ length: 200 }, (_, n) =>
      pay.attempt({ amount: 50 }, { seat: hypervisor.seat('default', `s${n}`) }),
    );
    const outcomes = await Promise.all(attempts);
    await settle();
    expect(hypervisor.rollouts.report()[0]?.reverted).toBeDefined();
    for (const outcome of outcomes) {
      if (outcome.status !== 'refused') continue;
      const { explanation } = outcome.why;
      expect(explanation?.arm).toMatchObject([{ side: 'candidate', would: 'deny' }]);
      expect(explanation?.shadow).toEqual([]);
    }
    expect(
      codeOf(await pay.attempt({ amount: 50 }, { seat: hypervisor.seat('default', 's1') })),
    ).toBe('done');
  });
});
