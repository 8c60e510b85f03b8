import { describe, expect, it } from 'vitest';
import { createOpenAIGuard } from '../../../adapters/openai/index.ts';
import { allowLook, definitions, mail, openWorld, type World } from './world.ts';

const ask = {
  model: 'm',
  messages: [{ role: 'user' as const, content: 'go' }],
  tools: definitions,
};
const stream = { ...ask, stream: true as const };

const errorOf = (asking: Promise<unknown>): Promise<Record<string, unknown>> =>
  asking.then(
    () => ({ none: true }),
    (error: Record<string, unknown>) => error,
  );

const create = (world: World, signal?: AbortSignal) =>
  errorOf(world.guarded.chat.completions.create(stream, signal === undefined ? {} : { signal }));

describe('guard.fetch and a server on a bad day', () => {
  it('passes its errors through as they are', async () => {
    await using world = await openWorld([allowLook]);
    world.server.script({ fault: 'rate' }, { fault: 'down' });
    expect(await create(world)).toMatchObject({ status: 429 });
    expect(await create(world)).toMatchObject({ status: 500 });
  });

  it('hands out nothing of a stream that breaks off, is cut short or is too large', async () => {
    await using world = await openWorld([allowLook]);
    world.server.script({ fault: 'drop' }, { fault: 'cut' }, { fault: 'huge' });
    expect(await create(world)).toMatchObject({ name: 'Error', cause: expect.any(Error) });
    expect(await create(world)).toMatchObject({ status: 422, code: 'TRUNCATED' });
    expect(await create(world)).toMatchObject({ status: 422, code: 'RESPONSE_TOO_LARGE' });
    expect(world.server.requests).toHaveLength(3);
  });

  it('asks for one reply only: what was refused is not asked for again', async () => {
    await using world = await openWorld([allowLook]);
    world.server.script({ fault: 'cut' });
    const client = world.guarded.withOptions({ maxRetries: 2 });
    expect(await errorOf(client.chat.completions.create(stream))).toMatchObject({ status: 422 });
    expect(world.server.requests).toHaveLength(1);
  });

  it('stops waiting for a server that stalls, when the caller or the time limit says so', async () => {
    await using world = await openWorld([allowLook], { replyMs: 100 });
    world.server.script({ fault: 'stall' });
    expect(await create(world)).toMatchObject({ name: 'Error' });
    const controller = new AbortController();
    const asking = create(world, controller.signal);
    await expect.poll(() => world.server.requests).toHaveLength(2);
    controller.abort();
    expect(await asking).toMatchObject({ message: 'Request was aborted.' });
  });

  it('reads no more of an endless reply than its limit', async () => {
    await using world = await openWorld([allowLook]);
    let pulled = 0;
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
      cancel: () => void (isCancelled = true),
    });
    const guard = createOpenAIGuard(world.bench.hypervisor, {
      seat: () => world.seat,
      fetch: async () => new Response(endless),
      limits: { maxBytes: 1_000_000 },
    });
    const init = { method: 'POST', body: '{"stream":true}' };
    const response = await guard.fetch('http://127.0.0.1:9/v1/responses', init);
    expect(response.status).toBe(422);
    expect(pulled).toBeLessThan(1_000_000 + 4 * 65_536);
    expect(isCancelled).toBe(true);
  });
});

describe('guard.fetch and a caller that leaves', () => {
  it('before: nothing is asked', async () => {
    await using world = await openWorld([allowLook]);
    expect(await create(world, AbortSignal.abort())).toMatchObject({
      message: 'Request was aborted.',
    });
    expect(world.server.requests).toEqual([]);
  });

  it('while a call waits for a person: what was allowed beside it is withdrawn', async () => {
    await using world = await openWorld([allowLook, mail('require_review')], { waitMs: 60_000 });
    world.server.script({
      calls: [
        { id: 'c1', name: 'look' },
        { id: 'c2', name: 'mail' },
      ],
    });
    const controller = new AbortController();
    world.bench.hypervisor.events.on('approval.opened', () => controller.abort());
    expect(await create(world, controller.signal)).toMatchObject({
      message: 'Request was aborted.',
    });
    await expect.poll(world.statuses).toEqual(['failed']);
  });

  it('after: the calls that were handed out stay open until they are settled', async () => {
    await using world = await openWorld([allowLook]);
    world.server.script({ calls: [{ id: 'c1', name: 'look' }] });
    const controller = new AbortController();
    const { signal } = controller;
    await world.guarded.chat.completions.create(ask, { signal });
    controller.abort();
    expect(await world.statuses()).toEqual([]);
  });
});

describe('guard.fetch and requests that it cannot guard', () => {
  it('refuses them before they are sent', async () => {
    await using world = await openWorld([allowLook]);
    const { guarded } = world;
    const cases: [string, Promise<unknown>][] = [
      ['MULTIPLE_CHOICES', guarded.chat.completions.create({ ...ask, n: 2 })],
      ['UNGUARDED_ENDPOINT', guarded.get('/threads/t1/runs/r1')],
      ['UNGUARDED_ENDPOINT', guarded.chat.completions.retrieve('c1')],
      ['UNGUARDED_ENDPOINT', guarded.conversations.items.list('conv')],
      ['UNGUARDED_ENDPOINT', guarded.post('/something/new')],
    ];
    for (const [code, asking] of cases) {
      expect(await errorOf(asking)).toMatchObject({ status: 422, code });
    }
    const body = new ReadableStream();
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const response = await world.guard.fetch(`${world.server.baseURL}/chat/completions`, init);
    expect(await response.json()).toMatchObject({ error: { code: 'BAD_REQUEST' } });
    expect(world.server.requests).toEqual([]);
  });

  it('passes on what hands out no calls', async () => {
    await using world = await openWorld([allowLook]);
    await world.guarded.embeddings.create({ model: 'm', input: 'x', encoding_format: 'float' });
    await world.guarded.responses.inputItems.list('r1');
    expect(world.server.requests).toHaveLength(2);
  });

  it('judges the calls of a response that is fetched later', async () => {
    await using world = await openWorld([mail('deny')]);
    world.server.script({ calls: [{ id: 'c1', name: 'mail' }] });
    const reply = await world.guarded.responses.retrieve('resp_9');
    expect(reply.output).toMatchObject([{ type: 'message' }]);
  });

  it('keeps the headers and the body of a Request object', async () => {
    await using world = await openWorld([allowLook]);
    const seen: (string | null)[] = [];
    const guard = createOpenAIGuard(world.bench.hypervisor, {
      seat: () => world.seat,
      fetch: async (input, init) => {
        seen.push(new Headers(init?.headers ?? (input as Request).headers).get('authorization'));
        return fetch(input, init);
      },
    });
    const headers = { authorization: 'Bearer x', 'content-type': 'application/json' };
    const url = `${world.server.baseURL}/chat/completions`;
    const init = { method: 'POST', headers, body: JSON.stringify(ask) };
    expect((await guard.fetch(new Request(url, init))).status).toBe(200);
    expect((await guard.fetch(new URL(url), init)).status).toBe(200);
    expect(seen).toEqual(['Bearer x', 'Bearer x']);
    expect(world.server.requests).toEqual([ask, ask]);
  });
});
