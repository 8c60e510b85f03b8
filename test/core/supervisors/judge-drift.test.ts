import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createDriftWatch,
  driftLimits,
  type Drift,
} from '../../../src/core/supervisors/judge/drift.ts';
import { ask, judgeWorld, payTool, said, scripted, write, type Script } from './judge-world.ts';

/** A watch of one model and tier; `share` of ten judgements allow. */
function watched() {
  const drifts: Drift[] = [];
  const watch = createDriftWatch((drift) => void drifts.push(drift));
  let turn = 0;
  return {
    watch,
    drifts,
    judge(times: number, share: number) {
      for (let each = 0; each < times; each += 1) {
        turn += 1;
        watch.record('strong', 'low', turn % 10 < share);
      }
    },
  };
}

describe('the rate at which a model allows', () => {
  it.each([
    ['allows everything', 5, 10],
    ['allows nothing', 5, 0],
    ['allows more', 3, 7],
    ['allows less', 7, 3],
  ])('raises an alarm once when a model begins to: %s', (_what, before, now) => {
    const { judge, drifts, watch } = watched();
    judge(1100, before);
    expect(drifts).toEqual([]);
    judge(100, now);
    expect(drifts).toEqual([
      { model: 'strong', tier: 'low', rateBefore: before / 10, rateNow: expect.any(Number) },
    ]);
    judge(2000, now);
    expect(drifts).toHaveLength(1);
    expect(watch.problems()).toEqual([
      expect.stringMatching(/`strong` allows \d+ % of the calls of tier `low`/u),
    ]);
  });

  it('ends the alarm when the rate is back, and raises the next one again', () => {
    const { judge, drifts, watch } = watched();
    judge(1100, 5);
    judge(2000, 10);
    judge(100, 5);
    expect(watch.problems()).toEqual([]);
    judge(100, 10);
    expect(drifts).toHaveLength(2);
    expect(watch.problems()).toHaveLength(1);
  });

  it('says nothing before there is enough to compare', () => {
    const { judge, drifts } = watched();
    const { blockSize, minBlocks, recentBlocks } = driftLimits;
    judge(blockSize * (minBlocks - 1), 0);
    judge(blockSize * recentBlocks, 10);
    expect(drifts).toEqual([]);
    judge(blockSize * 2, 10);
    expect(drifts).toHaveLength(1);
  });

  it('counts each model and each tier by itself', () => {
    const drifts: Drift[] = [];
    const watch = createDriftWatch((drift) => void drifts.push(drift));
    const rounds = (times: number, isOtherAllowed: boolean) => {
      for (let turn = 0; turn < times; turn += 1) {
        watch.record('strong', 'low', turn % 2 === 0);
        watch.record('strong', 'high', false);
        watch.record('small', 'low', isOtherAllowed);
      }
    };
    rounds(1000, false);
    rounds(100, true);
    expect(drifts).toMatchObject([{ model: 'small', tier: 'low', rateBefore: 0 }]);
  });

  it('raises no alarm by chance: ten rates, a hundred thousand judgements each', () => {
    const next = seeded(7);
    for (const rate of [0, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99, 1]) {
      let alarms = 0;
      const watch = createDriftWatch(() => (alarms += 1));
      for (let turn = 0; turn < 100_000; turn += 1) watch.record('m', 'low', next() < rate);
      expect({ rate, alarms: alarms > 2 }).toEqual({ rate, alarms: false });
    }
  });

  it('keeps no more models and tiers than its bound, whatever they are called', () => {
    const { watch } = watched();
    const names = Array.from({ length: 5 * driftLimits.maxSeries }, (_, at) => `m${at}`);
    const { blockSize, minBlocks } = driftLimits;
    for (const name of names) {
      for (let turn = 0; turn < 2 * minBlocks * blockSize; turn += 1) {
        watch.record(name, 'low', turn >= minBlocks * blockSize);
      }
    }
    expect(watch.problems()).toHaveLength(driftLimits.maxSeries);
  });

  it('is one alarm at most for each time that it left its range, whatever is recorded', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 60 }), (shares) => {
        const { judge, drifts, watch } = watched();
        let isOut = false;
        for (const share of shares) {
          const before = drifts.length;
          judge(driftLimits.blockSize, share);
          const isNowOut = watch.problems().length > 0;
          expect(drifts.length - before).toBe(isNowOut && !isOut ? 1 : 0);
          isOut = isNowOut;
        }
      }),
    );
  });
});

describe('a judge whose rate changes', () => {
  const deny = { riskLevel: 'critical', outcome: 'deny' };

  it('says so once by event and by its health, and decides as before', async () => {
    let isLax = false;
    const script: Script = async (request, turn) =>
      said(write(request, isLax || turn % 2 === 0 ? {} : deny));
    const { judge, events } = judgeWorld(script, { cacheMs: 0 });
    const judged = async (times: number) => {
      for (let n = 0; n < times; n += 1) {
        await judge.judge(ask({ args: { n }, session: `s${n}` }));
      }
    };
    await judged(400);
    expect(judge.problems()).toEqual([]);
    isLax = true;
    await judged(100);
    const drifted = events.filter(({ name }) => name === 'judge.drifted');
    expect(drifted).toEqual([
      {
        name: 'judge.drifted',
        event: { model: 'strong', tier: 'low', rateBefore: 0.5, rateNow: expect.any(Number) },
      },
    ]);
    expect(judge.problems()).toEqual([expect.stringContaining('`strong` allows')]);
    expect(await judge.judge(ask({ args: { n: -1 } }))).toMatchObject({ verdict: 'allow' });
    judge.forget();
    expect(judge.problems()).toEqual([]);
  });

  it('counts neither what was remembered, nor faults', async () => {
    const { judge } = judgeWorld(async (request, turn) =>
      turn <= 300 ? said(write(request, deny)) : said('rubbish'),
    );
    for (let n = 0; n < 300; n += 1) {
      await judge.judge(ask({ args: { n }, session: `s${n}` }));
    }
    for (let n = 0; n < 200; n += 1) await judge.judge(ask({ args: { n: 1 }, session: 's1' }));
    for (let n = 0; n < 200; n += 1) await judge.judge(ask({ args: { x: n } }));
    expect(judge.problems().filter((each) => each.includes('allows'))).toEqual([]);
  });

  it('counts both of two judges, each by itself', async () => {
    let isLax = false;
    const other = scripted('other', async (request) => said(write(request, isLax ? {} : deny)));
    const secondOpinion = { model: other, deadlineMs: 8000, maxOutputTokens: 1000 };
    const { judge, events } = judgeWorld(async (request) => said(write(request, deny)), {
      secondOpinion,
      cacheMs: 0,
    });
    for (let n = 0; n < 500; n += 1) {
      isLax = n >= 400;
      await judge.judge(ask({ args: { n }, session: `s${n}`, manifest: payTool }));
    }
    expect(events.filter(({ name }) => name === 'judge.drifted')).toMatchObject([
      { event: { model: 'other', tier: 'high', rateBefore: 0 } },
    ]);
  });
});

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.trunc(state + 0x6d2b79f5);
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
