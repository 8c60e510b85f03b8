import { describe, expect, it } from 'vitest';
import { createUserFeed } from '../../../adapters/langchain/user-said.ts';
import type { Session } from '../../../src/core/model/call.ts';
import { ruleFor, startAgent, supervisionOf } from './agent-world.ts';

const mail = [{ name: 'mail', id: 'c0', to: 'a' }];

describe('supervisionMiddleware', () => {
  it('says in words and for programs what was refused', async () => {
    const world = await startAgent([ruleFor('mail', 'deny')], { status: 'success' });
    const [told] = (await world.ask(mail)).told;
    expect(told).toMatchObject({ tool_call_id: 'c0', name: 'mail', status: 'success' });
    expect(supervisionOf(told)).toEqual({ status: 'refused', code: 'RULE_DENIED', by: 'rules' });
  });

  it('fails with a clear error where a review cannot interrupt, and runs nothing', async () => {
    const world = await startAgent([ruleFor('mail', 'require_review')], { checkpointer: false });
    await expect(world.ask(mail)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('checkpointer'),
    });
    expect(world.ran).toEqual([]);
  });

  it('hands out the approval where it does not interrupt, and takes the answered one over', async () => {
    const review = { waitMs: 0 };
    const world = await startAgent([ruleFor('mail', 'require_review')], { review });
    const [told] = (await world.ask(mail)).told;
    const [open] = await world.bench.hypervisor.approvals.list();
    expect(supervisionOf(told)).toMatchObject({
      status: 'pending',
      approvalId: open?.approvalId,
    });
    await world.answer('allow');
    await world.ask(mail);
    expect(world.ran).toEqual(['mail a']);
  });

  it('asks the operator, by the config of the call, what the user said', async () => {
    const asked: unknown[] = [];
    const world = await startAgent([ruleFor('mail', 'auto_approve')], {
      user: ({ configurable }) => [String(asked.push(configurable?.['thread_id']))],
    });
    await world.ask(mail);
    expect(asked).toEqual(['thread-1']);
    expect(world.ran).toEqual(['mail a']);
  });

  it('runs nothing when the seat cannot be told', async () => {
    const world = await startAgent([ruleFor('mail', 'auto_approve')], {
      seat: () => {
        throw new Error('no such user');
      },
    });
    await expect(world.ask(mail)).rejects.toThrow('no such user');
    expect(world.ran).toEqual([]);
  });

  it('counts a tool without a manifest as irreversible: a person is asked', async () => {
    const world = await startAgent([ruleFor('mail', 'auto_approve')], { manifests: {} });
    const { reviews } = await world.ask(mail);
    expect(reviews).toHaveLength(1);
    expect(world.ran).toEqual([]);
  });

  it('uses the action that the operator names', async () => {
    const world = await startAgent(
      [
        { name: 'inside', condition: { tool: 'mail', action: 'inside' }, approval: 'auto_approve' },
        { name: 'outside', condition: { tool: 'mail', action: 'outside' }, approval: 'deny' },
      ],
      { actions: { mail: (args) => (JSON.stringify(args).includes('@') ? 'outside' : 'inside') } },
    );
    await world.ask([...mail, { name: 'mail', id: 'c1', to: 'x@y.example' }]);
    expect(world.ran).toEqual(['mail a']);
  });
});

describe('createUserFeed', () => {
  it('tells each session each text once', () => {
    const heard: string[] = [];
    const session = (id: string): Session => ({
      kind: 'session',
      id,
      observe: ({ role, text }) => heard.push(`${id} ${role} ${text}`),
      join: () => Promise.reject(new Error('not asked')),
      end: () => Promise.reject(new Error('not asked')),
    });
    const tell = createUserFeed();
    tell(session('s1'), ['a', 'b']);
    tell(session('s1'), ['a', 'b', 'c']);
    tell(session('s2'), ['a']);
    expect(heard).toEqual(['s1 user a', 's1 user b', 's1 user c', 's2 user a']);
  });
});
