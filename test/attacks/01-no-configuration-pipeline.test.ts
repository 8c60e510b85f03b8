import { describe, expect, it, vi } from 'vitest';
import { openHypervisor } from '../../src/core/hypervisor/hypervisor.ts';
import type { Outcome } from '../../src/core/model/decision.ts';
import { startBench } from '../support/harness.ts';
import { allow, codeOf, countingTool, reads } from '../support/tools.ts';

describe('class 1, no configuration means allow: it means deny', () => {
  it('no rules at all', async () => {
    const { hypervisor } = await startBench([]);
    const { attempt, runs } = countingTool(hypervisor, 'read', { manifest: reads });
    expect(codeOf(await attempt())).toBe('NO_RULE');
    expect(runs).toEqual([]);
  });

  it('rules for other tools and other actions only', async () => {
    const { hypervisor } = await startBench([allow('other'), allow('read', { action: 'list' })]);
    const { attempt, runs } = countingTool(hypervisor, 'read', { manifest: reads });
    expect(codeOf(await attempt())).toBe('NO_RULE');
    expect(runs).toEqual([]);
  });

  it('no supervisor at all', async () => {
    const { parts } = await startBench([]);
    const { hypervisor } = await openHypervisor({ ...parts, supervisors: [] });
    const { attempt, runs } = countingTool(hypervisor, 'read', { manifest: reads });
    expect(codeOf(await attempt())).toBe('NO_SUPERVISOR');
    expect(runs).toEqual([]);
  });

  it.each(['nobody_registered_it', '', 'read ', 'read\u200b', '\0', 'x'.repeat(100_000), 7, null])(
    'a tool that is not registered: %j',
    async (tool) => {
      const { hypervisor } = await startBench([{ ...allow('read'), condition: {} }]);
      countingTool(hypervisor, 'read');
      const run = vi.fn<() => number>(() => 1);
      const seat = hypervisor.seat('default');
      const request = { tool: tool as string, args: { value: {} }, seat };
      expect(codeOf(await hypervisor.submit(request, run))).toBe('UNKNOWN_TOOL');
      expect(run).not.toHaveBeenCalled();
    },
  );

  it('an action function that throws, or names nothing', async () => {
    const { hypervisor } = await startBench([{ ...allow('x'), condition: {} }]);
    const actions: readonly (() => string)[] = [
      () => {
        throw new Error('unmapped');
      },
      () => '',
      () => undefined as never,
    ];
    const outcomes: Outcome<unknown>[] = [];
    for (const [index, action] of actions.entries()) {
      const counted = countingTool(hypervisor, `tool_${index}`, { action });
      outcomes.push(await counted.attempt());
      expect(counted.runs).toEqual([]);
    }
    expect(outcomes.map(codeOf)).toEqual(['ARGS_INVALID', 'NAME_INVALID', 'NAME_INVALID']);
  });

  it('a tool without a manifest counts as irreversible: ring 3 is refused, ring 2 needs a person', async () => {
    const { hypervisor } = await startBench([{ ...allow('x'), condition: {} }]);
    hypervisor.tools.register({ name: 'bare', description: 'Says nothing of itself' });
    const run = vi.fn<() => number>(() => 1);
    const submit = (agent: string) =>
      hypervisor.submit(
        { tool: 'bare', args: { value: {} }, seat: hypervisor.seat(agent), waitMs: 0 },
        run,
      );
    expect(codeOf(await submit('stranger'))).toBe('RING_TOO_LOW');
    const pending = await submit('default');
    expect(pending).toMatchObject({ status: 'pending', why: { code: 'REQUIREMENT_PERSON' } });
    expect(pending.status === 'pending' && pending.why.reason).toContain('declare one');
    expect(run).not.toHaveBeenCalled();
  });
});
