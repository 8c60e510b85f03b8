import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toText } from '../../../src/core/model/json.ts';
import { SupervisionError } from '../../../src/core/model/errors.ts';
import type { ModelRequest } from '../../../src/core/model/model-port.ts';
import { createDenialBreaker } from '../../../src/core/supervisors/judge/denials.ts';
import type { Journal } from '../../../src/core/model/ports.ts';
import { createBudget } from '../../../src/core/supervisors/judge/budget.ts';
import { createCalibration } from '../../../src/core/supervisors/judge/calibration.ts';
import type { CanaryOptions } from '../../../src/core/supervisors/judge/canaries.ts';
import type { CanaryCase } from '../../../src/core/supervisors/judge/canary.ts';
import { canaryCases } from '../../../src/core/supervisors/judge/canary-cases.ts';
import { createDraw } from '../../../src/core/supervisors/judge/draw.ts';
import type { JudgeOptions } from '../../../src/core/supervisors/judge/judge.ts';
import { tierOf } from '../../../src/core/supervisors/judge/tier.ts';
import { createTrust } from '../../../src/core/supervisors/judge/trust.ts';
import { createMemoryCounters } from '../../../src/stores/memory/counters.ts';
import { createRandomIds } from '../../../src/stores/system/ids.ts';
import {
  agreeable,
  ask,
  judgeWorld,
  payTool,
  readFacts,
  readTool,
  said,
  scripted,
  write,
  type Script,
} from './judge-world.ts';

const deny = { riskLevel: 'critical', outcome: 'deny' };
/** The tool that the real questions of these tests ask about. */
const real = 'stripe';
const isReal = (request: ModelRequest) => readFacts(request)['tool'] === real;
/** Sees through every canary, and allows the rest. */
const good: Script = async (request) => said(write(request, isReal(request) ? {} : deny));
const turn = () => new Promise<void>((done) => void setImmediate(done));

function canaryWorld(
  script: Script,
  canaries: Partial<CanaryOptions> = {},
  change: Partial<JudgeOptions> = {},
) {
  const world = judgeWorld(script, {
    canaries: { every: 1, recover: 3, cases: canaryCases, ...canaries },
    cacheMs: 0,
    ...change,
  });
  let n = 0;
  return {
    ...world,
    requests: () => world.model.requests ?? [],
    canaries: () => (world.model.requests ?? []).filter((request) => !isReal(request)),
    told: (name: string) => world.events.filter((each) => each.name === name),
    /** A question that was never asked before, and the canary after it. */
    async next(parts: Parameters<typeof ask>[0] = {}) {
      n += 1;
      const judgement = await world.judge.judge(ask({ args: { n }, ...parts }));
      await turn();
      return judgement;
    },
  };
}

describe('canaries', () => {
  it('follow a judgement, and are refused by a good model without a trace in its judgements', async () => {
    const { next, told, judge } = canaryWorld(good);
    for (let n = 0; n < 2 * canaryCases.length; n += 1) {
      expect(await next()).toMatchObject({ verdict: 'allow' });
    }
    const canaries = told('judge.canary');
    expect(canaries).toHaveLength(2 * canaryCases.length);
    expect(canaries.every(({ event }) => event['status'] === 'passed')).toBe(true);
    // each once before any comes again
    const names = canaries.slice(0, canaryCases.length).map(({ event }) => event['case']);
    expect(new Set(names)).toEqual(new Set(canaryCases.map(({ name }) => name)));
    expect(told('judge.answered')).toHaveLength(2 * canaryCases.length);
    expect(judge.problems()).toEqual([]);
  });

  it('come at most `every` judgements apart, at places that nobody can count', async () => {
    const { next, requests } = canaryWorld(good, { every: 10 });
    for (let n = 0; n < 300; n += 1) await next();
    const places = requests().flatMap((request, at) => (isReal(request) ? [] : [at]));
    const gaps = places.map((place, at) => place - (places[at - 1] ?? -1) - 1);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10);
    expect(new Set(gaps).size).toBeGreaterThan(2);
  });

  it('are not put where none are wanted', async () => {
    const { judge, model } = judgeWorld(good);
    await judge.judge(ask());
    await turn();
    expect(model.requests).toHaveLength(1);
  });

  it('never delay a judgement, and one at a time is under way', async () => {
    const waiting: (() => void)[] = [];
    const { next, canaries } = canaryWorld(async (request) => {
      if (!isReal(request)) await new Promise<void>((done) => void waiting.push(done));
      return said(write(request, isReal(request) ? {} : deny));
    });
    for (let n = 0; n < 5; n += 1) expect(await next()).toMatchObject({ verdict: 'allow' });
    expect(canaries()).toHaveLength(1);
    waiting[0]?.();
    await turn();
    await next();
    expect(canaries()).toHaveLength(2);
  });

  it('are never the same twice, and speak in the words of no real call', async () => {
    const { next, canaries } = canaryWorld(good);
    for (let n = 0; n < 40; n += 1) await next();
    const texts = canaries().map(({ messages }) => messages.at(-1)?.text);
    expect(new Set(texts).size).toBe(40);
    const binding = canaries().flatMap((request) => {
      const { nonce, fingerprint } = readFacts(request);
      return [nonce, fingerprint];
    });
    expect(new Set(binding).size).toBe(80);
  });

  it('are asked as the calls around them: prompt, schema, facts, agent, rules and stages', async () => {
    const small = scripted('small', good);
    const other = scripted('other', good);
    const how = { deadlineMs: 8000, maxOutputTokens: 1000 };
    const world = canaryWorld(
      good,
      {},
      { stage1: { model: small, ...how }, secondOpinion: { model: other, ...how } },
    );
    for (let n = 0; n < 60; n += 1) {
      await world.next({ manifest: n % 2 ? readTool : payTool, agent: 'grace', roles: ['clerk'] });
    }
    for (const model of [small, other, world.model]) {
      const all = model.requests ?? [];
      const sample = all.find(isReal);
      const those = all.filter((request) => !isReal(request));
      expect(those.length).toBeGreaterThan(0);
      expect(sample).toBeDefined();
      if (sample === undefined) return;
      for (const request of those) {
        expect(request.messages[0]).toEqual(sample.messages[0]);
        expect({ ...request, messages: 0, signal: 0 }).toEqual({
          ...sample,
          messages: 0,
          signal: 0,
        });
        expect(shapeOf(request)).toEqual(shapeOf(sample));
        expect(readFacts(request)['agent']).toEqual(readFacts(sample)['agent']);
      }
    }
  });

  it('name the rules, the environment and the verdict so far of the call before them', async () => {
    const { judge, requests } = canaryWorld(good);
    const question = ask({ env: 'staging' });
    const soFar = { verdict: 'review', by: 'rules', code: 'RULE_REVIEW', reason: '' } as const;
    const facts = { ...question.facts, soFar: { ...soFar, demands: [], expiresAtMs: 0 } };
    const rules = [{ name: 'refunds', description: 'Small ones are fine' }];
    await judge.judge({ ...question, facts, rules });
    await turn();
    const [first, canary] = requests().map(readFacts);
    for (const key of ['rules', 'environment', 'decidedSoFar']) {
      expect(canary?.[key]).toEqual(first?.[key]);
    }
    expect(canary).toMatchObject({ rules, environment: 'staging', decidedSoFar: 'review' });
  });

  it('show where their values came from, as real ones do', async () => {
    const { next, canaries } = canaryWorld(good);
    for (let n = 0; n < canaryCases.length; n += 1) await next();
    const told = canaries().map((request) => JSON.stringify(readFacts(request)['origins']));
    expect(told.some((text) => text.includes('the result of web.fetch (untrusted)'))).toBe(true);
    expect(told.some((text) => text.includes('"origin":"user"'))).toBe(true);
    const earlier = canaries().map((request) => JSON.stringify(readFacts(request)['earlierCalls']));
    expect(earlier).toContain(
      '[{"tool":"web.fetch","action":"run","verdict":"allow","status":"done"}]',
    );
  });

  it('pay from the budget, in a session of their own', async () => {
    const spent: string[] = [];
    const journal: Journal = async (entry) => {
      spent.push(toText(entry['session']));
      return { seq: 1, leaf: '' };
    };
    const counters = createMemoryCounters();
    const calls = { perSession: 2, perDay: 100 };
    const budget = createBudget({ calls, micros: {} }, { counters, journal });
    const { next, told, judge } = canaryWorld(good, {}, { budget });
    for (let n = 0; n < 8; n += 1) await next({ session: `s${n}` });
    expect(spent.filter((session) => session === ' canaries')).toHaveLength(2);
    const statuses = told('judge.canary').map(({ event }) => event['status']);
    expect(statuses.slice(0, 4)).toEqual(['passed', 'passed', 'unanswered', 'unanswered']);
    expect(judge.problems()).toEqual([
      expect.stringMatching(/canaries got no answer \(the budget is used up\)/u),
    ]);
    expect(await next({ session: 'last' })).toMatchObject({ verdict: 'allow' });
  });

  it('count in no session: their denials pause nobody', async () => {
    const limits = { inARow: 1, inAll: 1 };
    const { next } = canaryWorld(good, {}, { denials: createDenialBreaker({ limits }) });
    for (let n = 0; n < 10; n += 1) expect(await next()).toMatchObject({ verdict: 'allow' });
  });

  it('of a host take the place of those that ship, and a broken one is no failure of the model', async () => {
    const own: CanaryCase = {
      name: 'own',
      make: () => ({
        tool: { name: 'rocket.launch', description: '', manifest: payTool },
        said: [],
        args: { now: true },
      }),
    };
    const broken: CanaryCase = {
      name: 'broken',
      make: () => {
        throw new TypeError('postgres://ann:hunter2@db');
      },
    };
    const { next, told, canaries } = canaryWorld(good, { cases: [own, broken] });
    for (let n = 0; n < 4; n += 1) await next();
    expect(canaries().every((request) => readFacts(request)['tool'] === 'rocket.launch')).toBe(
      true,
    );
    expect(told('judge.canary').map(({ event }) => [event['case'], event['status']])).toEqual(
      expect.arrayContaining([
        ['own', 'passed'],
        ['broken', 'unanswered'],
      ]),
    );
    expect(JSON.stringify(told('judge.canary'))).not.toContain('hunter2');
    expect(told('judge.canary_failed')).toEqual([]);
  });

  it('are given up when the judge is closed, and none follows', async () => {
    const { next, judge, canaries, told } = canaryWorld(async (request) =>
      isReal(request) ? said(write(request)) : new Promise(() => undefined),
    );
    await next();
    judge.close();
    await turn();
    expect(canaries()[0]?.signal.aborted).toBe(true);
    await next();
    expect(canaries()).toHaveLength(1);
    expect(told('judge.canary')).toEqual([]);
  });
});

describe('a judge that allows a canary', () => {
  it('is not trusted: said at once, and its allows become reviews, its denials stay', async () => {
    const { next, told, judge } = canaryWorld(agreeable);
    expect(await next()).toMatchObject({ verdict: 'allow' });
    expect(told('judge.canary_failed')).toMatchObject([
      { event: { model: 'strong', case: expect.any(String), reason: expect.any(String) } },
    ]);
    expect(judge.problems()).toEqual([
      expect.stringMatching(/`strong` allowed a call that must be refused .*reviews until 3/u),
    ]);
    expect(await next()).toMatchObject({
      verdict: 'review',
      code: 'JUDGE_REVIEW',
      report: { fault: 'untrusted', model: 'strong' },
    });
  });

  it('takes back what was remembered, and what is under way', async () => {
    let answer = (): void => undefined;
    const { next, judge } = canaryWorld(
      async (request) => {
        if (request.messages.at(-1)?.text.includes('"slow"') === true) {
          await new Promise<void>((done) => (answer = done));
        }
        return said(write(request));
      },
      {},
      { cacheMs: 3_600_000 },
    );
    const slow = judge.judge(ask({ args: { what: 'slow' } }));
    expect(await next()).toMatchObject({ verdict: 'allow' });
    answer();
    expect(await slow).toMatchObject({ verdict: 'review' });
    const again = await judge.judge(ask({ args: { n: 1 } }));
    expect(again).toMatchObject({ verdict: 'review' });
    expect(again.report.isCached).toBeUndefined();
  });

  it('is trusted again after refusing several in a row, the one that it allowed among them', async () => {
    let isLax = true;
    const { next, told, judge } = canaryWorld(async (request, turns) =>
      isLax ? agreeable(request, turns) : good(request, turns),
    );
    await next();
    isLax = false;
    const asked = told('judge.canary').length;
    for (let n = 0; n < 3; n += 1) expect(await next()).toMatchObject({ verdict: 'review' });
    const [allowed] = told('judge.canary_failed').map(({ event }) => event['case']);
    expect(told('judge.canary')[asked]?.event['case']).toBe(allowed);
    expect(told('judge.trust_restored')).toMatchObject([{ event: { model: 'strong' } }]);
    expect(await next()).toMatchObject({ verdict: 'allow' });
    expect(judge.problems()).toEqual([]);
  });

  it('that falls for one trick only is never trusted again by passing the others', async () => {
    const { next, judge } = canaryWorld(async (request) => {
      const isTrick = readFacts(request)['tool'] === 'iam.grant';
      return said(write(request, isReal(request) || isTrick ? {} : deny));
    });
    for (let n = 0; n < canaryCases.length; n += 1) await next();
    for (let n = 0; n < 20; n += 1) expect(await next()).toMatchObject({ verdict: 'review' });
    expect(judge.problems()).toEqual([expect.stringContaining('canary `privilege-grant`')]);
  });

  it('goes on like this: told of once for each case, and asked again now and then', async () => {
    const kept: unknown[] = [];
    const { next, told, canaries } = canaryWorld(agreeable, {
      every: 1000,
      failedBefore: ['privilege-grant'],
      keep: async (failed) => void kept.push(failed),
    });
    for (let n = 0; n < 100; n += 1) expect(await next()).toMatchObject({ verdict: 'review' });
    expect(told('judge.canary_failed')).toEqual([]);
    expect(kept).toEqual([]);
    expect(canaries().length).toBeGreaterThanOrEqual(10);
    expect(canaries().length).toBeLessThan(50);
  });

  it('refuses again: asked with each of the next judgements, however rare canaries are', async () => {
    const { next, told } = canaryWorld(good, { every: 1_000_000, failedBefore: [] });
    for (let n = 0; n < 3; n += 1) expect(await next()).toMatchObject({ verdict: 'review' });
    expect(told('judge.trust_restored')).toHaveLength(1);
    expect(await next()).toMatchObject({ verdict: 'allow' });
  });

  it('is not trusted again by a reload, an outage or time', async () => {
    let isDown = false;
    const { next, judge, clock, told } = canaryWorld(async (request) => {
      if (isDown && !isReal(request)) throw new SupervisionError('MODEL_REFUSED', 'scripted');
      return said(write(request));
    });
    await next();
    judge.forget();
    isDown = true;
    clock.advance(30 * 86_400_000);
    for (let n = 0; n < 10; n += 1) expect(await next()).toMatchObject({ verdict: 'review' });
    expect(told('judge.trust_restored')).toEqual([]);
  });

  it('says yes without being sure: an allow below the threshold is a failure as well', async () => {
    const { next, told } = canaryWorld(agreeable, {}, { calibration: () => createCalibration([]) });
    expect(await next()).toMatchObject({ verdict: 'review' });
    expect(told('judge.canary_failed')).toHaveLength(1);
  });

  it('is no failure where the second of two judges, or the second stage, refuses', async () => {
    const refusing: Script = async (request) => said(write(request, isReal(request) ? {} : deny));
    const how = { deadlineMs: 8000, maxOutputTokens: 1000 };
    const { next, told } = canaryWorld(
      refusing,
      {},
      {
        secondOpinion: { model: scripted('other', agreeable), ...how },
        stage1: {
          model: scripted('small', async (request) => said(write(request), 0.5)),
          ...how,
        },
      },
    );
    for (let n = 0; n < canaryCases.length; n += 1) await next();
    expect(told('judge.canary_failed')).toEqual([]);
    expect(told('judge.canary').every(({ event }) => event['status'] === 'passed')).toBe(true);
  });

  it('is still not trusted after a restart, and keeps that until it has earned it back', async () => {
    const kept: (readonly string[] | undefined)[] = [];
    const keep = async (failed: readonly string[] | undefined) => void kept.push(failed);
    const first = canaryWorld(agreeable, { keep });
    await first.next();
    expect(kept).toEqual([[expect.any(String)]]);
    const second = canaryWorld(good, { keep, failedBefore: [...(kept[0] ?? []), 'gone'] });
    for (let n = 0; n < 3; n += 1) {
      expect(await second.next()).toMatchObject({ verdict: 'review' });
    }
    expect(kept.at(-1)).toBeUndefined();
    expect(await second.next()).toMatchObject({ verdict: 'allow' });
  });

  it('waits with the next canary until the loss of trust is kept, so that both keep their order', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { next, canaries } = canaryWorld(agreeable, { keep: () => promise });
    for (let n = 0; n < 5; n += 1) await next();
    expect(canaries()).toHaveLength(1);
    resolve();
    await turn();
    await next();
    expect(canaries()).toHaveLength(2);
  });

  it('says so where the loss of trust cannot be kept, and trusts no more for that', async () => {
    const keep = () =>
      Promise.reject(new SupervisionError('LOG_UNAVAILABLE', 'postgres://ann:hunter2@db'));
    const { next, told } = canaryWorld(agreeable, { keep });
    await next();
    expect(told('judge.unhealthy').map(({ event }) => event)).toEqual([
      { reason: 'a canary could not be written down (LOG_UNAVAILABLE)' },
    ]);
    expect(await next()).toMatchObject({ verdict: 'review' });
  });
});

describe('trust', () => {
  it('needs passes in a row: one more failure begins the count anew', () => {
    const trust = createTrust(2);
    expect(trust.fail('a')).toBe(true);
    expect(trust.fail('a')).toBe(false);
    expect([trust.pass('a'), trust.fail('b'), trust.pass('b'), trust.isKept]).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect([trust.pass('c'), trust.isKept]).toEqual([true, true]);
  });

  it('needs every case that failed to pass, however many others do', () => {
    const trust = createTrust(1, ['a', 'b']);
    expect([trust.pass('c'), trust.pass('a'), trust.pass('c'), trust.isKept]).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect([trust.pass('b'), trust.isKept]).toEqual([true, true]);
  });
});

describe('an outage on a canary', () => {
  it.each([
    ['an outage', 'MODEL_UNAVAILABLE', /MODEL_UNAVAILABLE/u],
    ['a refusal of the provider', 'MODEL_REFUSED', /MODEL_REFUSED/u],
    ['rubbish', undefined, /not one strict JSON value/u],
  ] as const)('is no failure, and says so: %s', async (_what, code, reason) => {
    const { next, told, clock, judge } = canaryWorld(async (request) => {
      if (isReal(request)) return said(write(request));
      if (code === undefined) return said('rubbish');
      throw new SupervisionError(code, 'scripted');
    });
    for (let n = 0; n < 20; n += 1) {
      await next();
      clock.advance(1000);
      await turn();
    }
    const [first] = told('judge.canary');
    expect(first?.event).toMatchObject({
      status: 'unanswered',
      reason: expect.stringMatching(reason),
    });
    expect(told('judge.canary_failed')).toEqual([]);
    expect(await next()).toMatchObject({ verdict: 'allow' });
    expect(judge.problems()).toEqual([expect.stringMatching(/the last 3 canaries got no answer/u)]);
  });
});

describe('an outage of canaries that is over', () => {
  it('shows in health no more', async () => {
    let isDown = true;
    const { next, judge } = canaryWorld(async (request, turns) => {
      if (isDown && !isReal(request)) throw new SupervisionError('MODEL_REFUSED', 'scripted');
      return good(request, turns);
    });
    for (let n = 0; n < 5; n += 1) await next();
    expect(judge.problems()).toHaveLength(1);
    isDown = false;
    await next();
    expect(judge.problems()).toEqual([]);
  });
});

describe('the cases that ship', () => {
  it('are of many kinds, of every tier, with names of their own', () => {
    const draw = createDraw(createRandomIds());
    expect(canaryCases.length).toBeGreaterThanOrEqual(12);
    expect(new Set(canaryCases.map(({ name }) => name)).size).toBe(canaryCases.length);
    const tiers = canaryCases.map((each) => tierOf(each.make(draw).tool.manifest));
    for (const tier of ['low', 'medium', 'high']) expect(tiers).toContain(tier);
  });

  it('are whole: nothing is cut, so that a quick look may settle them as it may a call', async () => {
    const { next, canaries } = canaryWorld(good);
    for (let n = 0; n < canaryCases.length; n += 1) await next();
    for (const request of canaries()) {
      expect(readFacts(request)).toMatchObject({ cut: [], notEverythingIsShown: false });
    }
  });
});

describe('whatever a model says to canaries and calls', () => {
  const words = fc.constantFrom('allow', 'review', 'deny', 'rubbish', 'outage');
  const order = { allow: 0, review: 1, deny: 2, fault: 3 } as const;

  it('a canary turns no judgement into an allow, and none but an allow into something else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ call: words, canary: words }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 3 }),
        async (script, every) => {
          const [plain, watched] = await Promise.all([
            play(script, { every: Number.MAX_SAFE_INTEGER }),
            play(script, { every, recover: 2 }),
          ]);
          for (const [at, verdict] of watched.entries()) {
            const before = plain[at] ?? 'fault';
            const most = before === 'allow' ? 'review' : before;
            expect(order[verdict]).toBeGreaterThanOrEqual(order[before]);
            expect(order[verdict]).toBeLessThanOrEqual(order[most]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  type Words = 'allow' | 'review' | 'deny' | 'rubbish' | 'outage';
  async function play(
    script: readonly { readonly call: Words; readonly canary: Words }[],
    canaries: Partial<CanaryOptions>,
  ) {
    let at = 0;
    const { next, clock } = canaryWorld(async (request) => {
      const word = (isReal(request) ? script[at]?.call : script[at]?.canary) ?? 'deny';
      if (word === 'rubbish') return said('rubbish');
      // one that says nothing of the next question: no breaker opens, no second try waits
      if (word === 'outage') throw new SupervisionError('MODEL_REFUSED', 'scripted');
      return said(write(request, changes[word]));
    }, canaries);
    const verdicts: ('allow' | 'review' | 'deny' | 'fault')[] = [];
    for (at = 0; at < script.length; at += 1) {
      const judgement = await next({ session: `s${at}` });
      verdicts.push('verdict' in judgement ? judgement.verdict : 'fault');
      clock.advance(1000);
    }
    return verdicts;
  }
  const changes = { allow: {}, review: { outcome: 'review' }, deny };
});

/** Names of keys, at every depth of what is not a list of the call's own. */
function shapeOf(request: ModelRequest) {
  const facts = readFacts(request);
  const keys = (value: unknown) => Object.keys(value ?? {}).toSorted();
  return {
    facts: keys(facts),
    manifest: keys(facts['manifest']),
    agent: keys(facts['agent']),
    lines: request.messages
      .at(-1)
      ?.text.split('\n')
      .filter((line) => line.startsWith('#')),
  };
}
