import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Hypervisor } from '../../../src/core/hypervisor/api.ts';
import type { HypervisorParts } from '../../../src/core/hypervisor/assembly.ts';
import type { TrialReport } from '../../../src/core/hypervisor/rollouts.ts';
import type { Json, JsonObject } from '../../../src/core/model/json.ts';
import { createMemoryLog } from '../../../src/stores/memory/log.ts';
import { settle, startBench } from '../../support/harness.ts';
import { allow, codeOf, countingTool } from '../../support/tools.ts';

const over = (amount: number) => ({ args: { amount: { gt: amount } } });
/** Denies payments over 10 to half of the sessions. */
const capped = (back?: JsonObject, more: JsonObject = {}): JsonObject => ({
  name: 'capped',
  condition: { tool: 'pay', ...over(10) },
  approval: 'deny',
  rollout: { percent: 50, by: 'session', ...(back === undefined ? {} : { back }) },
  ...more,
});

function reportOf(hypervisor: Hypervisor, rule = 'capped'): TrialReport {
  const found = hypervisor.rollouts.report().find((each) => each.rule === rule);
  if (found === undefined) throw new Error(`nothing is known of ${rule}`);
  return found;
}

const rate = { perSecond: 100_000, burst: 100_000 };
const rates = { 0: rate, 1: rate, 2: rate, 3: rate };

async function bench(rules: readonly Json[], more: Partial<HypervisorParts> = {}) {
  const made = await startBench(rules, { rates, ...more });
  const pay = countingTool(made.hypervisor, 'pay');
  const inSession = (session: string, amount: number) =>
    pay.attempt({ amount }, { seat: made.hypervisor.seat('default', session), waitMs: 0 });
  return { ...made, pay, inSession };
}

describe('what is counted of a rollout', () => {
  it('is every call in its scope, by side, with verdicts, outcomes and times', async () => {
    const { hypervisor, inSession, entries } = await bench([allow('pay'), capped()]);
    for (let n = 0; n < 40; n += 1) await inSession(`s${n}`, n % 2 === 0 ? 5 : 50);
    const { candidate, control } = reportOf(hypervisor).sides;
    if (candidate === undefined || control === undefined) throw new Error('a side is missing');
    expect(candidate.calls + control.calls).toBe(40);
    expect(control.verdicts).toEqual({ allow: control.calls, review: 0, deny: 0 });
    expect(control.outcomes.done).toBe(control.calls);
    expect(candidate.verdicts.deny).toBe(candidate.would.deny);
    expect(candidate.outcomes.done).toBe(candidate.calls - candidate.verdicts.deny);
    expect(candidate.would.deny + control.would.deny).toBe(20);
    expect(candidate.tookMs.reduce((sum, each) => sum + each, 0)).toBe(candidate.calls);
    const decided = (await entries()).filter(({ type }) => type === 'call.decided');
    expect(decided).toHaveLength(40);
    for (const { arm } of decided) {
      expect(arm).toEqual([
        expect.objectContaining({ rule: 'capped', drawn: expect.stringMatching(/^[0-9a-f]{12}$/) }),
      ]);
    }
  });

  it('is what persons say too, where the candidate says something else or the same', async () => {
    const review = { name: 'asked', condition: { tool: 'pay' }, approval: 'require_review' };
    const watched = { ...capped(), mode: 'shadow' };
    const { hypervisor, inSession } = await bench([review, watched]);
    const person = await hypervisor.authenticate('ann');
    const answers = ['allow', 'allow', 'deny'] as const;
    for (const [index, verdict] of answers.entries()) {
      await inSession(`s${index}`, 50);
      const [open] = await hypervisor.approvals.list();
      if (open === undefined) throw new Error('nothing waits');
      const { fingerprint } = open.call;
      await hypervisor.approvals.answer(open.approvalId, { verdict, person, fingerprint });
    }
    expect(reportOf(hypervisor).sides.shadow).toMatchObject({
      calls: 3,
      upheld: 1,
      overturned: 2,
      verdicts: { review: 3 },
      would: { deny: 3 },
    });
  });

  it('is counted once for a call that is held, approved and run', async () => {
    const review = { name: 'asked', condition: { tool: 'pay' }, approval: 'require_review' };
    const { hypervisor, inSession, pay } = await bench([review, capped()]);
    const pending = await inSession('s', 5);
    if (pending.status !== 'pending') throw new Error(pending.status);
    const [open] = await hypervisor.approvals.list();
    if (open === undefined) throw new Error('nothing waits');
    const { fingerprint } = open.call;
    const person = await hypervisor.authenticate('ann');
    await hypervisor.approvals.answer(open.approvalId, { verdict: 'allow', person, fingerprint });
    expect(codeOf(await pay.tool.resume(pending.ticket))).toBe('done');
    const [side] = Object.values(reportOf(hypervisor).sides);
    expect(side).toMatchObject({
      calls: 1,
      verdicts: { allow: 0, review: 1, deny: 0 },
      outcomes: { done: 1 },
    });
  });

  it('is nothing where no rule is on trial', async () => {
    const { hypervisor, inSession, entries } = await bench([allow('pay')]);
    await inSession('s', 5);
    expect(hypervisor.rollouts.report()).toEqual([]);
    expect(
      (await entries()).some(({ arm, tookMs }) => arm !== undefined || tookMs !== undefined),
    ).toBe(false);
  });
});

const back = { min_calls: 20, denied_over: 0.2 };

/** So many sessions with a call each. */
async function traffic(
  inSession: (session: string, amount: number) => Promise<unknown>,
  many: number,
  amount: number,
) {
  for (let n = 0; n < many; n += 1) await inSession(`t${n}`, amount);
  await settle();
}

describe('the way back', () => {
  it('puts the candidate in shadow for everybody, says so, and writes it down', async () => {
    const { hypervisor, inSession, entries } = await bench([allow('pay'), capped(back)]);
    const heard: JsonObject[] = [];
    hypervisor.events.on('rollout.reverted', (event) => heard.push(event));
    await traffic(inSession, 60, 50);
    expect(heard).toMatchObject([
      { rule: 'capped', breach: { threshold: 'denied_over', control: 0, candidate: 1 } },
    ]);
    expect((await entries()).filter(({ type }) => type === 'rollout.reverted')).toHaveLength(1);
    for (let n = 0; n < 20; n += 1) expect(codeOf(await inSession(`u${n}`, 50))).toBe('done');
    const { problems, ok } = await hypervisor.health();
    expect([ok, problems]).toEqual([
      false,
      [expect.stringContaining('rule `capped` was put back')],
    ]);
    expect(reportOf(hypervisor)).toMatchObject({
      isRolledOut: true,
      reverted: { why: expect.any(String) },
    });
  });

  it('is not taken before both sides have seen enough, nor within the threshold', async () => {
    const few = await bench([allow('pay'), capped({ ...back, min_calls: 40 })]);
    await traffic(few.inSession, 60, 50);
    expect(reportOf(few.hypervisor).reverted).toBeUndefined();
    const good = await bench([allow('pay'), capped(back)]);
    await traffic(good.inSession, 80, 5);
    expect(reportOf(good.hypervisor).reverted).toBeUndefined();
  });

  it('tightens at once for a candidate that may loosen', async () => {
    const loose = {
      name: 'loose',
      condition: { tool: 'pay' },
      approval: 'auto_approve',
      allow_loosening: true,
      rollout: {
        percent: 50,
        by: 'session',
        back: { min_calls: 10, at_most_each: 2, failed_over: 0.3 },
      },
    };
    const made = await startBench([allow('pay', { args: { amount: { lte: 10 } } }), loose], {
      rates,
    });
    const pay = countingTool(made.hypervisor, 'pay', {
      schema: z.object({ amount: z.number() }),
      run: (args) => {
        if (JSON.stringify(args) === '{"amount":50}') throw new Error('no');
      },
    });
    const call = (session: string, amount: number) =>
      pay.attempt({ amount }, { seat: made.hypervisor.seat('default', session) });
    for (let n = 0; n < 60; n += 1) {
      const outcome = await call(`s${n}`, 5);
      await call(`s${n}`, 50);
      expect(codeOf(outcome)).toBe('done');
    }
    await settle();
    expect(reportOf(made.hypervisor, 'loose').reverted?.why).toContain('failed');
    for (let n = 0; n < 20; n += 1) expect(codeOf(await call(`s${n}`, 50))).toBe('NO_RULE');
  });

  it('is lifted by a person, counted from zero, and by an edit of the rule', async () => {
    const { hypervisor, inSession, setRules } = await bench([allow('pay'), capped(back)]);
    await traffic(inSession, 60, 50);
    await expect(
      hypervisor.rollouts.lift('capped', { kind: 'person', id: 'mallory' }),
    ).rejects.toMatchObject({ code: 'HANDLE_FORGED' });
    const person = await hypervisor.authenticate('ann');
    await expect(hypervisor.rollouts.lift('other', person)).rejects.toMatchObject({
      code: 'RULES_INVALID',
    });
    await hypervisor.rollouts.lift('capped', person);
    const deniedNow = async () => {
      const codes = await Promise.all(Array.from({ length: 10 }, (_, n) => inSession(`t${n}`, 50)));
      return codes.filter((outcome) => codeOf(outcome) === 'RULE_DENIED').length;
    };
    expect(await deniedNow()).toBeGreaterThan(0);
    expect((await hypervisor.health()).ok).toBe(true);
    await traffic(inSession, 60, 50);
    expect(await deniedNow()).toBe(0);
    setRules([allow('pay'), capped(back, { description: 'again' })]);
    expect(await deniedNow()).toBeGreaterThan(0);
    expect((await hypervisor.health()).ok).toBe(true);
  });

  it('is not taken for the calls of one session alone, however many', async () => {
    const { hypervisor, inSession } = await bench([allow('pay'), capped(back)]);
    await traffic(inSession, 40, 5);
    for (let n = 0; n < 400; n += 1) await inSession(`t${n % 4}`, 50);
    await settle();
    expect(reportOf(hypervisor).reverted).toBeUndefined();
  });

  it('of a candidate that may only tighten is not taken before it is in the log', async () => {
    const log = createMemoryLog();
    let isBroken = true;
    const append: typeof log.append = async (entries, options) => {
      const isBack = entries.some(({ type }) => type === 'rollout.reverted');
      if (isBack && isBroken) throw new Error('no space left');
      return log.append(entries, options);
    };
    const { hypervisor, inSession, clock } = await bench([allow('pay'), capped(back)], {
      log: { ...log, append },
    });
    const failed: JsonObject[] = [];
    hypervisor.events.on('rollout.revert_failed', (event) => failed.push(event));
    await traffic(inSession, 60, 50);
    expect(failed).toHaveLength(1);
    expect(reportOf(hypervisor).reverted).toBeUndefined();
    expect(codeOf(await inSession('t1', 50))).toBe('LOG_UNAVAILABLE');
    isBroken = false;
    clock.advance(20_000);
    await settle();
    await traffic(inSession, 20, 50);
    expect(reportOf(hypervisor).reverted).toBeDefined();
  });
});
