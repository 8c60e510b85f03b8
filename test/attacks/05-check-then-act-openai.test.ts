import { describe, expect, it } from 'vitest';
import { createOpenAIGuard } from '../../adapters/openai/index.ts';
import { allowLook, definitions, mail, openWorld, write } from '../adapters/openai/world.ts';

const call = (id: string, name: string, args = '{}') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const limited = {
  name: 'five',
  condition: { tool: 'mail', max_per_hour: 5 },
  approval: 'auto_approve',
};

interface Completion {
  readonly choices: readonly { readonly message: { readonly tool_calls?: readonly object[] } }[];
}

describe('class 5, check then act: through OpenAI', () => {
  it('parallel calls of one turn, and of many replies at once, share one limit', async () => {
    await using world = await openWorld([limited]);
    const calls = Array.from({ length: 20 }, (_, at) => call(`c${at}`, 'mail'));
    await world.guard.run(calls, { mail: world.doer('mail') });
    expect(world.ran).toHaveLength(5);
    await using other = await openWorld([limited]);
    let reply = 0;
    const guard = createOpenAIGuard(other.bench.hypervisor, {
      seat: () => other.seat,
      manifests: { mail: write },
      waitMs: 0,
      fetch: async () => {
        reply += 1;
        const tool_calls = [call(`a${reply}`, 'mail'), call(`b${reply}`, 'mail')];
        return Response.json({ choices: [{ index: 0, message: { tool_calls } }] });
      },
    });
    const init = { method: 'POST', body: JSON.stringify({ messages: [], tools: definitions }) };
    const url = 'http://127.0.0.1:9/v1/chat/completions';
    const replies = await Promise.all(Array.from({ length: 10 }, () => guard.fetch(url, init)));
    const bodies = await Promise.all(replies.map(async (one) => (await one.json()) as Completion));
    const handed = bodies.flatMap(({ choices }) => choices[0]?.message.tool_calls ?? []);
    expect(handed).toHaveLength(5);
  });

  it('arguments that a parser or the caller changes after the check are not what runs', async () => {
    await using world = await openWorld([allowLook]);
    const kept = { to: 'a' };
    const parse = (): object => kept;
    const look = { name: 'look', parameters: {}, parse, function: world.doer('look') };
    const calls = [call('c1', 'look')];
    const running = world.guard.run(calls, [{ type: 'function', function: look }]);
    kept.to = 'b';
    calls[0] = call('c1', 'wipe');
    await running;
    kept.to = 'c';
    expect(world.ran).toHaveLength(1);
    expect(world.ran[0]?.args).not.toBe(kept);
    expect(Object.isFrozen(world.ran[0]?.args)).toBe(true);
    const decided = (await world.bench.entries()).filter(({ type }) => type === 'call.decided');
    expect(decided).toMatchObject([{ tool: 'look', verdict: 'allow' }]);
  });

  it('a kill that lands while the turn is judged stops what has not started', async () => {
    await using world = await openWorld([allowLook, mail('auto_approve')]);
    const { hypervisor } = world.bench;
    const running = world.guard.run([call('c1', 'look')], { look: world.doer('look') });
    const killing = hypervisor.killSwitch.kill('all', 'test');
    const [answer] = await running;
    await killing;
    expect(answer?.supervision).toMatchObject({ code: 'KILLED' });
    expect(world.ran).toEqual([]);
  });

  it('a definition that changes after the approval is another tool', async () => {
    await using world = await openWorld([mail('require_review')]);
    const tool = (description: string) => [
      {
        type: 'function',
        function: { name: 'mail', description, parameters: {}, function: world.doer('mail') },
      },
    ];
    const { pending } = await world.guard.run([call('c1', 'mail')], tool('Sends a mail'));
    expect(pending).toHaveLength(1);
    const changed = await world.guard.run([call('c2', 'mail')], tool('Wipes the disk'));
    expect(changed[0]?.supervision).toMatchObject({ status: 'failed', code: 'TOOL_INVALID' });
    expect(world.ran).toEqual([]);
  });
});
