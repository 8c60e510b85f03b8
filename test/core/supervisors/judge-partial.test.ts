import { expect, it } from 'vitest';
import type { SessionKnowledge } from '../../../src/core/model/provenance.ts';
import { agreeable, ask, judgeWorld, scripted } from './judge-world.ts';

const many = Array.from({ length: 21 }, (_, n) => `message ${n}`);

it.each<[string, Partial<SessionKnowledge>, readonly string[]]>([
  ['everything is shown', { userTexts: ['short'] }, ['small']],
  ['a message of the user was cut', { userTexts: ['x'.repeat(5000)] }, ['strong']],
  ['messages of the user were left out', { userTexts: many }, ['strong']],
  ['the session forgot where things came from', { overflowed: true }, ['strong']],
])('where %s, the models asked are these', async (_what, change, asked) => {
  const small = scripted('small', agreeable);
  const strong = scripted('strong', agreeable);
  const how = { deadlineMs: 5000, maxOutputTokens: 1000 };
  const { judge } = judgeWorld(strong, {
    stage1: { ...how, model: small },
    stage2: { ...how, model: strong },
  });
  const question = ask();
  const { facts } = question;
  const session = { ...facts.session, ...change };
  await judge.judge({ ...question, facts: { ...facts, session } });
  const all = [small, strong].flatMap(({ name, requests }) => requests.map(() => name));
  expect(all).toEqual(asked);
});
