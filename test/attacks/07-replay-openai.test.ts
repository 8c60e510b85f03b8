import { describe, expect, it } from 'vitest';
import { definitions, mail, openWorld, type World } from '../adapters/openai/world.ts';

const call = (id: string, to: string) => ({
  id,
  type: 'function',
  function: { name: 'mail', arguments: JSON.stringify({ to }) },
});

async function answerAll({ bench: { hypervisor } }: World, verdict: 'allow' | 'deny' = 'allow') {
  const person = await hypervisor.authenticate('ann');
  for (const {
    approvalId,
    call: { fingerprint },
  } of await hypervisor.approvals.list()) {
    await hypervisor.approvals.answer(approvalId, { verdict, person, fingerprint });
  }
}

describe('class 7, replay: through OpenAI', () => {
  it('a ticket is good once, whoever brings it back and however often at once', async () => {
    await using world = await openWorld([mail('require_review')]);
    const tools = { mail: world.doer('mail') };
    const { pending } = await world.guard.run([call('c1', 'a')], tools);
    await answerAll(world);
    const [ticket] = pending;
    if (ticket === undefined) throw new Error('nothing pending');
    await Promise.allSettled(Array.from({ length: 10 }, () => world.guard.resume(ticket)));
    await world.guard.resume(JSON.parse(JSON.stringify(ticket)));
    expect(world.ran).toHaveLength(1);
  });

  it('an approval of one call opens neither a sibling nor the same tool with other arguments', async () => {
    await using world = await openWorld([mail('require_review')]);
    const tools = { mail: world.doer('mail') };
    await world.guard.run([call('c1', 'a')], tools);
    await answerAll(world);
    const turn = await world.guard.run([call('c2', 'b'), call('c1', 'c')], tools);
    expect(turn.map(({ supervision }) => supervision.status)).toEqual(['pending', 'pending']);
    expect(world.ran).toEqual([]);
  });

  it('a thread that is run again after a restart of the loop runs each call id once', async () => {
    await using world = await openWorld([mail('auto_approve')], { thread: () => 't1' });
    const tools = { mail: world.doer('mail') };
    const first = await world.guard.run([call('c1', 'a')], tools);
    const again = await world.guard.run([call('c1', 'a')], tools);
    expect(again).toEqual(first);
    const edited = await world.guard.run([call('c1', 'b')], tools);
    expect(edited[0]?.supervision).toMatchObject({ status: 'refused' });
    expect(world.ran).toHaveLength(1);
  });

  it('a tool message that comes back twice, or for a call nobody was handed, settles nothing more', async () => {
    await using world = await openWorld([mail('auto_approve')]);
    world.server.script({ calls: [{ id: 'c1', name: 'mail' }] }, { text: 'bye' });
    const ask = { model: 'm', tools: definitions };
    const user = { role: 'user' as const, content: 'go' };
    const completion = await world.guarded.chat.completions.create({ ...ask, messages: [user] });
    const message = completion.choices[0]?.message;
    if (message === undefined) throw new Error('no message');
    const answer = { role: 'tool' as const, tool_call_id: 'c1', content: 'sent' };
    const forged = { role: 'tool' as const, tool_call_id: 'c9', content: 'sent' };
    const messages = [user, message, answer];
    await world.guarded.chat.completions.create({ ...ask, messages });
    await world.guarded.chat.completions.create({ ...ask, messages });
    const odd = { ...ask, messages: [...messages, forged] };
    await world.guarded.chat.completions.create(odd).catch(() => undefined);
    expect(await world.statuses()).toEqual(['done']);
  });
});
