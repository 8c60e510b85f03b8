import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SupervisionError } from '../../src/core/model/errors.ts';
import type { Model, ModelRequest } from '../../src/core/model/model-port.ts';
import { startModelServer, type ModelServer, type Play } from '../support/model-server.ts';
import { wireFaults } from '../support/model-script.ts';

const schema = z.strictObject({ outcome: z.enum(['allow', 'deny']), why: z.string().max(10) });
const fine = '{"outcome":"allow","why":"as asked"}';

export interface ModelDriver {
  /** A model named `m` at this server. */
  open(baseUrl: string): Model;
  /** Sets how much it may write and how warm it is, question by question. */
  readonly setsLimits: boolean;
  /** False: what is no JSON is lost below it, and it says `MODEL_INVALID` itself. */
  readonly keepsAnyText: boolean;
  /** False: that a model declined is lost below it, and what is left is an answer without a text. */
  readonly tellsRefusals: boolean;
}

/** What every driver of the port `Model` does with a good provider and with a bad one. */
export function modelContract(name: string, driver: ModelDriver): void {
  describe(`model: ${name}`, () => {
    let server: ModelServer;
    let model: Model;
    beforeAll(async () => {
      server = await startModelServer(() => ({ text: fine }));
    });
    afterAll(() => server.close());
    beforeEach(() => {
      model = driver.open(server.baseUrl);
      server.models(['m']);
    });
    afterEach(() => model.close());

    const ask = (play: Play | string, change: Partial<ModelRequest> = {}) => {
      server.play(typeof play === 'string' ? () => ({ text: play }) : play);
      return model.ask({
        messages: [
          { role: 'system', text: 'You judge.' },
          { role: 'user', text: '{"a":1}' },
        ],
        schema,
        schemaName: 'judgement',
        maxOutputTokens: 100,
        temperature: 0,
        signal: new AbortController().signal,
        ...change,
      });
    };
    const asked = () => server.questions().at(-1);

    it('brings the very text of the model, and what it cost', async () => {
      expect(await ask(fine)).toEqual({
        text: fine,
        usage: { inputTokens: 900, outputTokens: 90 },
        probability: undefined,
      });
      expect(model.name).toBe('m');
    });

    it('sends the messages as they are, with the key and the schema, once', async () => {
      const before = server.requests.length;
      await ask(fine);
      expect(server.requests.length).toBe(before + 1);
      const { text = '', headers = {}, body = {} } = asked() ?? {};
      expect(text).toBe('You judge.\n{"a":1}');
      expect(headers).toMatchObject({ authorization: 'Bearer key' });
      const sent = JSON.stringify(body);
      expect(sent).toContain('"enum":["allow","deny"]');
      expect(sent).toContain('"required":["outcome","why"]');
      expect(sent).toContain('"additionalProperties":false');
      const limit = driver.setsLimits ? /"max_(?:completion|output)_tokens":100/u : /./u;
      expect(sent).toMatch(limit);
    });

    it.each([
      ['a duplicate key', '{"outcome":"deny","outcome":"allow","why":""}'],
      ['an extra key', '{"outcome":"allow","why":"","approve":true}'],
      ['words around it', `Sure! ${fine} I hope that helps.`],
      ['a code fence', `\`\`\`json\n${fine}\n\`\`\``],
      [
        'a value that the schema does not know',
        '{"outcome":"ALLOW","why":"more than ten characters"}',
      ],
      ['spaces at both ends', ` \n${fine}\n `],
      ['no JSON at all', 'allow'],
      ['half of it', '{"outcome":"allow","wh'],
      ['a key of the prototype', '{"__proto__":{"outcome":"allow"}}'],
    ])('leaves %s as it is, for the caller to refuse', async (_what, text) => {
      const isKept = driver.keepsAnyText || isJson(text);
      const brought: unknown = await ask(text).catch((error: unknown) => error);
      expect(brought).toMatchObject(isKept ? { text } : { code: 'MODEL_INVALID' });
    });

    it('loses no character, in either direction', async () => {
      const texts = fc.string({ unit: 'grapheme', minLength: 1 });
      await fc.assert(
        fc.asyncProperty(texts, texts, async (question, words) => {
          const text = driver.keepsAnyText ? words : JSON.stringify(words);
          const messages = [{ role: 'user' as const, text: question }];
          expect((await ask(text, { messages })).text).toBe(text);
          expect(asked()?.text).toBe(question);
        }),
        { numRuns: 25 },
      );
    });

    it.each(wireFaults)('calls %s by its name, and retries nothing', async (what, play, codes) => {
      const before = server.requests.length;
      const error: unknown = await ask(play).catch((thrown: unknown) => thrown);
      if (!(error instanceof SupervisionError)) throw new Error('it did not fail as the port says');
      const isLost = what === 'a refusal' && !driver.tellsRefusals;
      expect(isLost ? ['MODEL_INVALID'] : codes).toContain(error.code);
      expect(server.requests.length).toBe(before + 1);
      // neither the provider's words nor the request's
      expect(error.message).not.toMatch(/scripted|judge\.|aaaa|html/u);
    });

    it.each<[string, Record<string, string>, number | undefined]>([
      ['seconds', { 'retry-after': '2' }, 2000],
      ['milliseconds', { 'retry-after-ms': '150' }, 150],
      [
        'a date',
        {
          'retry-after': 'Mon, 23 Nov 2026 10:00:03 GMT',
          date: 'Mon, 23 Nov 2026 10:00:00 GMT',
        },
        3000,
      ],
      [
        'a date that is over',
        { 'retry-after': 'Mon, 23 Nov 2020 10:00:00 GMT', date: 'Mon, 23 Nov 2026 10:00:00 GMT' },
        0,
      ],
      ['a word', { 'retry-after': 'soon' }, undefined],
      ['a negative number', { 'retry-after': '-5' }, undefined],
      ['a year', { 'retry-after': '31536000' }, 86_400_000],
      ['nothing', {}, undefined],
    ])('reads when to come back from %s', async (_what, headers, retryAfterMs) => {
      const busy: Play = () => ({ status: 429, headers, body: { error: { message: 'x' } } });
      await expect(ask(busy)).rejects.toMatchObject({ code: 'MODEL_BUSY', retryAfterMs });
    });

    it.each<['stall' | 'drip']>([['stall'], ['drip']])(
      'ends a %s with the reason of its signal, and lets the connection go',
      async (fault) => {
        const controller = new AbortController();
        const before = server.requests.length;
        const work = ask(() => ({ fault }), { signal: controller.signal });
        await until(() => server.requests.length > before);
        const reason = new Error('too late');
        controller.abort(reason);
        await expect(work).rejects.toBe(reason);
        await until(() => asked()?.isGone() === true);
      },
    );

    it('asks nothing once its signal has aborted', async () => {
      const before = server.requests.length;
      const reason = new Error('given up');
      await expect(ask(fine, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(server.requests.length).toBe(before);
    });

    it('says that nobody is there', async () => {
      const away = await startModelServer(() => ({ text: fine }));
      await away.close();
      model = driver.open(away.baseUrl);
      await expect(ask(fine)).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
      await expect(model.check(new AbortController().signal)).rejects.toMatchObject({
        code: 'MODEL_UNAVAILABLE',
      });
    });

    it('gives the probability of a value by all of its tokens', async () => {
      const text = '{"why":"\\"outcome\\":\\"deny\\" ä😀","outcome":"allow"}';
      const play: Play = () => ({ text, probabilities: { outcome: 0.75 } });
      const { probability } = await ask(play, { probabilityOf: 'outcome' });
      expect(probability).toBeCloseTo(0.75, 6);
    });

    it.each<[string, readonly object[] | undefined]>([
      ['no tokens', undefined],
      ['an empty list', []],
      [
        'tokens of another text',
        [{ token: fine.replace('allow', 'deny'), logprob: 0, bytes: null }],
      ],
      [
        'tokens that leave something out',
        [{ token: fine.slice(0, 20), logprob: -0.1, bytes: null }],
      ],
      ['a logarithm above 0', [{ token: fine, logprob: 3, bytes: null }]],
      ['a logarithm that is none', [{ token: fine, logprob: 'none', bytes: null }]],
      ['bytes that are none', [{ token: fine, logprob: 0, bytes: [999] }]],
    ])('knows no probability where there is/are %s', async (_what, tokens) => {
      const play: Play = () => ({ text: fine, ...(tokens === undefined ? {} : { tokens }) });
      expect(await ask(play, { probabilityOf: 'outcome' })).toMatchObject({
        text: fine,
        probability: undefined,
      });
    });

    it.each<[string, object | null]>([
      ['nothing', null],
      ['an empty object', { prompt_tokens: undefined, input_tokens: undefined }],
      ['negative numbers', nonsense(-1)],
      ['fractions', nonsense(0.5)],
      ['words', nonsense('many')],
    ])('knows no cost where the provider tells %s', async (_what, usage) => {
      expect(await ask(() => ({ text: fine, usage }))).toMatchObject({ usage: undefined });
    });

    it('answers a hundred at once, each its own', async () => {
      server.play(({ text }) => ({ text: `{"n":${text}}` }));
      const all = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          model.ask({
            messages: [{ role: 'user', text: String(n) }],
            schema,
            schemaName: 'judgement',
            maxOutputTokens: 100,
            signal: new AbortController().signal,
          }),
        ),
      );
      expect(all.map(({ text }) => text)).toEqual(all.map((_, n) => `{"n":${n}}`));
    });

    it('is good where key and name are', async () => {
      const before = server.requests.length;
      await model.check(new AbortController().signal);
      expect(server.requests.length).toBe(before + 1);
    });

    it.each([
      ['a name that nobody knows', 404],
      ['a key that nobody knows', 401],
    ])('says %s before anybody waits for it', async (_what, status) => {
      server.models([]);
      server.play(() => ({ status, body: { error: { message: 'x' } } }));
      await expect(model.check(new AbortController().signal)).rejects.toMatchObject({
        code: 'MODEL_MISCONFIGURED',
        message: expect.stringMatching(/look at the (?:name|key)/u),
      });
    });

    it('checks no longer than it may', async () => {
      server.models([]);
      server.play(() => ({ fault: 'stall' }));
      const reason = new Error('too late');
      const controller = new AbortController();
      const before = server.requests.length;
      const work = model.check(controller.signal);
      await until(() => server.requests.length > before);
      controller.abort(reason);
      await expect(work).rejects.toBe(reason);
    });

    it('closes more than once', async () => {
      await model.close();
      await model.close();
    });
  });
}

function nonsense(value: unknown): object {
  return {
    prompt_tokens: value,
    completion_tokens: value,
    input_tokens: value,
    output_tokens: value,
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Turns of the event loop: what a server has heard of is a matter of the network. */
async function until(isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + 60_000;
  while (!isSo() && performance.now() < endMs) await new Promise((done) => setImmediate(done));
  expect(isSo()).toBe(true);
}
