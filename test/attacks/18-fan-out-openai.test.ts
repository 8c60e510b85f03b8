import { describe, expect, it } from 'vitest';
import { allowLook, chatLoop, mail, openWorld } from '../adapters/openai/world.ts';

const call = (id: string, name: string) => ({
  id,
  type: 'function',
  function: { name, arguments: '{}' },
});

describe('class 18, fan-out effects: through OpenAI', () => {
  it('a refused, a failing and a hanging call cost their siblings nothing', async () => {
    await using world = await openWorld([allowLook, mail('deny')], {
      manifests: { look: { effect: 'read', undo: 'none', paths: [] } },
    });
    const { hypervisor, clock } = world.bench;
    const broken = {
      name: 'broken',
      condition: { tool: ['broken', 'slow'] },
      approval: 'auto_approve',
    };
    world.bench.setRules([allowLook, mail('deny'), broken]);
    for (const name of ['broken', 'slow']) {
      const manifest = { effect: 'read', undo: 'none', paths: [] } as const;
      hypervisor.tools.register({ name, description: '', manifest });
    }
    const running = world.guard.run(
      [call('c1', 'mail'), call('c2', 'broken'), call('c3', 'slow'), call('c4', 'look')],
      {
        mail: world.doer('mail'),
        broken: () => Promise.reject(new Error('the wire is cut')),
        slow: () => Promise.withResolvers<never>().promise,
        look: world.doer('look'),
      },
    );
    await expect.poll(() => world.ran.length).toBe(1);
    clock.advance(60_001);
    const answers = await running;
    expect(answers.map(({ supervision }) => supervision.status)).toEqual([
      'refused',
      'failed',
      'unknown',
      'done',
    ]);
  });

  it('a call that was taken out does not run later, though the model reads of it in its history', async () => {
    await using world = await openWorld([allowLook, mail('deny')]);
    const calls = [
      { id: 'c1', name: 'look' },
      { id: 'c2', name: 'mail' },
    ];
    world.server.script({ calls }, { calls: [{ id: 'c3', name: 'look' }] }, { text: 'bye' });
    const messages = await chatLoop(world);
    expect(world.ran.map(({ tool }) => tool)).toEqual(['look', 'look']);
    expect(JSON.stringify(messages)).not.toContain('"c2"');
    for (const { messages: sent } of world.server.requests.slice(1)) {
      expect(JSON.stringify(sent)).toContain('"c2"');
    }
    // allowed now, and still only what is asked for anew
    world.bench.setRules([allowLook, mail('auto_approve')]);
    world.server.script({ text: 'bye' });
    await world.guarded.chat.completions.create({ model: 'm', messages: [...messages] });
    expect(world.ran).toHaveLength(2);
  });
});
