import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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

  it('runs nothing before it is started', async () => {
    const { judge, timers } = open({});
    await judge;
    expect(timers).toEqual([]);
  });
});
