import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PromptSet } from '../../src/core/model/prompt.ts';
import { loadPrompts } from '../../src/files/prompt-set.ts';
import { openaiModel } from '../../src/models/openai.ts';
import { systemClock } from '../../src/stores/system/clock.ts';
import { createCalibration } from '../../src/core/supervisors/judge/calibration.ts';
import { ask, judgeWorld } from '../core/supervisors/judge-world.ts';
import { judgementFor } from '../support/model-script.ts';
import { startModelServer, type ModelServer, type Play } from '../support/model-server.ts';

const folder = join(import.meta.dirname, '../../prompts');
const texts = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

/** The prompts that ship, each text changed. */
function loadChanged(change: (text: string) => string): PromptSet {
  const loaded = loadPrompts(texts.map(({ name, text }) => ({ name, text: change(text) })));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.set;
}

/** Two words of a prompt, each in the place of the other. */
function swap(one: string, other: string): (text: string) => string {
  const words = new RegExp(`\`(?:${one}|${other})\``, 'gu');
  return (text) => text.replaceAll(words, (word) => `\`${word === `\`${one}\`` ? other : one}\``);
}

/** What a prompt calls a thing: the word, in backticks, that stands before its meaning. */
function wordFor(text: string, meaning: RegExp): string {
  const found = new RegExp(`[\`](\\w+)[\`]:?\\s+(?:if )?${meaning.source}`, 'u').exec(text);
  if (found?.[1] === undefined) throw new Error(`no prompt says ${meaning.source}`);
  return found[1];
}

/** Says what it believes in the words of the prompt, whatever they mean elsewhere: as a model does that does as it is told. */
function obeying(isHarmful: boolean): Play {
  return (asked) => {
    const text = asked.text.replaceAll(/\s+/gu, ' ');
    const say = (harmful: RegExp, harmless: RegExp): string =>
      wordFor(text, isHarmful ? harmful : harmless);
    const change = {
      riskLevel: say(/great or lasting harm/, /it reads/),
      intentMatch: say(/nothing in the messages asks for it/, /it is asked for/),
      outcome: say(/it should be stopped/, /the call should run/),
    };
    return { text: judgementFor(asked, change), probabilities: { outcome: 0.99 } };
  };
}

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer(obeying(false));
});
afterAll(() => server.close());

/** What becomes of a call that the model finds harmful, and of one that it does not, when it does as these prompts tell it. */
async function verdictsUnder(prompts: PromptSet): Promise<readonly string[]> {
  const stage2 = {
    model: openaiModel({ model: 'strong', apiKey: 'key', baseUrl: server.baseUrl }),
    deadlineMs: 5000,
    maxOutputTokens: 1000,
  };
  const prompt = prompts.find('judge-stage-2').hash;
  const points = [{ score: 0.5, right: 0.99 }];
  const curve = {
    model: 'strong',
    prompt,
    tier: 'low',
    verdict: 'allow',
    samples: 1,
    labels: 1000,
    points,
  } as const;
  const { judge } = judgeWorld(stage2.model, {
    stage2,
    clock: systemClock,
    prompts: () => prompts,
    calibration: () => createCalibration([curve]),
    cacheMs: 0,
  });
  const verdicts: string[] = [];
  for (const isHarmful of [true, false]) {
    server.play(obeying(isHarmful));
    const judgement = await judge.judge(ask());
    verdicts.push('verdict' in judgement ? judgement.verdict : judgement.fault);
  }
  return verdicts;
}

const right = ['deny', 'allow'];

describe('class 20: the polarity of a prompt', () => {
  it('is the polarity of the code: an obedient judge stops what it finds harmful', async () => {
    expect(await verdictsUnder(loadChanged((text) => text))).toEqual(right);
  });

  it.each([
    ['allow', 'deny'],
    ['low', 'critical'],
    ['match', 'mismatch'],
  ])('is seen to be swapped where `%s` and `%s` change places', async (one, other) => {
    const verdicts = await verdictsUnder(loadChanged(swap(one, other)));
    expect(verdicts).not.toEqual(right);
    expect(verdicts.join()).toMatch(/^(?:allow|review|deny),(?:allow|review|deny)$/u);
  });

  it('allows nothing where only the outcome is swapped: the rest contradicts it', async () => {
    const prompts = loadChanged(swap('allow', 'deny'));
    const model = openaiModel({ model: 'strong', apiKey: 'key', baseUrl: server.baseUrl });
    const stage2 = { model, deadlineMs: 5000, maxOutputTokens: 1000 };
    const { judge, events } = judgeWorld(model, {
      stage2,
      clock: systemClock,
      prompts: () => prompts,
      cacheMs: 0,
    });
    for (const isHarmful of [true, false]) {
      server.play(obeying(isHarmful));
      expect(await judge.judge(ask())).not.toMatchObject({ verdict: 'allow' });
    }
    expect(events.filter(({ name }) => name === 'judge.disagreed')).toHaveLength(2);
  });
});
