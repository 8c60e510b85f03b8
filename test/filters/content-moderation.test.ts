import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { openaiModerator } from '../../adapters/openai/moderator.ts';
import { contentModeration, type Moderator } from '../../src/filters/content-moderation.ts';
import { filterArgs, filterResult, reasonOf } from './run-filter.ts';

const refused = 'refused: FILTER_DENIED';

/** Flags what says `hate`. */
function wordModerator(heard: string[] = []): Moderator {
  return {
    async moderate(text) {
      heard.push(text);
      const flagged = text.includes('hate');
      return { flagged, categories: flagged ? ['hate', 'x'.repeat(65), 'hate! say'] : [] };
    },
  };
}

describe('the filter content_moderation', () => {
  it('refuses what is flagged, keys too, and names only categories that are names', async () => {
    const filter = contentModeration({ moderator: wordModerator() });
    expect(await filterArgs(filter, { text: ['fine'] })).toEqual({ text: ['fine'] });
    expect(await filterArgs(filter, { hate: 1 })).toBe(refused);
    expect(await reasonOf(filter, ['hate'])).toBe(
      'the arguments were judged unfit (hate); say it otherwise',
    );
  });

  it('hands over all texts at once, and asks nobody about none', async () => {
    const heard: string[] = [];
    const filter = contentModeration({ moderator: wordModerator(heard), on: ['args', 'result'] });
    await filterArgs(filter, { a: ['one', 'two'], n: 1 });
    await filterResult(filter, 5);
    expect(heard).toEqual(['one\ntwo\na\nn']);
  });

  it('counts only the categories that it is told to', async () => {
    const moderator = wordModerator();
    expect(await filterArgs(contentModeration({ moderator, categories: ['spam'] }), 'hate')).toBe(
      'hate',
    );
    expect(await filterArgs(contentModeration({ moderator, categories: ['hate'] }), 'hate')).toBe(
      refused,
    );
    const nameless: Moderator = { moderate: async () => ({ flagged: true, categories: [] }) };
    expect(
      await filterArgs(contentModeration({ moderator: nameless, categories: ['spam'] }), 'x'),
    ).toBe(refused);
  });

  it('refuses what is too long to be judged', async () => {
    const filter = contentModeration({ moderator: wordModerator(), maxChars: 3 });
    expect(await filterArgs(filter, 'abcd')).toBe(refused);
  });

  it.each<[string, () => unknown]>([
    ['throws', () => Promise.reject(new Error('down'))],
    ['says nothing', async () => undefined],
    ['says neither yes nor no', async () => ({ flagged: 'false', categories: [] })],
    ['never answers', () => new Promise(() => undefined)],
  ])('fails where the moderator %s', async (_what, moderate) => {
    const moderator = { moderate } as unknown as Moderator;
    const filter = contentModeration({ moderator, timeoutMs: 20 });
    await expect(filterArgs(filter, 'x')).rejects.toBeInstanceOf(Error);
  });
});

describe('openaiModerator', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function start(status: number, reply: unknown) {
    // only where nothing comes is the bound reached
    const timeoutMs = reply === undefined ? 200 : 30_000;
    const bodies: unknown[] = [];
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        bodies.push([request.url, JSON.parse(text)]);
        if (reply === undefined) return;
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(reply));
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = new OpenAI({ apiKey: 'none', baseURL: `http://127.0.0.1:${port}/v1` });
    return {
      bodies,
      filter: contentModeration({ moderator: openaiModerator(client), timeoutMs }),
    };
  }

  it('asks the endpoint and reads its categories', async () => {
    const categories = { hate: false, violence: true, 'self-harm/intent': true };
    const { bodies, filter } = await start(200, { results: [{ flagged: true, categories }] });
    expect(await reasonOf(filter, { text: 'x' })).toContain('(violence, self-harm/intent)');
    expect(bodies).toEqual([
      ['/v1/moderations', { input: 'x\ntext', model: 'omni-moderation-latest' }],
    ]);
  });

  it('lets pass what is not flagged', async () => {
    const { filter } = await start(200, {
      results: [{ flagged: false, categories: { hate: false } }],
    });
    expect(await filterArgs(filter, 'x')).toBe('x');
  });

  it.each<[string, number, unknown]>([
    ['an error', 500, { error: { message: 'down' } }],
    ['no judgement', 200, { results: [] }],
    ['half a judgement', 200, { results: [{ categories: {} }] }],
    ['something else', 200, { ok: true }],
    ['silence', 200, undefined],
  ])('fails on %s, after one try', async (_what, status, reply) => {
    const { bodies, filter } = await start(status, reply);
    await expect(filterArgs(filter, 'x')).rejects.toBeInstanceOf(Error);
    expect(bodies).toHaveLength(1);
  });
});
