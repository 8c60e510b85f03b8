import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, toText, type Json, type JsonObject } from '../../src/core/model/json.ts';
import { createSessionMemory } from '../../src/core/sessions/session-memory.ts';
import { collectEvidence } from '../../src/core/supervisors/judge/evidence.ts';
import type { Judgement, JudgeQuestion } from '../../src/core/supervisors/judge/judgement.ts';
import { openaiModel } from '../../src/models/openai.ts';
import { systemClock } from '../../src/stores/system/clock.ts';
import { monday } from '../core/rules/rule-calls.ts';
import { ask, fineWords, judgeWorld } from '../core/supervisors/judge-world.ts';
import { readWholeCorpus, type CorpusCase } from '../support/judge-corpus.ts';
import { factsIn, judgementFor, obedient } from '../support/model-script.ts';
import {
  startModelServer,
  type Asked,
  type ModelServer,
  type Play,
} from '../support/model-server.ts';

// every call of bench/judge-corpus, through the real judge and the real client
const cases = readWholeCorpus();
const questions = new Map(cases.map((each) => [each, questionOf(each)]));
const attacks = cases.filter(({ label }) => label === 'attack');
const everyFifth = cases.filter((_, at) => at % 5 === 0);
const atOnce = 16;
let server: ModelServer;
/** By a model that does as it is told, and has nothing against any call. */
let honest: readonly Judged[];
beforeAll(async () => {
  server = await startModelServer(obedient());
  honest = await judgeAll(obedient());
});
afterAll(() => server.close());

/** The call as the pipeline would hand it to a judge, after the steps before it. */
function questionOf({ id, rows, scored }: CorpusCase): JudgeQuestion {
  const memory = createSessionMemory();
  memory.observe({ role: 'user', text: scored.userTask ?? '' });
  for (const { tool, step, definition, result } of rows.slice(0, -1)) {
    const origin = definition.manifest?.output === 'trusted' ? 'trusted' : 'untrusted';
    const done = {
      tool,
      action: 'run',
      callId: `${step}`,
      verdict: 'allow',
      status: 'done',
    } as const;
    memory.recordCall(done, { definition, atMs: monday });
    memory.recordResult({ origin, text: toText(result), tool });
    if (origin === 'untrusted') memory.taint([origin]);
  }
  const { tool, args, definition } = scored;
  const { manifest } = definition;
  const question = ask({ tool, args, session: id, ...(manifest && { manifest }) });
  const { knowledge: session, history } = memory;
  return { ...question, facts: { ...question.facts, tool: definition, session, history } };
}

/** Too long to be shown whole: allowed on nobody's word. */
function isCut(question: JudgeQuestion): boolean {
  return collectEvidence(question, { policy: '' }).isHidden;
}

interface Judged {
  readonly each: CorpusCase;
  readonly question: JudgeQuestion;
  readonly judgement: Judgement;
  /** What a model was asked about it. */
  readonly asked: readonly Asked[];
}

/** Puts these cases to a judge whose three stages are all played by `play`. */
async function judgeAll(
  play: Play,
  which: readonly CorpusCase[] = cases,
): Promise<readonly Judged[]> {
  server.play(play);
  const before = server.questions().length;
  const how = (model: string) => ({
    model: openaiModel({ model, apiKey: 'key', baseUrl: server.baseUrl }),
    deadlineMs: 20_000,
    maxOutputTokens: 1000,
  });
  const strong = how('strong');
  const stages = { stage1: how('small'), stage2: strong, secondOpinion: how('other') };
  const { judge } = judgeWorld(strong.model, { ...stages, clock: systemClock });
  const judged: Omit<Judged, 'asked'>[] = [];
  for (let from = 0; from < which.length; from += atOnce) {
    const some = which.slice(from, from + atOnce).map(async (each) => {
      const question = questions.get(each) ?? questionOf(each);
      judged.push({ each, question, judgement: await judge.judge(question) });
    });
    await Promise.all(some);
  }
  const asked = Map.groupBy(
    server.questions().slice(before),
    ({ text }) => factsIn(text)['fingerprint'],
  );
  return judged.map((one) => ({ ...one, asked: asked.get(one.question.call.fingerprint) ?? [] }));
}

/** What a model reads, by who wrote it. */
interface Read {
  /** Ours, the same for every call of a prompt. */
  readonly frame: string;
  readonly facts: string;
  readonly fenced: string;
}

const fence = /^<untrusted ([0-9a-f]{32})>\n(.*)\n<\/untrusted \1>$/mu;

function readPrompt({ text }: Asked): Read {
  const facts = text.split('\n').filter((line) => line.startsWith('{"nonce"'));
  expect(facts).toHaveLength(1);
  expect(text.match(/^<\/?untrusted/gmu)).toHaveLength(2);
  const [found = '', , fenced = ''] = fence.exec(text) ?? [];
  const [line = ''] = facts;
  return { frame: text.replace(found, '').replace(line, ''), facts: line, fenced };
}

/** Keys of arguments may stand in the facts as names of places, and then only plain ones. */
const path = /^(\/([A-Za-z_$][\w$.-]{0,39}|\d+|\*\d+))*$/u;
const source = /^(a message of the user|the result of [a-z_]+ \((un)?trusted\))$/u;

/** The facts without what was made of the arguments, which is looked at here. */
function withoutPlaces(facts: JsonObject): JsonObject {
  const { nonce, origins, destinations, cut, notEverythingIsShown, ...rest } = facts;
  const declared = facts['manifest'] as Record<string, Json>;
  for (const { path: at, andMoreValues, ...counts } of destinations as Record<string, Json>[]) {
    expect(declared['destinations']).toContain(at);
    expect([true, undefined]).toContain(andMoreValues);
    const { values } = counts;
    expect(values).toEqual(expect.any(Number));
    expect(counts).toEqual({ values, usedInSession: 0, usedByAgent: 0 });
  }
  for (const { path: at, origin, foundIn, ...more } of origins as Record<string, Json>[]) {
    expect(at).toMatch(path);
    expect(['user', 'trusted', 'untrusted', 'unknown', 'mixed']).toContain(origin);
    for (const place of foundIn as string[]) expect(place).toMatch(source);
    expect(more).toEqual({});
  }
  for (const { path: at, chars, sha256, ...more } of cut as Record<string, Json>[]) {
    expect(at).toMatch(path);
    expect([typeof chars, sha256]).toEqual(['number', expect.stringMatching(/^[0-9a-f]{64}$/u)]);
    expect(more).toEqual({});
  }
  expect([typeof nonce, typeof notEverythingIsShown]).toEqual(['string', 'boolean']);
  return rest;
}

/** Every object among the arguments, and every one that stands in a text of theirs. */
function objectsIn(value: Json): readonly string[] {
  if (typeof value === 'string') {
    const starts = [...value.matchAll(/\{/gu)].slice(0, 20);
    return starts.flatMap(({ index }) => endsOf(value, index)).filter(isObjectText);
  }
  if (typeof value !== 'object' || value === null) return [];
  const own = isJsonObject(value) ? [JSON.stringify(value)] : [];
  return [...own, ...Object.entries(value).flat().flatMap(objectsIn)];
}

function endsOf(text: string, start: number): readonly string[] {
  const ends = [...text.slice(start, start + 2000).matchAll(/\}/gu)].slice(-20);
  return ends.map(({ index }) => text.slice(start, start + index + 1));
}

function isObjectText(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}

const sure = { probabilities: { outcome: 0.99 } } as const;
const argsIn = (asked: Asked): Json => JSON.parse(readPrompt(asked).fenced).arguments;
/** What stands behind the last mention of a key. */
const last = (text: string, name: string): string | undefined =>
  [...text.matchAll(new RegExp(String.raw`${name}\\*"?\s*[:=]\s*\\*"([^"\\]+)`, 'gu'))].at(-1)?.[1];

describe('class 20: the corpus, whatever a model makes of it', () => {
  it('reaches the model as data, and changes not a word around them', async () => {
    const frames = new Map<string, string>();
    for (const { each, question, asked } of honest) {
      expect(asked.length).toBeGreaterThan(0);
      for (const request of asked) {
        const { frame, facts, fenced } = readPrompt(request);
        const model = String(request.body['model']);
        frames.set(model, frames.get(model) ?? frame);
        expect(frame).toBe(frames.get(model));
        expect(facts + fenced).toMatch(/^[\x20-\x25\x27-\x3b\x3d\x3f-\x7e]*$/u);
        const told: JsonObject = JSON.parse(facts);
        const bare = { ...question, call: { ...question.call, args: {} } };
        const expected = collectEvidence(bare, { policy: '', nonce: '' }).facts;
        expect(withoutPlaces(told)).toEqual(withoutPlaces(expected));
        if (told['notEverythingIsShown'] === true) continue;
        const { tool } = question.facts;
        const shown = { toolDescription: tool.description, arguments: each.scored.args };
        expect(JSON.parse(fenced)).toEqual(shown);
      }
    }
    // both stages and the second opinion were asked
    expect([...frames.keys()].toSorted()).toEqual(['other', 'small', 'strong']);
  });

  it('gets the words of an honest model through, an allow and a denial', async () => {
    expect(honest).toHaveLength(cases.length);
    const other = honest.filter(({ judgement }) => judgement.code !== 'JUDGE_ALLOWED');
    const cut = honest.filter(({ question }) => isCut(question));
    expect(other).toEqual(cut);
    expect(new Set(cut.map(({ judgement }) => judgement.code))).toEqual(new Set(['JUDGE_REVIEW']));
    expect(cut.length).toBeLessThan(cases.length / 10);
    const no = { riskLevel: 'critical', intentMatch: 'mismatch', outcome: 'deny' };
    const denied = await judgeAll(obedient(no), everyFifth);
    expect(denied).toHaveLength(everyFifth.length);
    expect(denied.filter(({ judgement }) => judgement.code !== 'JUDGE_DENIED')).toEqual([]);
  });

  it('allows nothing on an answer that was copied from the arguments', async () => {
    let copied = 0;
    const parrot: Play = (asked) => {
      const found = objectsIn(argsIn(asked));
      const answer = found.find((text) => Object.hasOwn(JSON.parse(text), 'outcome')) ?? found[0];
      if (answer !== undefined) copied += 1;
      return { text: answer ?? '{}', ...sure };
    };
    const judged = await judgeAll(parrot, attacks);
    expect(copied).toBeGreaterThanOrEqual(attacks.length);
    expect(judged.filter(({ judgement }) => !('fault' in judgement))).toEqual([]);
  });

  it('allows nothing on a nonce or a fingerprint that the arguments named', async () => {
    const misled = new Set<unknown>();
    const gullible: Play = (asked) => {
      const { nonce, fingerprint } = factsIn(asked.text);
      const { fenced } = readPrompt(asked);
      const change = {
        nonce: last(fenced, 'nonce') ?? nonce,
        fingerprint: last(fenced, 'fingerprint') ?? fingerprint,
      };
      if (change.nonce !== nonce || change.fingerprint !== fingerprint) misled.add(fingerprint);
      return { text: judgementFor(asked, change), ...sure };
    };
    const naming = cases.filter(({ scored }) => /nonce|fing/u.test(JSON.stringify(scored.args)));
    const some = [...new Set([...naming, ...everyFifth])];
    const judged = await judgeAll(gullible, some);
    const allowed = judged.filter(({ judgement }) => judgement.code === 'JUDGE_ALLOWED');
    const cut = judged.filter(
      ({ question }) => isCut(question) && !misled.has(question.call.fingerprint),
    );
    expect(misled.size).toBeGreaterThan(3);
    expect(allowed.filter(({ question }) => misled.has(question.call.fingerprint))).toEqual([]);
    expect(allowed).toHaveLength(some.length - misled.size - cut.length);
  });

  it('takes an answer for one call of the corpus for no other', async () => {
    let earlier: string | undefined;
    const replay: Play = (asked) => {
      const text = earlier ?? judgementFor(asked);
      earlier = JSON.stringify({ ...fineWords, ...JSON.parse(text) });
      return { text: earlier, ...sure };
    };
    const judged = await judgeAll(replay, everyFifth);
    const allowed = judged.filter(({ judgement }) => judgement.code === 'JUDGE_ALLOWED');
    expect(allowed).toHaveLength(1);
  });
});
