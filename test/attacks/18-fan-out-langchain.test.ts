import { describe, expect, it } from 'vitest';
import { ruleFor, startAgent, supervisionOf } from '../adapters/langchain/agent-world.ts';

describe('class 18, fan-out through LangChain', () => {
  it('one refused call of a turn costs no sibling, and is not run in a later turn', async () => {
    const world = await startAgent([ruleFor('mail', 'auto_approve'), ruleFor('pay', 'deny')]);
    const first = [
      { name: 'mail', id: 'c0', to: 'a' },
      { name: 'pay', id: 'c1', to: 'b' },
      { name: 'mail', id: 'c2', to: 'c' },
    ];
    const { told } = await world.ask(first, [{ name: 'mail', id: 'c0', to: 'd' }]);
    expect(told.map(({ tool_call_id: id }) => id)).toEqual(['c0', 'c1', 'c2', 'c0']);
    expect(supervisionOf(told[1])).toMatchObject({ status: 'refused', code: 'RULE_DENIED' });
    expect(world.ran).toEqual(['mail a', 'mail c', 'mail d']);
    // the denied call stays among the messages; allowing it now runs nothing of the past
    world.bench.setRules([ruleFor('mail', 'auto_approve'), ruleFor('pay', 'auto_approve')]);
    await world.ask([{ name: 'mail', id: 'c9', to: 'e' }]);
    expect(world.ran).not.toContain('pay b');
  });

  it('a sibling that waits for a person does not make the others run twice', async () => {
    const world = await startAgent([
      ruleFor('mail', 'auto_approve'),
      ruleFor('pay', 'require_review'),
    ]);
    await world.ask([
      { name: 'mail', id: 'c0', to: 'a' },
      { name: 'pay', id: 'c1', to: 'b' },
    ]);
    await world.resume(true);
    await world.answer('allow');
    await world.resume(true);
    expect(world.ran).toEqual(['mail a', 'pay b']);
  });
});
