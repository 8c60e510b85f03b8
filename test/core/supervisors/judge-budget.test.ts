import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SupervisionError } from '../../../src/core/model/errors.ts';
import type { JsonObject } from '../../../src/core/model/json.ts';
import { createBudget, type BudgetOptions } from '../../../src/core/supervisors/judge/budget.ts';
import { createSummarizer } from '../../../src/core/supervisors/judge/summary.ts';
import { createMemoryCounters } from '../../../src/stores/memory/counters.ts';
import { createVirtualClock } from '../../../src/stores/memory/virtual-clock.ts';
import { createRandomIds } from '../../../src/stores/system/ids.ts';
import {
  agreeable,
  ask,
  judgeWorld,
  prompts,
  said,
  scripted,
  write,
  type Script,
} from './judge-world.ts';

const price = { inputMicros: 1_000_000, outputMicros: 1_000_000 };
const schema = z.strictObject({ ok: z.boolean() });
const question = (text: string) => ({
  session: 's',
  price,
  request: { messages: [{ role: 'user' as const, text }], schema, maxOutputTokens: 10 },
  nowMs: 1,
});

const how = { deadlineMs: 8000, maxOutputTokens: 1000 };

/** A budget whose log can be taken away. */
function open(bounds: Partial<BudgetOptions>) {
  const entries: JsonObject[] = [];
  const log = { isDown: false };
  const budget = createBudget(
    { calls: {}, micros: {}, ...bounds },
    {
      counters: createMemoryCounters(),
      journal: async (entry) => {
        if (log.isDown) throw new SupervisionError('LOG_UNAVAILABLE', 'scripted');
        entries.push(entry);
        return { seq: entries.length, leaf: '' };
      },
    },
  );
  const spend = async (text = '') => {
    const spending = await budget.spend(question(text));
    if (!spending.ok) throw new Error('the budget is used up');
    return spending;
  };
  return { budget, entries, log, spend };
}
/** What one try of an empty question reserves. */
const reserved = async (text = '') => (await open({}).spend(text)).settle(undefined);
const busy: Script = () => Promise.reject(new SupervisionError('MODEL_UNAVAILABLE', 'scripted'));

describe('a budget', () => {
  it('counts a second try as the request that it is', async () => {
    const { budget } = open({ calls: { perDay: 3 } });
    const model = scripted('strong', busy);
    const { judge, clock } = judgeWorld(model, { budget });
    for (let n = 0; n < 4; n += 1) {
      const judgement = judge.judge(ask({ args: { n } }));
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      clock.advance(100);
      await judgement;
    }
    expect(model.requests).toHaveLength(3);
  });

  it('makes no second try where the log takes no more', async () => {
    const { budget, log } = open({ calls: { perDay: 3 } });
    const model = scripted('strong', (request, turn) => {
      log.isDown = true;
      return busy(request, turn);
    });
    const { judge, clock } = judgeWorld(model, { budget });
    const judgement = judge.judge(ask());
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    clock.advance(100);
    expect(await judgement).toMatchObject({ code: 'JUDGE_UNAVAILABLE' });
    expect(model.requests).toHaveLength(1);
  });

  it('pays for each try, and takes back only what the last did not cost', async () => {
    const most = await reserved();
    const { budget, spend } = open({ micros: { perDay: 3 * most } });
    const first = await spend();
    expect(await first.again()).toBe(true);
    expect(await first.settle({ inputTokens: 1, outputTokens: 1 })).toBe(most + 2);
    const second = await spend();
    expect(await second.again()).toBe(false);
    expect(await budget.spend(question(''))).toEqual({ ok: false });
  });

  it('takes neither calls nor money for what the log did not take, since nothing was sent', async () => {
    const most = await reserved();
    const { log, spend } = open({ calls: { perDay: 2 }, micros: { perDay: 2 * most } });
    log.isDown = true;
    for (let n = 0; n < 5; n += 1) await expect(spend()).rejects.toThrow('scripted');
    log.isDown = false;
    await spend();
    await spend();
    await expect(spend()).rejects.toThrow('used up');
  });

  it('books what a question cost beyond what was reserved, and past its bound, in the log as well', async () => {
    const most = await reserved();
    const { entries, spend } = open({ micros: { perDay: most + 400 } });
    const spending = await spend();
    expect(await spending.settle({ inputTokens: most, outputTokens: 500 })).toBe(most + 500);
    await expect(spend()).rejects.toThrow('used up');
    expect(entries).toEqual([
      expect.objectContaining({ type: 'judge.asked' }),
      expect.objectContaining({
        type: 'judge.overspent',
        spent: [expect.objectContaining({ amount: 500 })],
      }),
    ]);
  });

  it('reserves all samples of a question at once, or none', async () => {
    const { budget, entries, spend } = open({ calls: { perDay: 7 } });
    const model = scripted('strong', agreeable);
    const { judge } = judgeWorld(model, { budget, stage2: { ...how, model, samples: 5 } });
    expect(await judge.judge(ask({ args: { n: 1 } }))).toMatchObject({ code: 'JUDGE_REVIEW' });
    const refused = await judge.judge(ask({ args: { n: 2 } }));
    expect(refused).toMatchObject({ code: 'JUDGE_BUDGET', report: { costMicros: 0 } });
    expect(model.requests).toHaveLength(5);
    expect(entries).toMatchObject([{ type: 'judge.asked', spent: [{ amount: 5 }] }]);
    // two questions with one sample are still there
    await spend();
    await spend();
    await expect(spend()).rejects.toThrow('used up');
  });

  it('gives back what several samples did not cost, once the last has told', async () => {
    const most = await reserved();
    const { budget, entries, spend } = open({ micros: { perDay: 3 * most } });
    expect(await budget.spendAll(question(''), 4)).toEqual({ ok: false });
    const samples = await budget.spendAll(question(''), 3);
    if (!samples.ok) throw new Error('the budget is used up');
    const [first, second, third] = samples.each;
    expect(await first?.settle({ inputTokens: 1, outputTokens: 1 })).toBe(2);
    expect(await second?.settle(undefined)).toBe(most);
    await expect(spend()).rejects.toThrow('used up');
    expect(await third?.settle({ inputTokens: most - 2, outputTokens: 0 })).toBe(most - 2);
    await (await spend()).settle({ inputTokens: 1, outputTokens: 0 });
    await expect(spend()).rejects.toThrow('used up');
    expect(entries.map(({ type }) => type)).toEqual(['judge.asked', 'judge.asked']);
  });

  it('pays for the one sample that tries whether a model is back', async () => {
    const { budget, entries } = open({ calls: { perDay: 100 } });
    const model = scripted('strong', () =>
      Promise.reject(new SupervisionError('MODEL_MISCONFIGURED', 'scripted')),
    );
    const { judge, clock } = judgeWorld(model, { budget, stage2: { ...how, model, samples: 5 } });
    await judge.judge(ask({ args: { n: 1 } }));
    clock.advance(30_000);
    await judge.judge(ask({ args: { n: 2 } }));
    await judge.judge(ask({ args: { n: 3 } }));
    expect(model.requests).toHaveLength(6);
    expect(entries).toMatchObject([{ spent: [{ amount: 5 }] }, { spent: [{ amount: 1 }] }]);
  });

  it.each([Number.NaN, -1, 1e300])(
    'takes what was reserved where the provider tells of %s tokens',
    async (inputTokens) => {
      const most = await reserved();
      expect(await (await open({}).spend()).settle({ inputTokens, outputTokens: 0 })).toBe(most);
    },
  );

  it('reserves a token for every byte of text, whatever its script, and the form of the answer', async () => {
    const most = await reserved();
    expect(most).toBeGreaterThan(JSON.stringify(z.toJSONSchema(schema)).length + 10);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        expect(await reserved(text)).toBe(most + Buffer.byteLength(text));
      }),
    );
  });

  it('that is used up is no outage of the model', async () => {
    const { budget } = open({ calls: { perDay: 0 } });
    const { judge } = judgeWorld(scripted('strong', busy), { budget });
    for (let n = 0; n < 8; n += 1) {
      expect(await judge.judge(ask({ args: { n } }))).toMatchObject({ code: 'JUDGE_BUDGET' });
    }
    expect(judge.problems()).toEqual([]);
  });

  it('books what an answer cost that is too long to count', async () => {
    const usage = { inputTokens: 1000, outputTokens: 900_000 };
    const model = scripted('strong', () =>
      Promise.reject(new SupervisionError('MODEL_INVALID', 'scripted', { usage })),
    );
    const { budget, entries } = open({ micros: { perDay: 500_000 } });
    const { judge } = judgeWorld(model, {
      budget,
      stage2: { model, deadlineMs: 8000, maxOutputTokens: 1000, price },
    });
    expect(await judge.judge(ask())).toMatchObject({
      code: 'JUDGE_INVALID',
      report: { costMicros: 901_000 },
    });
    expect(entries).toContainEqual(expect.objectContaining({ type: 'judge.overspent' }));
    expect(await judge.judge(ask({ args: { n: 1 } }))).toMatchObject({ code: 'JUDGE_BUDGET' });
    expect(model.requests).toHaveLength(1);
  });

  it('shows in the judgement what both tries cost', async () => {
    const model = scripted('strong', (request, turn) =>
      turn === 1 ? busy(request, turn) : Promise.resolve(said(write(request))),
    );
    const { budget } = open({ micros: { perDay: 1_000_000 } });
    const { judge, clock } = judgeWorld(model, {
      budget,
      stage2: { model, deadlineMs: 8000, maxOutputTokens: 1000, price },
    });
    const judgement = judge.judge(ask());
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    clock.advance(100);
    const { report } = await judgement;
    expect(report.costMicros).toBeGreaterThan(1000 + 1100);
  });
});

describe('the budget of summaries', () => {
  const words = { summary: 'A mail goes to bob.', warnings: [] };
  const summarize = (perDay: number) => {
    const model = scripted('small', async () => said(JSON.stringify(words)));
    const { budget } = open({ micros: { perDay } });
    const how = { model, deadlineMs: 1000, maxOutputTokens: 500, price };
    const around = { clock: createVirtualClock(0), ids: createRandomIds() };
    return { model, ask: createSummarizer({ prompts: () => prompts, how, budget, ...around }) };
  };

  it('is paid before a model is asked', async () => {
    const { model, ask: summary } = summarize(1);
    expect(await summary(ask())).toMatchObject({ ok: false, fault: 'budget' });
    expect(model.requests).toEqual([]);
  });

  it('takes back what a summary did not cost', async () => {
    const { model, ask: summary } = summarize(15_000);
    for (let n = 0; n < 8; n += 1) expect(await summary(ask())).toMatchObject({ ok: true });
    for (let n = 0; n < 20; n += 1) await summary(ask());
    expect(model.requests.length).toBeLessThan(15);
  });
});
