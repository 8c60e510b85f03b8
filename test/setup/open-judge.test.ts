import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/model/ports.ts';
import { openJudge } from '../../src/judge/open-judge.ts';
import type { JudgeSettings } from '../../src/judge/settings.ts';
import { createMemoryCounters } from '../../src/stores/memory/counters.ts';
import { createMemoryRecords } from '../../src/stores/memory/records.ts';
import { createVirtualClock } from '../../src/stores/memory/virtual-clock.ts';
import { createRandomIds } from '../../src/stores/system/ids.ts';
import { agreeable, scripted } from '../core/supervisors/judge-world.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ringfence-open-judge-'));
  await writeFile(join(root, 'policy.md'), 'Be kind.', { mode: 0o600 });
  await writeFile(join(root, 'torn.json'), '{', { mode: 0o600 });
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Opens a judge, and counts the timers that it sets. */
function open(settings: Partial<JudgeSettings>) {
  const time = createVirtualClock(1);
  const timers: number[] = [];
  const clock: Clock = {
    ...time,
    after(ms, callback) {
      timers.push(ms);
      return time.after(ms, callback);
    },
  };
  const judge = openJudge(
    { model: scripted('strong', agreeable), policyFile: join(root, 'policy.md'), ...settings },
    {
      clock,
      ids: createRandomIds(),
      counters: createMemoryCounters(),
      records: createMemoryRecords(),
      decideTimeoutMs: 10_000,
    },
  );
  return { judge, timers };
}

describe('a judge that is opened', () => {
  it.each<[string, Partial<JudgeSettings>]>([
    ['a calibration that is torn', { calibrationFile: 'torn.json' }],
    ['money without prices', { budget: { micros: { perDay: 1 } } }],
    ['a tool that cannot be', { atLeast: { high: ['pay\u200b'] } }],
  ])('leaves nothing running with %s', async (_what, settings) => {
    const { calibrationFile, ...rest } = settings;
    const file =
      calibrationFile === undefined ? {} : { calibrationFile: join(root, calibrationFile) };
    const { judge, timers } = open({ ...rest, ...file });
    await expect(judge).rejects.toMatchObject({ name: 'SupervisionError' });
    expect(timers).toEqual([]);
  });

  // what JavaScript lets through, and JSON that somebody read for settings
  it.each<[string, object, string]>([
    ['a word that would allow', { onUnavailable: 'allow' }, '`judge.onUnavailable`: expected'],
    ['a misspelt word', { onUnavailable: 'Deny' }, '`judge.onUnavailable`: expected'],
    ['null for a word', { onUnavailable: null }, '`judge.onUnavailable`: expected'],
    ['a misspelt supervisor', { supervisor: 'hybird' }, '`judge.supervisor`: expected'],
    ['a text for a number', { budget: { calls: { perDay: '5' } } }, '`judge.budget.calls.perDay`'],
    ['no number at all', { budget: { calls: { perDay: Number.NaN } } }, '`judge.budget.calls.per'],
    ['less than nothing', { budget: { calls: { perSession: -1 } } }, '`judge.budget.calls.per'],
    [
      'a bound of another name',
      { budget: { calls: { per_day: 5 } } },
      '`judge.budget.calls.per_day`',
    ],
    ['a bound one level up', { budget: { perDay: 5 } }, '`judge.budget.perDay` is not known'],
    [
      'a price that pays back',
      { prices: { strong: { inputMicros: -1, outputMicros: 1 } } },
      '`judge.prices.strong.inputMicros`: expected',
    ],
    ['a price of nothing', { prices: { strong: null } }, '`judge.prices.strong`: '],
    ['a half sample', { samples: 1.5 }, '`judge.samples`: expected a whole number'],
    ['a name for a model', { model: 'gpt-4.1' }, '`judge.model`: expected a model'],
    ['one name for a list', { atLeast: { high: 'pay' } }, '`judge.atLeast.high`: expected a list'],
  ])('refuses %s, by its key', async (_what, settings, message) => {
    const { judge, timers } = open(settings);
    await expect(judge).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
    expect(timers).toEqual([]);
  });

  it.each(['policyFile', 'calibrationFile'] as const)(
    'takes no %s from a folder in which everybody can put another one, nor by a link from there',
    async (key) => {
      const folder = join(root, 'open');
      await mkdir(folder);
      await chmod(folder, 0o777);
      const text = key === 'policyFile' ? 'Be kind.' : '{"version":1,"curves":[]}';
      await writeFile(join(folder, 'file'), text, { mode: 0o600 });
      await writeFile(join(root, 'own'), text, { mode: 0o600 });
      await symlink(join(root, 'own'), join(folder, 'link'));
      await symlink(join(folder, 'file'), join(root, 'link'));
      await symlink(join(folder, 'link'), join(root, 'twice'));
      for (const path of ['open/file', 'open/link', 'link', 'twice']) {
        await expect(open({ [key]: join(root, path) }).judge).rejects.toMatchObject({
          code: 'CONFIG_INVALID',
          message: expect.stringContaining('can be written by everybody'),
        });
      }
      await open({ [key]: join(root, 'own') }).judge;
    },
  );

  it('runs nothing before it is started', async () => {
    const { judge, timers } = open({});
    await judge;
    expect(timers).toEqual([]);
  });
});
