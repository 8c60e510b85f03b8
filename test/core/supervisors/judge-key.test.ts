import { expect, it } from 'vitest';
import type { JudgeOptions } from '../../../src/core/supervisors/judge/judge.ts';
import type { JudgeQuestion } from '../../../src/core/supervisors/judge/judgement.ts';
import { agreeable, ask, judgeWorld } from './judge-world.ts';

const question = ask();
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
])('an answer is asked for again %s', async (_what, changed) => {
  const { judge, model } = judgeWorld(agreeable);
  await judge.judge(question);
  await judge.judge(changed);
  expect(model.requests).toHaveLength(2);
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
