import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../src/core/model/call.ts';
import { createHybridSupervisor } from '../../../src/core/supervisors/hybrid.ts';
import { createLLMSupervisor } from '../../../src/core/supervisors/llm.ts';
import type { RuleSet } from '../../../src/core/rules/rule-set.ts';
import { createMemoryCounters } from '../../../src/stores/memory/counters.ts';
import { load } from '../rules/rule-calls.ts';
import { agreeable, ask, judgeWorld, said, write, type Script } from './judge-world.ts';

const rule = (approval: string, more: object = {}, name = 'refund') => ({
  name,
  description: 'Refunds to customers.',
  condition: { tool: 'stripe' },
  approval,
  ...more,
});
const open = { llm: { may: ['allow', 'review', 'deny'] } };
const deny: Script = async (request) =>
  said(write(request, { policyAlignment: 'violates', outcome: 'deny' }));
const down: Script = () => Promise.reject(new Error('down'));

function hybrid(
  current: () => RuleSet,
  script: Script,
  onUnavailable: 'review' | 'deny' = 'review',
) {
  const world = judgeWorld(script);
  const { judge } = world;
  const options = { current, judge, onUnavailable, approvalMs: 60_000 };
  const { call, facts } = ask();
  const decide = (more: Partial<Facts> = {}) =>
    createHybridSupervisor(options).decide(call, { ...facts, ...more });
  return { ...world, decide };
}
const withRules = (rules: readonly object[]) => {
  const set = load(rules);
  return () => set;
};

describe('the hybrid supervisor', () => {
  it('lets the judge decide inside the span of a rule, and says what it saw', async () => {
    const { decide } = hybrid(withRules([rule('require_review', open)]), agreeable);
    expect(await decide()).toMatchObject({
      verdict: 'allow',
      by: 'judge',
      code: 'JUDGE_ALLOWED',
      rule: 'refund',
      explanation: { judge: { criteria: { intent: 'match' }, model: 'strong' } },
    });
  });

  it('shows the model which rules leave room, and what they say by themselves', async () => {
    const { decide, model } = hybrid(withRules([rule('require_review', open)]), agreeable);
    await decide();
    const sent = model.requests?.[0]?.messages.map(({ text }) => text).join('\n') ?? '';
    expect(sent).toContain('"rules":[{"name":"refund","description":"Refunds to customers."}]');
    expect(sent).toContain('"decidedSoFar":"review"');
  });

  it.each([
    ['no rule leaves room', [rule('require_review')], 'review'],
    ['another rule denies', [rule('require_review', open), rule('deny', {}, 'no')], 'deny'],
    ['nothing matches', [rule('auto_approve', { ...open, condition: { tool: 'x' } })], 'deny'],
  ])('asks no model where %s', async (_why, rules, verdict) => {
    const { decide, model } = hybrid(withRules(rules), agreeable);
    expect(await decide()).toMatchObject({ verdict, by: 'rules' });
    expect(model.requests).toEqual([]);
  });

  it.each([
    ['a review', 'auto_approve', 'review', 'review'],
    ['a denial', 'auto_approve', 'deny', 'deny'],
    ['no less than the rule says', 'deny', 'review', 'deny'],
  ] as const)(
    'makes of a model that is down %s',
    async (_what, approval, onUnavailable, verdict) => {
      const { decide } = hybrid(withRules([rule(approval, open)]), down, onUnavailable);
      expect(await decide()).toMatchObject({
        verdict,
        explanation: { judge: { fault: 'unavailable' } },
      });
    },
  );

  it('gives a call to a person where the judge may only deny, and has paused or doubts', async () => {
    const rules = withRules([rule('auto_approve', { llm: { may: ['deny'] } })]);
    const { decide, judge } = hybrid(rules, deny);
    for (let n = 0; n < 3; n += 1) {
      expect(await decide()).toMatchObject({ verdict: 'deny' });
      // what is remembered is no denial anew
      judge.forget();
    }
    expect(await decide()).toMatchObject({ verdict: 'review', by: 'judge', code: 'JUDGE_PAUSED' });
    const unsure = hybrid(rules, async (request) => said(write(request), 0.1));
    expect(await unsure.decide()).toMatchObject({ verdict: 'review', code: 'JUDGE_REVIEW' });
    expect(await hybrid(rules, agreeable).decide()).toMatchObject({ verdict: 'allow' });
  });

  it('says what the rules decided by themselves where the judge replaced that', async () => {
    const ruledOf = async (rules: () => RuleSet, script: Script) =>
      (await hybrid(rules, script).decide()).explanation?.judge?.ruled;
    const ruled = { rule: 'refund' };
    expect(await ruledOf(withRules([rule('deny', open)]), agreeable)).toEqual({
      ...ruled,
      verdict: 'deny',
      code: 'RULE_DENIED',
    });
    expect(await ruledOf(withRules([rule('auto_approve', open)]), deny)).toEqual({
      ...ruled,
      verdict: 'allow',
      code: 'RULE_ALLOWED',
    });
    expect(await ruledOf(withRules([rule('auto_approve', open)]), down)).toMatchObject(ruled);
    expect(await ruledOf(withRules([rule('auto_approve', open)]), agreeable)).toBeUndefined();
    // another rule still asks for a person: the verdict is the same, and not the rule
    const both = withRules([rule('require_review', open, 'a'), rule('require_review', {}, 'b')]);
    expect(await ruledOf(both, agreeable)).toMatchObject({ rule: 'a', verdict: 'review' });
  });

  it('joins a judgement with rules that were edited meanwhile, by the stricter', async () => {
    const before = load([rule('require_review', open)]);
    const after = load([rule('require_review', { llm: { may: ['deny'] } })]);
    const denied = load([rule('deny')]);
    for (const [now, verdict] of [
      [after, 'review'],
      [denied, 'deny'],
    ] as const) {
      let set = before;
      const { decide } = hybrid(
        () => set,
        async (request) => {
          set = now;
          return said(write(request));
        },
      );
      expect(await decide()).toMatchObject({ verdict });
    }
  });

  it.each([
    ['a rule that is new', [rule('require_review', open), rule('deny', open, 'never')], 'deny'],
    ['a rule under a name that it knew', [rule('deny', { ...open, description: 'No.' })], 'deny'],
    ['a rule that takes its place', [rule('require_review', open, 'other')], 'review'],
  ])('loosens no word of %s, and that the model was not shown', async (_what, rules, verdict) => {
    let set = load([rule('require_review', open)]);
    const { decide } = hybrid(
      () => set,
      async (request) => {
        set = load(rules);
        return said(write(request));
      },
    );
    expect(await decide()).toMatchObject({ verdict });
  });

  it('still counts a judgement for rules that the model was shown before an edit', async () => {
    let set = load([rule('require_review', open)]);
    const { decide } = hybrid(
      () => set,
      async (request) => {
        set = load([rule('require_review', open), rule('auto_approve', {}, 'new')]);
        return said(write(request));
      },
    );
    expect(await decide()).toMatchObject({ verdict: 'allow', code: 'JUDGE_ALLOWED' });
  });

  it('allows nothing where not all rules that leave room could be shown', async () => {
    const many = (count: number) =>
      withRules(Array.from({ length: count }, (_, at) => rule('require_review', open, `r${at}`)));
    expect(await hybrid(many(20), agreeable).decide()).toMatchObject({ verdict: 'allow' });
    expect(await hybrid(many(21), agreeable).decide()).toMatchObject({ verdict: 'review' });
  });

  it('loosens nothing by an edit that loosens while the model thinks', async () => {
    const strict = load([
      rule('require_review', { llm: { may: ['deny'] } }),
      rule('auto_approve', open, 'b'),
    ]);
    const loose = load([rule('auto_approve')]);
    let set = strict;
    const { decide } = hybrid(
      () => set,
      async (request) => {
        set = loose;
        return said(write(request));
      },
    );
    expect(await decide()).toMatchObject({ verdict: 'review' });
  });

  it('leaves a call over a limit to a person, should the limit be free by then', async () => {
    const condition = { tool: 'stripe', max_per_hour: 1 };
    const set = load([rule('auto_approve', { ...open, condition })]);
    const counters = createMemoryCounters();
    const { judge, model } = judgeWorld(agreeable);
    const { call, facts } = ask();
    const decide = () =>
      createHybridSupervisor({
        current: () => set,
        judge,
        onUnavailable: 'review',
        approvalMs: 60_000,
        counters,
      }).decide(call, facts);
    const first = await decide();
    expect(first).toMatchObject({ verdict: 'allow' });
    await counters.reserve('limits' in first ? (first.limits ?? []) : [], { nowMs: facts.nowMs });
    expect(await decide()).toMatchObject({
      verdict: 'review',
      limits: [{ max: 1 }],
      explanation: { judge: { stage: 0, ruled: { verdict: 'allow', rule: 'refund' } } },
    });
    expect(model.requests).toHaveLength(1);
  });

  it('counts a limit once, though the rules changed meanwhile', async () => {
    const limited = (max: number) =>
      load([rule('auto_approve', { ...open, condition: { tool: 'stripe', max_per_hour: max } })]);
    let set = limited(5);
    const { decide } = hybrid(
      () => set,
      async (request) => {
        set = limited(3);
        return said(write(request));
      },
    );
    expect(await decide()).toMatchObject({ verdict: 'allow', limits: [{ max: 3 }] });
  });
});

describe('the LLM supervisor', () => {
  const llm = (script: Script, onUnavailable: 'review' | 'deny' = 'deny') => {
    const world = judgeWorld(script);
    const supervisor = createLLMSupervisor({
      judge: world.judge,
      onUnavailable,
      approvalMs: 60_000,
    });
    const { call, facts } = ask();
    const decide = (more: Partial<Facts> = {}) => supervisor.decide(call, { ...facts, ...more });
    return { ...world, decide };
  };

  it('allows, reviews and denies as the judge does, with a demand that a person can satisfy', async () => {
    expect(await llm(agreeable).decide()).toMatchObject({ verdict: 'allow', by: 'judge' });
    expect(await llm(deny).decide()).toMatchObject({ verdict: 'deny', code: 'JUDGE_DENIED' });
    const unsure: Script = async (request) => said(write(request), 0.1);
    expect(await llm(unsure).decide()).toMatchObject({
      verdict: 'review',
      demands: [{ by: 'judge', code: 'JUDGE_REVIEW', quorum: 1 }],
    });
  });

  it('takes what was configured when the model is down', async () => {
    expect(await llm(down).decide()).toMatchObject({ verdict: 'deny', code: 'JUDGE_UNAVAILABLE' });
    expect(await llm(down, 'review').decide()).toMatchObject({ verdict: 'review' });
  });

  it.each(['deny', 'require_review'] as const)(
    'is joined with rules that were put in force while the model was asked: %s',
    async (approval) => {
      const before = load([rule('auto_approve')]);
      let set = before;
      const world = judgeWorld(async (request) => {
        set = load([rule(approval)]);
        return said(write(request));
      });
      const supervisor = createLLMSupervisor({
        judge: world.judge,
        onUnavailable: 'deny',
        approvalMs: 60_000,
        rules: { current: () => set, approvalMs: 60_000 },
      });
      const { call, facts } = ask();
      const soFar = { verdict: 'allow', by: 'rules', code: 'RULE_ALLOWED', reason: 'x' } as const;
      const known = { ...facts, soFar: { ...soFar, rulesVersion: before.version } };
      const decision = await supervisor.decide(call, known);
      expect(decision.verdict).toBe(approval === 'deny' ? 'deny' : 'review');
      expect(decision.by).toBe('rules');
      // under the same rules it stands as the judge said
      const now = { ...facts, soFar: { ...soFar, rulesVersion: set.version } };
      set = load([rule(approval)]);
      expect(await supervisor.decide(call, now)).toMatchObject({ verdict: 'allow', by: 'judge' });
    },
  );

  it('says what the rules had said where it tightens that, and only there', async () => {
    const soFar = {
      verdict: 'allow',
      by: 'rules',
      code: 'RULE_ALLOWED',
      reason: 'x',
      rule: 'r',
    } as const;
    const ruled = { verdict: 'allow', code: 'RULE_ALLOWED', rule: 'r' };
    const tightened = await llm(deny).decide({ soFar });
    expect(tightened.explanation?.judge?.ruled).toEqual(ruled);
    const allowed = await llm(agreeable).decide({ soFar });
    expect(allowed.explanation?.judge).not.toHaveProperty('ruled');
    // what another supervisor said is not of the rules
    const mine = await llm(deny).decide({ soFar: { ...soFar, by: 'mine' } });
    expect(mine.explanation?.judge).not.toHaveProperty('ruled');
  });

  it('is not asked about what was denied before', async () => {
    const { decide, model } = llm(agreeable);
    const soFar = { verdict: 'deny', by: 'rules', code: 'NO_RULE', reason: 'x' } as const;
    expect(await decide({ soFar })).toMatchObject({ verdict: 'deny', by: 'rules' });
    expect(model.requests).toEqual([]);
  });
});
