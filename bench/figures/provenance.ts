import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Json, JsonObject } from '../../src/core/model/json.ts';
import { toTrial, type Trial } from '../../src/core/rules/embedded-tests.ts';
import { loadRules, type RuleFile } from '../../src/core/rules/load.ts';
import { createSessionMemory, type SessionMemory } from '../../src/core/sessions/session-memory.ts';
import { round, toFigure, type Figure, type Suite } from '../figure.ts';
import { sampleInTurns, type Timed } from '../sample.ts';
import { median } from '../statistics.ts';

const recipe = fileURLToPath(new URL('../../rules/recipes/injection.json', import.meta.url));
const budgetMicros = 50;
const sessionChars = 100_000;
const variants = 1_000;

/** What rules ask of a session that holds 100 KB of results: the origins of a call's values, and a whole decision. */
export const provenance: Suite = {
  figures: ['provenance'],
  isShort: true,
  async measure({ short }): Promise<readonly Figure[]> {
    const file: RuleFile = { name: 'injection.json', text: await readFile(recipe, 'utf8') };
    const loaded = loadRules([file]);
    if (!loaded.ok) throw new Error('the injection recipe does not load');
    const memory = session();
    const works: Record<string, Timed> = {};
    for (const [index, args] of calls.entries()) {
      const trials = toTrials(args);
      // read anew for each call, as the pipeline does: what its questions may cost is bounded
      works[`origins ${index}`] = each(trials, ({ call }) => memory.knowledge.originOf(call.args));
      works[`recipe ${index}`] = each(trials, ({ call, facts }) =>
        loaded.set.decide(call, { ...facts, session: memory.knowledge }),
      );
    }
    const sampleOf = await sampleInTurns(works, { rounds: short ? 100 : 1_000 });
    // over all kinds of calls, as often each: what a call costs, not what all of them cost together
    const samplesOf = (what: string) => calls.flatMap((_, index) => sampleOf(`${what} ${index}`));
    const origins = samplesOf('origins');
    const bar = `p50 of ${budgetMicros} µs`;
    const met = round(median(origins)) <= budgetMicros;
    return [
      toFigure('provenance.origins', 'us', origins, { bar, met }),
      toFigure('provenance.recipe', 'us', samplesOf('recipe')),
    ];
  },
};

function each(trials: readonly Trial[], work: (trial: Trial) => unknown): Timed {
  return (times) => {
    for (let i = 0; i < times; i += 1) work(pick(trials, i));
  };
}

/** `#` is another number each time. */
const calls: readonly JsonObject[] = [
  { to: 'ann@home.example', subject: 'Minutes #', body: 'Here is what was said, number #.' },
  { to: 'word17@host17.example', subject: 'Minutes #', body: 'Please find number # below.' },
  { to: 'nobody#@elsewhere.example', body: 'See https://elsewhere.example/a/b?c=#' },
  { account: 'DE8937040044053201#', amount: 120.5, currency: 'EUR', date: '2026-04-01' },
  { id: 'ACME-7721#', status: 'closed', note: 'Done as agreed with # of the team last week.' },
  { file: 'notes/summary-#.txt', text: `${'First things first. '.repeat(10)} #` },
];
const manifest = { effect: 'write', undo: 'none', output: 'trusted', external: true } as const;

/** Enough of them, each a little different, that no answer is known from the last time. */
function toTrials(args: JsonObject): readonly Trial[] {
  return Array.from({ length: variants }, (_, index) => {
    const varied = Object.entries(args).map(([key, value]): [string, Json] => {
      return [key, typeof value === 'string' ? value.replace('#', String(index)) : value];
    });
    return toMailTrial(Object.fromEntries(varied));
  });
}

function toMailTrial(args: JsonObject): Trial {
  const destinations = ['to', 'account'];
  const call = { tool: 'mail_send', args: { ...args }, manifest: { ...manifest, destinations } };
  return toTrial({ call }, {});
}

/** Pages of made-up words with an address here and there; always the same. */
function session(): SessionMemory {
  const memory = createSessionMemory();
  memory.observe({ role: 'user', text: 'Mail the minutes to ann@home.example, 120.50 EUR' });
  memory.taint(['untrusted']);
  let seed = 1;
  for (let chars = 0; chars < sessionChars;) {
    const words = Array.from({ length: 400 }, (_, index) => {
      seed = (seed * 48_271) % 2_147_483_647;
      const word = (seed % 60_000_000).toString(36);
      return index % 40 === 17 ? `word${index}@host${index}.example` : word;
    });
    const result = words.join(' ');
    chars += result.length;
    memory.recordResult({ origin: 'untrusted', tool: 'web.fetch', text: result });
  }
  return memory;
}

function pick(trials: readonly Trial[], index: number): Trial {
  const trial = trials[index % trials.length];
  if (trial === undefined) throw new Error('there are no calls to measure');
  return trial;
}
