import { describe, expect, it } from 'vitest';
import { supervise } from '../../src/core/hypervisor/supervised-tool.ts';
import { z } from 'zod';
import { startBench } from '../support/harness.ts';
import {
  allow,
  answerAll,
  codeOf,
  countingTool,
  deny,
  review,
  ticketOf,
  writes,
} from '../support/tools.ts';

describe('class 10, side doors: the call that was judged is the one that runs', () => {
  it('a framework configuration with a `tool` in it does not rename the call', async () => {
    const { hypervisor } = await startBench([deny('pay'), allow('note')]);
    const pay = countingTool(hypervisor, 'pay');
    countingTool(hypervisor, 'note');
    const config = { tool: 'note', args: { value: {} }, mode: 'advisory', configurable: {} };
    expect(codeOf(await pay.attempt({}, config as never))).toBe('RULE_DENIED');
    expect(pay.runs).toEqual([]);
  });

  it("a ticket of one tool does not run another tool's code", async () => {
    const { hypervisor } = await startBench([deny('pay'), review('note')]);
    const pay = countingTool(hypervisor, 'pay');
    const note = countingTool(hypervisor, 'note');
    const ticket = ticketOf(await note.attempt({ to: 'x' }, { waitMs: 0 }));
    await answerAll(hypervisor);
    expect(codeOf(await pay.tool.resume(ticket))).toBe('APPROVAL_UNKNOWN');
    expect(pay.runs).toEqual([]);
    expect(codeOf(await note.tool.resume(ticket))).toBe('done');
  });

  it('a supervised tool has nothing on it that is the raw one', async () => {
    const { hypervisor } = await startBench([deny('pay')]);
    const { tool } = countingTool(hypervisor, 'pay');
    expect(Object.keys(tool).toSorted()).toEqual(['attempt', 'invoke', 'name', 'resume']);
    expect(Object.isFrozen(tool)).toBe(true);
  });

  it('a spec that is changed after it was wrapped changes nothing', async () => {
    const { hypervisor } = await startBench([deny('pay'), allow('note')]);
    const ran: string[] = [];
    const spec = {
      name: 'note',
      description: 'Notes',
      schema: z.object({}),
      manifest: writes,
      run: () => ran.push('note'),
    };
    const tool = supervise(spec, hypervisor);
    spec.run = () => ran.push('pay');
    spec.name = 'pay';
    await tool.invoke({});
    expect(ran).toEqual(['note']);
  });
});
