import { describe, expect, it } from 'vitest';
import { builtInFilters } from '../../src/filters/built-in.ts';
import { pii } from '../../src/filters/pii.ts';
import { secrets } from '../../src/filters/secrets.ts';
import { startBench } from '../support/harness.ts';
import { allow, codeOf, countingTool } from '../support/tools.ts';

const key = ['AK', 'IAIOSFODNN7EXAMPLE'].join('');
const filters = ['pii', 'secrets'];
const rules = [{ ...allow('mail'), filters }];

describe('leaks (class 16): filters', () => {
  it('take every match of every kind, in keys, lists and results, and not only the first', async () => {
    const { hypervisor } = await startBench(rules, { filters: builtInFilters() });
    const text = `a@b.io, c@d.io, ${key} ${key}; 4111 1111 1111 1111/5500 0000 0000 0004`;
    const { attempt, runs } = countingTool(hypervisor, 'mail', { run: () => ({ [text]: [text] }) });
    const clean = '[email], [email], [aws_key] [aws_key]; [card]/[card]';
    expect(await attempt({ list: [{ text }, text] })).toMatchObject({
      value: { [clean]: [clean] },
    });
    expect(runs).toEqual([{ list: [{ text: clean }, clean] }]);
  });

  it('say nothing of what they found: not to the agent, not in the log, not in events', async () => {
    const bench = await startBench(rules, {
      filters: [pii({ mode: 'refuse' }), secrets({ mode: 'refuse' })],
    });
    const heard: unknown[] = [];
    bench.hypervisor.events.on('call.refused', (event) => heard.push(event));
    const { attempt, runs } = countingTool(bench.hypervisor, 'mail');
    const outcomes = [await attempt({ to: 'a@b.io' }), await attempt({ body: `x ${key}` })];
    expect(outcomes.map(codeOf)).toEqual(['FILTER_DENIED', 'FILTER_DENIED']);
    expect(runs).toEqual([]);
    const told = JSON.stringify([outcomes, heard, await bench.entries()]);
    expect(told).not.toMatch(/a@b\.io|IOSFODNN/);
  });

  it('withhold a result without its words', async () => {
    const { hypervisor } = await startBench(rules, {
      filters: [pii({ on: ['result'], mode: 'refuse' }), secrets()],
    });
    const { attempt, runs } = countingTool(hypervisor, 'mail', { run: () => 'by a@b.io' });
    const outcome = await attempt({});
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'FILTER_DENIED' } });
    expect(runs).toHaveLength(1);
    expect(String(outcome.status === 'failed' && outcome.error)).not.toContain('a@b.io');
  });

  it('take them out of what a failing tool says, with whatever hangs on its error', async () => {
    const { hypervisor } = await startBench(rules, { filters: builtInFilters() });
    const cause = new Error(key);
    const { attempt } = countingTool(hypervisor, 'mail', {
      run: () => {
        throw Object.assign(new Error(`401 for a@b.io with ${key}`, { cause }), { key });
      },
    });
    const outcome = await attempt({});
    const error = outcome.status === 'failed' ? outcome.error : undefined;
    expect(error).toEqual(new Error('401 for [email] with [aws_key]'));
    expect(JSON.stringify({ ...(error as object) })).not.toContain(key);
    expect((error as Error).cause).toBeUndefined();
  });

  it('withhold what a failing tool says, and leave an error alone that says nothing', async () => {
    const { hypervisor } = await startBench(rules, {
      filters: [pii({ on: ['result'], mode: 'refuse' }), secrets()],
    });
    let thrown: unknown = 'a@b.io is not known';
    const { attempt } = countingTool(hypervisor, 'mail', {
      run: () => {
        throw thrown;
      },
    });
    const withheld = await attempt({});
    expect(withheld).toMatchObject({ status: 'failed', error: { code: 'FILTER_DENIED' } });
    expect(String(withheld.status === 'failed' && withheld.error)).not.toContain('a@b.io');
    thrown = new TypeError('nothing to see');
    const plain = await attempt({});
    expect(plain.status === 'failed' && plain.error).toBe(thrown);
  });
});
