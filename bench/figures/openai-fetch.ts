import { createOpenAIGuard, type Fetch } from '../../adapters/openai/index.ts';
import { toFigure, type Figure, type Suite } from '../figure.ts';
import { fullRules } from '../generated-rules.ts';
import { refundArgs, refundManifest, refundRule } from '../refund-tool.ts';
import { sampleInTurns } from '../sample.ts';
import { startHypervisor } from '../started.ts';
import { median } from '../statistics.ts';

const label = 'openai.fetch';
const calls = 10;
const maxMicros = 1_000;
const url = 'http://127.0.0.1:9/v1/chat/completions';

/** What the fetch guard adds to a reply of 10 calls, streamed and not: judged, logged, and settled by the next request. */
export const openaiFetch: Suite = {
  figures: [label],
  isShort: true,
  async measure({ short }): Promise<readonly Figure[]> {
    const figures = [];
    for (const stream of [false, true]) figures.push(await measureOne(stream, short));
    return figures;
  },
};

async function measureOne(stream: boolean, short: boolean): Promise<Figure> {
  const hypervisor = await startHypervisor([...fullRules(99), refundRule]);
  const seat = hypervisor.seat(await hypervisor.agents.register({ id: 'bench' }));
  const guarded = (provider: Fetch): Fetch =>
    createOpenAIGuard(hypervisor, {
      seat: () => seat,
      manifests: { stripe: refundManifest },
      actions: { stripe: 'refund' },
      fetch: provider,
    }).fetch;
  const samplesOf = await sampleInTurns(
    {
      bare: createConversation(stream, (bare) => bare),
      guarded: createConversation(stream, guarded),
    },
    { rounds: short ? 100 : 1_000, warmUpMs: 1_000 },
  );
  await hypervisor.close();
  const bare = median(samplesOf('bare'));
  const over = samplesOf('guarded').map((micros) => micros - bare);
  return toFigure(`${label}.${stream ? 'stream' : 'whole'}`, 'us', over, {
    floor: bare,
    bar: `at most ${maxMicros} us a reply of ${calls} calls, over the bare fetch`,
    met: median(over) <= maxMicros,
  });
}

/** Asks turn after turn, answering the calls of the turn before. */
function createConversation(
  stream: boolean,
  guard: (provider: Fetch) => Fetch,
): (times: number) => Promise<void> {
  let turn = 0;
  const ask = guard(async () => toReply(turn, stream));
  return async (times) => {
    for (let i = 0; i < times; i += 1) {
      const body = JSON.stringify({ model: 'm', stream, tools, messages: toMessages(turn) });
      turn += 1;
      const response = await ask(url, { method: 'POST', body });
      const text = await response.text();
      if (!response.ok || !text.includes(`call_${turn}_9`)) throw new Error(`refused: ${text}`);
    }
  };
}

const args = JSON.stringify(refundArgs);

const parameters = { type: 'object', properties: { amount: { type: 'integer' } } };
const description = 'Refunds a charge, in part or whole.';
const tools = [{ type: 'function', function: { name: 'stripe', description, parameters } }];

function idsOf(turn: number): readonly string[] {
  return Array.from({ length: calls }, (_, at) => `call_${turn}_${at}`);
}

/** The answers to the turn before, which settle its calls. */
function toMessages(turn: number): readonly object[] {
  const body = { name: 'stripe', arguments: args };
  const tool_calls = idsOf(turn).map((id) => ({ id, type: 'function', function: body }));
  const answers = idsOf(turn).map((id) => ({ role: 'tool', tool_call_id: id, content: 'ok' }));
  return [{ role: 'user', content: 'go' }, { role: 'assistant', tool_calls }, ...answers];
}

function toReply(turn: number, stream: boolean): Response {
  const body = { name: 'stripe', arguments: args };
  const tool_calls = idsOf(turn).map((id) => ({ id, type: 'function', function: body }));
  const choice = { index: 0, finish_reason: 'tool_calls' };
  if (!stream) {
    return Response.json({
      id: 'x',
      choices: [{ ...choice, message: { content: null, tool_calls } }],
    });
  }
  // a delta every twelve characters, as models write
  const deltas = tool_calls.flatMap((call, index) => [
    { index, id: call.id, type: 'function', function: { name: 'stripe', arguments: '' } },
    ...(args.match(/.{1,12}/gs) ?? []).map((piece) => ({ index, function: { arguments: piece } })),
  ]);
  const events = deltas.map((delta) => {
    const chunk = { id: 'x', choices: [{ index: 0, delta: { tool_calls: [delta] } }] };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  });
  return new Response(`${events.join('')}data: [DONE]\n\n`);
}
