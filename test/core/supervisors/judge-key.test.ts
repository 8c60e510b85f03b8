import { expect, it } from 'vitest';
import type { Decision } from '../../../src/core/model/decision.ts';
import type { JudgeOptions } from '../../../src/core/supervisors/judge/judge.ts';
import type { JudgeQuestion } from '../../../src/core/supervisors/judge/judgement.ts';
import { agreeable, ask, judgeWorld, readFacts, readTool, scripted } from './judge-world.ts';

const manifest = { ...readTool, destinations: ['/to'] };
const question = ask({ manifest, args: { to: 'ann@example.com' } });
const { facts } = question;

it.each<[string, JudgeQuestion]>([
  [
    'where others have become stricter',
    {
      ...question,
      facts: {
        ...facts,
        soFar: {
          verdict: 'review',
          by: 'x',
          code: 'RULE_REVIEW',
          reason: '',
          demands: [],
          expiresAtMs: 1,
        },
      },
    },
  ],
  [
    'where the session knows no longer where everything came from',
    { ...question, facts: { ...facts, session: { ...facts.session, overflowed: true } } },
  ],
  [
    'where its destination is known meanwhile',
    {
      ...question,
      facts: { ...facts, usedBefore: () => ({ inSession: false, byAgent: true }) },
    },
  ],
  [
    'where less is left of a limit',
    { ...question, limits: [{ rule: 'pay', takes: 0.1, left: 0.5 }] },
  ],
])('an answer is asked for again %s', async (_what, changed) => {
  const { judge, model } = judgeWorld(agreeable);
  await judge.judge(question);
  await judge.judge(changed);
  expect(model.requests).toHaveLength(2);
});

it('limits whose counters hang or fail are shown as not known', async () => {
  const soFar: Decision = {
    verdict: 'allow',
    by: 'rules',
    code: 'RULE_ALLOWED',
    reason: '',
    limits: [
      { key: 'k', rule: 'pay', amount: 1, max: 4, sinceMs: 0, untilMs: 9e15, onExceed: 'deny' },
    ],
  };
  const limited = { ...question, facts: { ...facts, soFar } };
  for (const [used, left] of [
    [async () => [3], 0.25],
    [() => Promise.reject(new Error('down')), null],
    [() => new Promise<never>(() => undefined), null],
  ] as const) {
    const model = scripted('strong', agreeable);
    const { judge, clock } = judgeWorld(model, { counters: { used } });
    const judgement = judge.judge(limited);
    clock.advance(250);
    await judgement;
    const [request] = model.requests;
    expect(request && readFacts(request)['limits']).toEqual([{ rule: 'pay', takes: 0.25, left }]);
  }
});

it('an answer is asked for again under another policy', async () => {
  let policy = 'Be careful.';
  const change: Partial<JudgeOptions> = { policy: () => policy };
  const { judge, model } = judgeWorld(agreeable, change);
  await judge.judge(question);
  policy = 'Be kind.';
  await judge.judge(question);
  expect(model.requests).toHaveLength(2);
});
