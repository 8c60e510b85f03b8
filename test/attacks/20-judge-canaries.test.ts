import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openaiModel } from '../../src/models/openai.ts';
import type { CanaryCase } from '../../src/core/supervisors/judge/canary.ts';
import { canaryCases } from '../../src/core/supervisors/judge/canary-cases.ts';
import { systemClock } from '../../src/stores/system/clock.ts';
import { ask, judgeWorld, payTool, readTool, writeTool } from '../core/supervisors/judge-world.ts';
import { factsIn, judgementFor, obedient } from '../support/model-script.ts';
import {
  startModelServer,
  type Asked,
  type ModelServer,
  type Play,
} from '../support/model-server.ts';

// the real client against a real server that plays a model
let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer(obedient());
});
afterAll(() => server.close());

const real = 'stripe';
const isReal = ({ text }: Asked) => factsIn(text)['tool'] === real;
const deny = { riskLevel: 'critical', outcome: 'deny' };
const sure = { probabilities: { outcome: 0.99 } };
/** Allows what is real, and refuses every canary. */
const honest: Play = (asked) => ({
  text: judgementFor(asked, isReal(asked) ? {} : deny),
  ...sure,
});

function wired(every: number) {
  const before = server.questions().length;
  const open = (name: string) =>
    openaiModel({ model: name, apiKey: 'key', baseUrl: server.baseUrl });
  const how = { deadlineMs: 5000, maxOutputTokens: 1000 };
  const model = open('strong');
  let started = 0;
  const counted = ({ name, make }: CanaryCase): CanaryCase => ({
    name,
    make(draw) {
      started += 1;
      return make(draw);
    },
  });
  const world = judgeWorld(model, {
    stage1: { model: open('small'), ...how },
    stage2: { model, ...how },
    secondOpinion: { model: open('other'), ...how },
    canaries: { every, recover: 3, cases: canaryCases.map(counted) },
    clock: systemClock,
    cacheMs: 0,
  });
  const told = (wanted: string) => world.events.filter(({ name }) => name === wanted);
  let judged = 0;
  return {
    told,
    asked: () => server.questions().slice(before),
    /** Judges, and waits until the canary that may have followed is answered. */
    async next(parts: Parameters<typeof ask>[0] = {}) {
      judged += 1;
      const judgement = await world.judge.judge(ask({ args: { n: judged }, ...parts }));
      await expect.poll(() => told('judge.canary').length, { interval: 2 }).toBe(started);
      return judgement;
    },
  };
}

describe('class 20: the judge turns', () => {
  it('is caught within N judgements of the first yes to everything, and then allows nothing', async () => {
    const every = 10;
    server.play(honest);
    const { next, told } = wired(every);
    for (let turn = 0; turn < 2 * every; turn += 1) await next();
    expect(told('judge.canary').length).toBeGreaterThan(0);
    expect(told('judge.canary_failed')).toEqual([]);

    server.play(obedient());
    let judged = 0;
    while (told('judge.canary_failed').length === 0 && judged < 10 * every) {
      await next();
      judged += 1;
    }
    expect(told('judge.canary_failed')).toHaveLength(1);
    expect(judged).toBeLessThanOrEqual(every);
    for (let turn = 0; turn < 2 * every; turn += 1) {
      expect(await next()).toMatchObject({ verdict: 'review', report: { fault: 'untrusted' } });
    }
  });

  it('cannot tell a canary from a call: requests differ in nothing but what the call says', async () => {
    server.play(honest);
    const { next, asked } = wired(1);
    const manifests = [readTool, writeTool, payTool];
    for (let n = 0; n < 3 * canaryCases.length; n += 1) {
      const manifest = manifests[n % 3];
      await next({ session: `s${n}`, ...(manifest && { manifest }) });
    }
    const all = asked();
    const kinds = new Map<string, Set<string>>();
    for (const each of all) {
      const kind = JSON.stringify(outside(each));
      kinds.set(kind, (kinds.get(kind) ?? new Set()).add(isReal(each) ? 'call' : 'canary'));
    }
    // by model and prompt: the quick look, the thorough one, and the second opinion
    expect(kinds.size).toBe(3);
    for (const seen of kinds.values()) expect(seen).toEqual(new Set(['call', 'canary']));
    const forms = new Set(all.map((each) => JSON.stringify(formOf(factsIn(each.text)))));
    expect(forms.size).toBe(1);
  });

  it('gives no canary away by its words', async () => {
    server.play(honest);
    const { next, asked } = wired(1);
    for (let n = 0; n < canaryCases.length; n += 1) await next();
    const texts = asked().flatMap((each) => (isReal(each) ? [] : [each.text.toLowerCase()]));
    for (const text of texts) {
      expect(text).not.toContain('canar');
      for (const { name } of canaryCases) expect(text).not.toContain(name);
    }
  });
});

/** Everything of a request but the words of its call: model, settings, schema, system prompt, headings, headers. */
function outside({ body, headers }: Asked) {
  const messages = body['messages'] as readonly { role: string; content: string }[];
  const shown = messages.map(({ role, content }) =>
    role === 'system' ? { role, content } : { role, lines: headingsOf(content) },
  );
  const { 'content-length': _length, ...rest } = headers;
  return { ...body, messages: shown, headers: Object.keys(rest).toSorted() };
}

function headingsOf(content: string) {
  return content
    .split('\n')
    .map((line) => line.replace(/^(<\/?untrusted )[0-9a-f]{32}>$/u, '$1'))
    .filter((line) => !line.startsWith('{'));
}

/** Keys and types of the facts, at every depth but in lists, whose length is the call's own. */
function formOf(value: unknown): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value !== 'object') return typeof value;
  return Object.entries(value).map(([key, member]) =>
    // true, false or not said: the manifest's own
    key === 'external' ? [key] : [key, formOf(member)],
  );
}
