import { describe, expect, it } from 'vitest';
import { contentModeration, type Moderator } from '../../src/filters/content-moderation.ts';
import { sqlReadOnly } from '../../src/filters/sql-read-only.ts';
import { settle, startBench } from '../support/harness.ts';
import { allow, codeOf, countingTool } from '../support/tools.ts';

function moderatorThat(moderate: () => Promise<unknown>): Moderator {
  return { moderate } as unknown as Moderator;
}

describe('errors (class 2): filters that ship', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['throws', () => Promise.reject(new Error('down'))],
    ['answers rubbish', async () => ({ flagged: 'no' })],
    ['answers nothing', async () => undefined],
  ])('a moderator that %s denies the call', async (_what, moderate) => {
    const moderator = moderatorThat(moderate);
    const { hypervisor } = await startBench(
      [{ ...allow('mail'), filters: ['content_moderation'] }],
      {
        filters: [contentModeration({ moderator })],
      },
    );
    const { attempt, runs } = countingTool(hypervisor, 'mail');
    expect(codeOf(await attempt({ text: 'x' }))).toBe('FILTER_FAILED');
    expect(runs).toEqual([]);
  });

  it('a moderator that hangs denies the call once the time to decide is over', async () => {
    const moderator = moderatorThat(() => new Promise(() => undefined));
    const bench = await startBench([{ ...allow('mail'), filters: ['content_moderation'] }], {
      filters: [contentModeration({ moderator, timeoutMs: 60_000 })],
    });
    const { attempt, runs } = countingTool(bench.hypervisor, 'mail');
    const asked = attempt({ text: 'x' });
    await settle();
    bench.clock.advance(10_001);
    expect(codeOf(await asked)).toBe('FILTER_FAILED');
    expect(runs).toEqual([]);
  });

  it('SQL that nobody can parse, or that is not there, is not allowed', async () => {
    const { hypervisor } = await startBench([{ ...allow('db'), filters: ['sql_read_only'] }], {
      filters: [sqlReadOnly()],
    });
    const { attempt, runs } = countingTool(hypervisor, 'db');
    for (const args of [{ sql: 'selec 1' }, { sql: null }, { command: 'select 1' }, [], null]) {
      expect(codeOf(await attempt(args))).toBe('FILTER_DENIED');
    }
    expect(codeOf(await attempt({ sql: 'select 1' }))).toBe('done');
    expect(runs).toHaveLength(1);
  });
});
