import { describe, expect, it } from 'vitest';
import { settle, startBench } from '../support/harness.ts';
import {
  allow,
  answerAll,
  codeOf,
  countingTool,
  deny,
  review,
  ticketOf,
} from '../support/tools.ts';

describe('class 6, live against pinned: one rules version decides a call', () => {
  it('an edit while a call is judged mixes nothing: the decision names the version it was made under', async () => {
    const held = Promise.withResolvers<void>();
    const bench = await startBench([allow('mail')], {
      supervisors: [
        {
          name: 'slow',
          async decide() {
            await held.promise;
            return { verdict: 'allow', by: 'slow', code: 'OK', reason: 'ok' };
          },
        },
      ],
    });
    const { attempt } = countingTool(bench.hypervisor, 'mail');
    const before = attempt();
    await settle();
    bench.setRules([deny('mail')]);
    held.resolve();
    expect(codeOf(await before)).toBe('done');
    expect(codeOf(await attempt())).toBe('RULE_DENIED');
    const decided = (await bench.entries()).filter(({ type }) => type === 'call.decided');
    expect(new Set(decided.map((entry) => entry['rulesVersion'])).size).toBe(2);
  });

  it('a call that waits for a person is judged again by the rules in force when the answer comes', async () => {
    const bench = await startBench([review('mail')]);
    const { attempt, runs } = countingTool(bench.hypervisor, 'mail');
    const waiting = attempt();
    await settle();
    bench.setRules([deny('mail')]);
    await answerAll(bench.hypervisor);
    expect(codeOf(await waiting)).toBe('RULE_DENIED');
    expect(runs).toEqual([]);
  });

  it('an approval does not outlive an edit of the rule that asked for it', async () => {
    const bench = await startBench([review('mail')]);
    const { attempt, runs, tool } = countingTool(bench.hypervisor, 'mail');
    const ticket = ticketOf(await attempt({ n: 1 }, { waitMs: 0 }));
    await answerAll(bench.hypervisor);
    bench.setRules([{ ...review('mail'), condition: { tool: 'mail', args: { n: { gte: 0 } } } }]);
    expect(codeOf(await tool.resume(ticket))).toBe('pending');
    expect(runs).toEqual([]);
  });

  it('a gate reads what is so now, also for an approved call', async () => {
    const bench = await startBench([review('mail')]);
    const { attempt, runs, tool } = countingTool(bench.hypervisor, 'mail');
    const ticket = ticketOf(await attempt({}, { waitMs: 0 }));
    await answerAll(bench.hypervisor);
    await bench.hypervisor.quarantine.enter('default', 'manual');
    expect(codeOf(await tool.resume(ticket))).toBe('QUARANTINED');
    expect(runs).toEqual([]);
  });
});
