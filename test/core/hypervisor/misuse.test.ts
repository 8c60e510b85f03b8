import { expect, it } from 'vitest';
import { z } from 'zod';
import { supervise } from '../../../src/core/hypervisor/supervised-tool.ts';
import { startBench } from '../../support/harness.ts';

const allow = { name: 'allow_all', condition: { tool: 'mail' }, approval: 'auto_approve' };

it('refuses what could not be run before anything is judged or logged', async () => {
  const bench = await startBench([allow]);
  const { hypervisor } = bench;
  const before = (await bench.entries()).length;
  const spec = {
    name: 'mail',
    description: 'Sends',
    schema: z.object({}),
    manifest: { effect: 'write', undo: 'full' },
  } as const;
  expect(() => supervise(spec as never, hypervisor)).toThrow('has no `run` function');
  hypervisor.tools.register(spec);
  const request = { tool: 'mail', args: { value: {} }, seat: hypervisor.seat('default') };
  await expect(hypervisor.submit(request, undefined as never)).rejects.toThrow(
    'no function to run',
  );
  const odd = { ...request, mode: 'dry' as never };
  await expect(hypervisor.submit(odd, () => 1)).rejects.toThrow('expected `run` or `advisory`');
  expect((await bench.entries()).length).toBe(before);
});

it('throws no kill without a reason, and leaves nothing latched', async () => {
  const { hypervisor } = await startBench([allow]);
  await expect(hypervisor.killSwitch.kill('all', undefined as never)).rejects.toThrow('reason');
  await expect(hypervisor.killSwitch.kill('all', ' ')).rejects.toThrow('reason');
  expect(hypervisor.killSwitch.list()).toEqual([]);
});
