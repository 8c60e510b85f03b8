import type { Model, ModelRequest } from '../../src/core/model/model-port.ts';
import { round, toFigure, type Figure, type Suite } from '../figure.ts';
import { openBenchJudge, toQuestion } from '../judge-world.ts';
import { sampleInTurns } from '../sample.ts';
import { median } from '../statistics.ts';

const overheadMicros = 150;
const hitMicros = 20;

/** What a judgement costs beside the model: evidence, prompt, fences, strict reading, derivation, settling. */
export const judge: Suite = {
  figures: ['judge'],
  isShort: true,
  async measure({ short }): Promise<readonly Figure[]> {
    const rounds = short ? 100 : 1000;
    const how = { model: instant, deadlineMs: 8000 };
    const fresh = openBenchJudge({ ...how, cacheMs: 0 });
    const kept = openBenchJudge({ ...how, cacheMs: 3_600_000 });
    const questions = Array.from({ length: 64 }, (_, at) => toQuestion(at));
    const [first] = questions;
    if (first === undefined) return [];
    await kept.judge(first);
    let next = 0;
    const samplesOf = await sampleInTurns(
      {
        async overhead(times) {
          for (let i = 0; i < times; i += 1) {
            next = (next + 1) % questions.length;
            await fresh.judge(questions[next] ?? first);
          }
        },
        async hit(times) {
          for (let i = 0; i < times; i += 1) await kept.judge(first);
        },
      },
      { rounds, warmUpMs: short ? 300 : 1500 },
    );
    const overhead = samplesOf('overhead');
    const hit = samplesOf('hit');
    return [
      toFigure('judge.overhead', 'us', overhead, {
        bar: `p50 under ${overheadMicros} µs with 4 KB of arguments`,
        met: round(median(overhead)) < overheadMicros,
      }),
      toFigure('judge.cache-hit', 'us', hit, {
        bar: `p50 under ${hitMicros} µs`,
        met: round(median(hit)) < hitMicros,
      }),
    ];
  },
};

const words = `"schema":1,"observations":[],"riskLevel":"low","userAuthorization":"high","intentMatch":"match",
"policyAlignment":"complies","contextFit":"fits","injectionEvidence":[],"ruleRefs":[],"outcome":"allow","rationale":"asked"`;

/** Answers at once, so that what is measured is ours. */
const instant: Model = {
  name: 'instant',
  async ask(request) {
    const [, nonce = '', fingerprint = ''] =
      /"nonce":"(\w+)","fingerprint":"(\w+)"/.exec(lastText(request)) ?? [];
    const text = `{"nonce":"${nonce}","fingerprint":"${fingerprint}",${words}}`;
    return { text, usage: undefined, probability: 0.99 };
  },
  check: async () => undefined,
  close: async () => undefined,
};

function lastText({ messages }: ModelRequest): string {
  return messages.at(-1)?.text ?? '';
}
