import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Filter } from '../../../src/core/model/extension.ts';
import type { Manifest, ToolRegistration } from '../../../src/core/model/tool.ts';
import { startBench } from '../../support/harness.ts';
import { answerAll } from '../../support/tools.ts';

const allow = { name: 'allow_all', condition: { tool: 'mail' }, approval: 'auto_approve' };
const writes: Manifest = { effect: 'write', undo: 'full', paths: [] };
const final: Manifest = { effect: 'write', undo: 'none', paths: [] };

async function release(
  tool: Partial<ToolRegistration>,
  options: {
    readonly filters?: readonly Filter[];
    readonly args?: object;
    readonly rule?: object;
  } = {},
) {
  const { filters = [], args = { to: 'x' }, rule = {} } = options;
  const bench = await startBench([{ ...allow, ...rule }], { filters });
  bench.hypervisor.tools.register({
    name: 'mail',
    description: 'Mails',
    manifest: writes,
    ...tool,
  });
  const agent = await bench.hypervisor.agents.register({ id: 'clerk' });
  let ran = 0;
  const request = { tool: 'mail', args: { value: args }, mode: 'advisory', waitMs: 0 } as const;
  const outcome = await bench.hypervisor.submit(
    { ...request, seat: bench.hypervisor.seat(agent) },
    () => (ran += 1),
  );
  return { bench, outcome, ran };
}

describe('a call for foreign code', () => {
  it('is released once, runs nothing here, and is closed when it is settled', async () => {
    const { bench, outcome, ran } = await release({});
    expect(outcome).toMatchObject({ status: 'released' });
    expect(ran).toBe(0);
    if (outcome.status !== 'released') return;
    await bench.hypervisor.settle(outcome.callId, { value: 'sent' });
    const again = bench.hypervisor.settle(outcome.callId, { value: 'sent' });
    await expect(again).rejects.toMatchObject({ code: 'ALREADY_DONE' });
    const finished = (await bench.entries()).filter(({ type }) => type === 'call.finished');
    expect(finished).toMatchObject([{ status: 'done' }]);
  });

  it('is refused where it cannot be undone, unless the manifest says that it may', async () => {
    const refused = await release({ manifest: final });
    expect(refused.outcome).toMatchObject({ status: 'refused', why: { code: 'ADVISORY_REFUSED' } });
    const declared = await release({ manifest: { ...final, advisory: true } });
    // the person that every such call needs is asked for all the same
    expect(declared.outcome).toMatchObject({ status: 'pending' });
    const undeclared = await startBench([allow]);
    undeclared.hypervisor.tools.register({ name: 'mail', description: 'Mails' });
    const seat = undeclared.hypervisor.seat('clerk');
    const request = { tool: 'mail', args: { value: {} }, seat, mode: 'advisory' } as const;
    expect(await undeclared.hypervisor.submit(request, () => 1)).toMatchObject({
      status: 'refused',
    });
  });

  it('is refused where its schema would change what the foreign code gets', async () => {
    const schema = z.object({ to: z.string(), copies: z.number().default(1) });
    const changed = await release({ schema });
    expect(changed.outcome).toMatchObject({ status: 'refused', why: { code: 'ADVISORY_REFUSED' } });
    const same = await release({ schema }, { args: { to: 'x', copies: 1 } });
    expect(same.outcome).toMatchObject({ status: 'released' });
    const dropped = await release({ schema }, { args: { to: 'x', copies: 1, bcc: 'y' } });
    expect(dropped.outcome).toMatchObject({ status: 'refused' });
    const noJson = await release({ schema }, { args: { to: 'x', copies: 1, at: new Date(0) } });
    expect(noJson.outcome).toMatchObject({ status: 'refused', why: { code: 'ADVISORY_REFUSED' } });
  });

  it.each<[string, { readonly manifest?: Manifest; readonly filters?: string[] }]>([
    ['cannot be undone', { manifest: final }],
    ['has a result that a filter must see', { filters: ['hide'] }],
    ['had its arguments rewritten', { filters: ['trim'] }],
  ])('is refused where it %s, though a person approved it to run here', async (_what, given) => {
    const { manifest = writes, filters = [] } = given;
    const rule = { ...allow, approval: 'require_review', filters };
    const { hypervisor } = await startBench([rule], {
      filters: [
        { name: 'trim', before: async () => ({ to: '-' }) },
        { name: 'hide', after: async () => 'hidden' },
      ],
    });
    hypervisor.tools.register({ name: 'mail', description: 'Mails', manifest });
    const claim = { adapter: 'test', thread: 't', task: 'k', id: '1' };
    const seat = hypervisor.seat('default');
    const request = { tool: 'mail', args: { value: { to: 'x' } }, seat, claim, waitMs: 0 };
    expect(await hypervisor.submit(request, () => 1)).toMatchObject({ status: 'pending' });
    await answerAll(hypervisor);
    const released = await hypervisor.submit({ ...request, mode: 'advisory' }, () => 1);
    expect(released).toMatchObject({ status: 'refused', why: { code: 'ADVISORY_REFUSED' } });
  });

  it('is refused where a filter would change its arguments or has to see its result', async () => {
    const trim: Filter = { name: 'trim', before: async () => ({ to: '-' }) };
    const look: Filter = { name: 'look', before: async (args) => args };
    const hide: Filter = { name: 'hide', after: async () => 'hidden' };
    const filters = [trim, look, hide];
    for (const [name, status] of [
      ['trim', 'refused'],
      ['hide', 'refused'],
      ['look', 'released'],
    ]) {
      const { outcome } = await release({}, { filters, rule: { filters: [name] } });
      expect({ name, status: outcome.status }).toEqual({ name, status });
    }
  });
});

describe('arguments that the parser of a tool refused', () => {
  it('are a refusal in the log, and nothing runs', async () => {
    const bench = await startBench([allow]);
    bench.hypervisor.tools.register({ name: 'mail', description: 'Mails', manifest: writes });
    const request = { tool: 'mail', args: { invalid: 'its parser refused them' } };
    let ran = 0;
    const outcome = await bench.hypervisor.submit(
      { ...request, seat: bench.hypervisor.seat('clerk') },
      () => (ran += 1),
    );
    expect(outcome).toMatchObject({ status: 'refused', why: { code: 'ARGS_INVALID' } });
    expect(ran).toBe(0);
    expect((await bench.entries()).at(-1)).toMatchObject({
      type: 'call.refused',
      code: 'ARGS_INVALID',
    });
  });
});
