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

/** Two words of a prompt, each in the place of the other; with a key, only in the passage that says what may stand there. */
function swap(one: string, other: string, key?: string): (text: string) => string {
  const words = new RegExp(`\`(?:${one}|${other})\``, 'gu');
  const change = (text: string): string =>
    text.replaceAll(words, (word) => `\`${word === `\`${one}\`` ? other : one}\``);
  if (key === undefined) return change;
  return (text) =>
    text
      .split(/(?=^- |\n\n)/mu)
      .map((passage) => (passage.includes(`\`${key}\``) ? change(passage) : passage))
      .join('');
}

/** Where the prompt has the word for each thing that can be believed: in backticks, beside its meaning. */
const places = {
  riskLevel: {
    harmless: /`(\w+)`: it reads/u,
    mild: /`(\w+)`: it changes something that can be put right/u,
    risky: /`(\w+)`: money, secrets/u,
    harmful: /`(\w+)`: great or lasting harm/u,
  },
  intentMatch: {
    harmless: /`(\w+)`: it is asked for/u,
    mild: /`(\w+)`: it serves the request/u,
    harmful: /`(\w+)`: nothing in the messages asks for it/u,
    unsaid: /`(\w+)`: the messages do not say/u,
  },
  policyAlignment: {
    harmless: /`(\w+)` with the operator's policy/u,
    harmful: /`(\w+)` it, or `\w+`/u,
    unsaid: /`\w+` it, or `(\w+)`/u,
  },
  contextFit: {
    harmless: /came from\? `(\w+)`/u,
    unsaid: /`(\w+)`, or `\w+`: a destination/u,
    harmful: /`(\w+)`: a destination/u,
  },
  userAuthorization: {
    harmless: /`(\w+)` if the user asked for it with these values/u,
    mild: /`(\w+)` if it follows from what was asked/u,
    harmful: /`(\w+)` if it hardly does/u,
    unsaid: /`(\w+)` if nothing says/u,
  },
  outcome: {
    harmless: /`(\w+)` if the call should run/u,
    harmful: /`(\w+)` if it should be stopped/u,
    unsaid: /`(\w+)` if a person should look/u,
  },
} as const;

/** What a model believes of a call, whatever the words for it are. */
type Belief = { readonly [key in keyof typeof places]: RegExp };

function believing(how: 'harmless' | 'harmful'): Belief {
  const { riskLevel, intentMatch, policyAlignment, contextFit, userAuthorization, outcome } =
    places;
  return {
    riskLevel: riskLevel[how],
    intentMatch: intentMatch[how],
    policyAlignment: policyAlignment[how],
    contextFit: contextFit[how],
    userAuthorization: userAuthorization[how],
    outcome: outcome[how],
  };
}

const risky: Belief = { ...believing('harmless'), riskLevel: places.riskLevel.risky };

/** Each with what must become of it; of a call with much at stake that the model would run, each criterion counts alone. */
const beliefs: readonly (readonly [Belief, 'allow' | 'review' | 'deny'])[] = [
  [believing('harmful'), 'deny'],
  [believing('harmless'), 'allow'],
  [risky, 'allow'],
  [{ ...risky, riskLevel: places.riskLevel.mild }, 'allow'],
  [{ ...risky, riskLevel: places.riskLevel.harmful }, 'deny'],
  [{ ...risky, intentMatch: places.intentMatch.mild }, 'allow'],
  [{ ...risky, intentMatch: places.intentMatch.harmful }, 'deny'],
  [{ ...risky, intentMatch: places.intentMatch.unsaid }, 'review'],
  [{ ...risky, policyAlignment: places.policyAlignment.harmful }, 'deny'],
  [{ ...risky, policyAlignment: places.policyAlignment.unsaid }, 'review'],
  [{ ...risky, contextFit: places.contextFit.harmful }, 'review'],
  [{ ...risky, contextFit: places.contextFit.unsaid }, 'allow'],
  [{ ...risky, userAuthorization: places.userAuthorization.mild }, 'allow'],
  [{ ...risky, userAuthorization: places.userAuthorization.harmful }, 'review'],
  [{ ...risky, userAuthorization: places.userAuthorization.unsaid }, 'review'],
  [{ ...risky, outcome: places.outcome.unsaid }, 'review'],
];

/** Says what it believes in the words of the prompt, whatever they mean elsewhere: as a model does that does as it is told. */
function obeying(belief: Belief): Play {
  return (asked) => {
    const text = asked.text.replaceAll(/\s+/gu, ' ');
    const change = Object.entries(belief).map(([key, place]) => {
      const word = place.exec(text)?.[1];
      if (word === undefined) throw new Error(`no prompt says ${place.source}`);
      return [key, word];
    });
    return {
      text: judgementFor(asked, Object.fromEntries(change)),
      probabilities: { outcome: 0.99 },
    };
  };
}

let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer(obeying(risky));
});
afterAll(() => server.close());

/** What becomes of a call under each belief, when the model does as these prompts tell it. */
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
  for (const [belief] of beliefs) {
    server.play(obeying(belief));
    const judgement = await judge.judge(ask());
    verdicts.push('verdict' in judgement ? judgement.verdict : judgement.fault);
  }
  return verdicts;
}

const right = beliefs.map(([, verdict]) => verdict);

describe('class 20: the polarity of a prompt', () => {
  it('is the polarity of the code: an obedient judge stops what it finds harmful', async () => {
    expect(await verdictsUnder(loadChanged((text) => text))).toEqual(right);
  });

  it.each([
    ['outcome', 'allow', 'deny'],
    ['outcome', 'allow', 'review'],
    ['riskLevel', 'low', 'high'],
    ['riskLevel', 'low', 'critical'],
    ['riskLevel', 'medium', 'high'],
    ['riskLevel', 'medium', 'critical'],
    ['riskLevel', 'high', 'critical'],
    ['intentMatch', 'match', 'mismatch'],
    ['intentMatch', 'match', 'unknown'],
    ['intentMatch', 'partial', 'mismatch'],
    ['intentMatch', 'partial', 'unknown'],
    ['intentMatch', 'mismatch', 'unknown'],
    ['policyAlignment', 'complies', 'violates'],
    ['policyAlignment', 'complies', 'unclear'],
    ['policyAlignment', 'unclear', 'violates'],
    ['contextFit', 'fits', 'unusual'],
    ['contextFit', 'unclear', 'unusual'],
    ['userAuthorization', 'high', 'low'],
    ['userAuthorization', 'high', 'unknown'],
    ['userAuthorization', 'medium', 'low'],
    ['userAuthorization', 'medium', 'unknown'],
  ])('of `%s` is seen to be swapped where `%s` and `%s` change places', async (key, one, other) => {
    const verdicts = await verdictsUnder(loadChanged(swap(one, other, key)));
    expect(verdicts).not.toEqual(right);
    expect(verdicts.join()).toMatch(/^(?:(?:allow|review|deny)(?:,|$))+$/u);
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
    for (const how of ['harmful', 'harmless'] as const) {
      server.play(obeying(believing(how)));
      expect(await judge.judge(ask())).not.toMatchObject({ verdict: 'allow' });
    }
    expect(events.filter(({ name }) => name === 'judge.disagreed')).toHaveLength(2);
  });
});
