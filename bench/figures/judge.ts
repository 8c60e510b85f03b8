import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../src/core/model/canonical-json.ts';
import type { Model, ModelRequest } from '../../src/core/model/model-port.ts';
import { sha256Hex } from '../../src/core/model/sha256.ts';
import { createDenialBreaker } from '../../src/core/supervisors/judge/breaker.ts';
import { createCalibration } from '../../src/core/supervisors/judge/calibration.ts';
import { createJudge } from '../../src/core/supervisors/judge/judge.ts';
import type { JudgeQuestion } from '../../src/core/supervisors/judge/judgement.ts';
import { loadPrompts } from '../../src/files/prompt-set.ts';
import { systemClock } from '../../src/stores/system/clock.ts';
import { createRandomIds } from '../../src/stores/system/ids.ts';
import { round, toFigure, type Figure, type Suite } from '../figure.ts';
import { generatedCalls } from '../generated-calls.ts';
import { sampleInTurns } from '../sample.ts';
import { median } from '../statistics.ts';

const overheadMicros = 150;
const hitMicros = 20;
const argumentBytes = 4096;

/** What a judgement costs beside the model: evidence, prompt, fences, strict reading, derivation, settling. */
export const judge: Suite = {
  figures: ['judge'],
  isShort: true,
  async measure({ short }): Promise<readonly Figure[]> {
    const rounds = short ? 100 : 1000;
    const fresh = openJudge(0);
    const kept = openJudge(3_600_000);
    const questions = Array.from({ length: 64 }, (_, at) => makeQuestion(at));
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

function openJudge(cacheMs: number) {
  const prompts = loadShipped();
  return createJudge({
    prompts: () => prompts,
    policy: () => 'Refunds go to the customer who asked.',
    stage2: { model: instant, deadlineMs: 8000, maxOutputTokens: 1000 },
    threshold: 0.8,
    calibration: () => createCalibration([]),
    denials: createDenialBreaker(),
    cacheMs,
    clock: systemClock,
    ids: createRandomIds(),
    emit: () => undefined,
  });
}

function loadShipped() {
  const folder = join(import.meta.dirname, '../../prompts');
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
  const loaded = loadPrompts(
    names.map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') })),
  );
  if (!loaded.ok) throw new Error('the prompts that ship do not load');
  return loaded.set;
}

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

function makeQuestion(at: number): JudgeQuestion {
  const [made] = generatedCalls(10, 1);
  if (made === undefined) throw new Error('there is no call to judge');
  const { call, facts } = made;
  const line = `item ${at}: ${'x'.repeat(52)}`;
  const lines = Array.from({ length: Math.ceil(argumentBytes / 64) }, () => line);
  const args = { to: 'ann@example.com', amount: 20 + at, lines };
  const signal = new AbortController().signal;
  return {
    call: { ...call, args, fingerprint: sha256Hex(canonicalJson(args)) },
    facts: { ...facts, signal, history: [], soFar: undefined },
    rulesVersion: 'bench',
    rules: [],
  };
}
