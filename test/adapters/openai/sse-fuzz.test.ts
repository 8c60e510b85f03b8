import { Stream } from 'openai/streaming';
import { describe, expect, it } from 'vitest';
import { createOpenAIGuard } from '../../../adapters/openai/index.ts';
import { startBench } from '../../support/harness.ts';
import { definitions, read, write } from './world.ts';

const runs = 10_000;
const url = 'http://127.0.0.1:9/v1/chat/completions';

/** mulberry32: the same numbers on every machine. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Random = (below: number) => number;
const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

/** Chunks of a stream with 0 to 3 calls: of a tool that is allowed, for one that is not, or with an argument that is not. */
function toChunks(random: Random, run: number): string[] {
  const deltas: object[] = [{ role: 'assistant', content: pick(random, ['', 'hm', null]) }];
  for (let index = 0, calls = random(4); index < calls; index += 1) {
    const name = pick(random, ['look', 'look', 'mail', 'lo']);
    const args = pick(random, ['{"to":"good"}', '{"to":"good"}', '{"to":"evil"}', '', '{"to":']);
    const id = `c${run}_${index}`;
    deltas.push({
      tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
    });
    const at = random(args.length + 1);
    for (const piece of [args.slice(0, at), args.slice(at)]) {
      deltas.push({ tool_calls: [{ index, function: { arguments: piece } }] });
    }
  }
  const chunks = deltas.map((delta) => ({ index: 0, delta, finish_reason: null }));
  const all = [...chunks, { index: 0, delta: {}, finish_reason: 'tool_calls' }];
  const events = all.map((choice) =>
    JSON.stringify({ id: 'x', created: 1, model: 'm', choices: [choice] }),
  );
  return [...events, '[DONE]'];
}

const junk = [
  '{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"mail"}}]}}]}',
  '{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"zz","function":{"name":"ok"}}]}}]}',
  '{"choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"id":"e","function":{"name":"mail"}}]}}]}',
  '{"choices":[{"index":0,"message":{"tool_calls":[{"id":"e","function":{"name":"mail"}}]}}]}',
  '{"choices":[{"index":0,"delta":{"function_call":{"name":"mail"}}}]}',
  '{"choices":[],"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"mail"}}]}}]}',
  '{"choices":null}',
  '{"error":{"message":"x"}}',
  'null',
  '[]',
  '{',
  '[DONE]',
];

function mutateEvents(random: Random, events: string[]): string[] {
  const at = random(events.length);
  switch (random(6)) {
    case 0:
      return events;
    case 1:
      return events.toSpliced(at, 0, events[random(events.length)] ?? '');
    case 2:
      return events.toSpliced(at, 1);
    case 3:
      return events.with(at, events[random(events.length)] ?? '');
    case 4:
      return events.toSpliced(at, 0, pick(random, junk));
    default:
      return events.toSorted(() => random(3) - 1);
  }
}

function toBytes(random: Random, events: readonly string[]): Uint8Array {
  const end = pick(random, ['\n\n', '\n\n', '\n\n', '\r\n\r\n', '\r\r', '\n']);
  const field = pick(random, [
    'data: ',
    'data: ',
    'data: ',
    'data:',
    'event: x\ndata: ',
    ' data: ',
    'Data: ',
  ]);
  const bytes = Buffer.from(events.map((event) => field + event + end).join(''));
  for (let hits = random(4) === 0 ? random(4) : 0; hits > 0; hits -= 1) {
    bytes[random(bytes.length)] = random(256);
  }
  return random(8) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
}

interface Call {
  names: string[];
  args: string;
}

/** Every call that openai's own reader could find in the bytes, whatever it is that comes out. */
async function readAsClient(bytes: Uint8Array): Promise<readonly Call[]> {
  const calls = new Map<string, Call>();
  try {
    const stream = Stream.fromSSEResponse<never>(
      new Response(Buffer.from(bytes)),
      new AbortController(),
    );
    for await (const chunk of stream) {
      const { choices } = (chunk ?? {}) as { choices?: unknown };
      for (const choice of (Array.isArray(choices) ? choices : []) as Record<
        string,
        Record<string, unknown>
      >[]) {
        const said = { ...choice['delta'], ...choice['message'] };
        const { function_call: old, tool_calls: fragments = [] } = said as {
          function_call?: { name?: string };
          tool_calls?: { index?: number; function?: { name?: string; arguments?: string } }[];
        };
        if (old !== undefined && old !== null)
          calls.set(`old${calls.size}`, { names: [String(old.name)], args: '' });
        for (const fragment of Array.isArray(fragments) ? fragments : []) {
          const key = JSON.stringify([choice['index'], fragment?.index]);
          const call = calls.get(key) ?? { names: [], args: '' };
          if (fragment?.function?.name) call.names.push(fragment.function.name);
          call.args += fragment?.function?.arguments ?? '';
          calls.set(key, call);
        }
      }
    }
  } catch {
    // what came before the fault is what a reader would have acted on
  }
  return [...calls.values()];
}

function isAllowed({ names, args }: Call): boolean {
  // one that overwrites a name and one that appends it have to read the same
  if (names.length !== 1 || names[0] !== 'look') return false;
  return args === '{"to":"good"}';
}

describe('fuzzing guard.fetch', () => {
  it(`hands out no call that was not judged, in ${runs} streams`, async () => {
    const good = { to: { eq: 'good' } };
    const rule = {
      name: 'good',
      condition: { tool: 'look', args: good },
      approval: 'auto_approve',
    };
    const rate = { perSecond: 1e6, burst: 1e6 };
    const bench = await startBench([rule], { rates: { 0: rate, 1: rate, 2: rate, 3: rate } });
    const seat = bench.hypervisor.seat(await bench.hypervisor.agents.register({ id: 'clerk' }));
    const random = createRandom(20_261_123);
    let bytes: Uint8Array = new Uint8Array();
    const guard = createOpenAIGuard(bench.hypervisor, {
      seat: () => seat,
      manifests: { look: read, mail: write },
      waitMs: 0,
      fetch: async () =>
        new Response(Buffer.from(bytes), { headers: { 'content-type': 'text/event-stream' } }),
    });
    const body = JSON.stringify({ model: 'm', stream: true, messages: [], tools: definitions });
    const wrong: object[] = [];
    const counts = { handed: 0, verbatim: 0, refused: 0 };
    for (let run = 0; run < runs; run += 1) {
      bytes = toBytes(random, mutateEvents(random, toChunks(random, run)));
      const response = await guard.fetch(url, { method: 'POST', body });
      const out = new Uint8Array(await response.arrayBuffer());
      if (!response.ok) {
        counts.refused += 1;
        continue;
      }
      const calls = await readAsClient(out);
      wrong.push(
        ...calls
          .filter((call) => !isAllowed(call))
          .map((call) => ({ run, call, stream: Buffer.from(bytes).toString() })),
      );
      counts.handed += calls.length;
      if (Buffer.from(out).equals(bytes)) counts.verbatim += 1;
    }
    expect(wrong).toEqual([]);
    // neither all refused nor all let through
    expect(counts.handed).toBeGreaterThan(runs / 20);
    expect(counts.verbatim).toBeGreaterThan(runs / 20);
    expect(counts.refused).toBeGreaterThan(runs / 20);
  });
});
