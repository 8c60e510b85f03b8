import { describe, expect, it } from 'vitest';
import { ruleFor, startAgent, supervisionOf } from '../adapters/langchain/agent-world.ts';

const rules = [ruleFor('mail', 'require_review'), ruleFor('pay', 'require_review')];
const mail = (to: string, id = 'c0') => ({ name: 'mail', id, to });

describe('class 7, replay through LangGraph', () => {
  it('a second resume, and a second turn with the same call id, do not use the approval again', async () => {
    const world = await startAgent(rules);
    await world.ask([mail('a')], [mail('a')]);
    await world.answer('allow');
    // the second turn calls the same with the same id: another call, which needs another answer
    const turn = await world.resume(true);
    expect(world.ran).toEqual(['mail a']);
    expect(turn.reviews).toHaveLength(1);
    expect((await world.resume(true)).reviews).toHaveLength(1);
    expect(world.ran).toEqual(['mail a']);
  });

  it('an approval that ran out is EXPIRED, and one that was denied DENIED', async () => {
    const world = await startAgent(rules);
    await world.ask([mail('b')]);
    await world.answer('deny');
    const denied = await world.resume(true);
    expect(supervisionOf(denied.told.at(-1))).toMatchObject({ status: 'refused', code: 'DENIED' });
    await world.ask([mail('a')]);
    world.bench.clock.advance(3_600_001);
    const expired = await world.resume(true);
    expect(supervisionOf(expired.told.at(-1))).toMatchObject({
      status: 'refused',
      code: 'EXPIRED',
    });
    expect(world.ran).toEqual([]);
  });

  it('an approved call is judged by the rules of now', async () => {
    const world = await startAgent(rules);
    await world.ask([mail('a')]);
    await world.answer('allow');
    world.bench.setRules([ruleFor('mail', 'deny')]);
    const turn = await world.resume(true);
    expect(supervisionOf(turn.told[0])).toMatchObject({ code: 'RULE_DENIED' });
    expect(world.ran).toEqual([]);
  });
});
