import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../src/core/model/canonical-json.ts';
import type { Model } from '../src/core/model/model-port.ts';
import { sha256Hex } from '../src/core/model/sha256.ts';
import { createDenialBreaker } from '../src/core/supervisors/judge/denials.ts';
import { createCalibration } from '../src/core/supervisors/judge/calibration.ts';
import { createJudge } from '../src/core/supervisors/judge/judge.ts';
import type { Judge, JudgeQuestion } from '../src/core/supervisors/judge/judgement.ts';
import { loadPrompts } from '../src/files/prompt-set.ts';
import { systemClock } from '../src/stores/system/clock.ts';
import { createRandomIds } from '../src/stores/system/ids.ts';
import { generatedCalls } from './generated-calls.ts';

const argumentBytes = 4096;

/** A judge with the prompts that ship. */
export function openBenchJudge({
  model,
  deadlineMs,
  cacheMs,
}: {
  readonly model: Model;
  readonly deadlineMs: number;
  readonly cacheMs: number;
}): Judge {
  const prompts = loadShipped();
  return createJudge({
    prompts: () => prompts,
    policy: () => 'Refunds go to the customer who asked.',
    stage2: { model, deadlineMs, maxOutputTokens: 1000 },
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
  const folder = join(import.meta.dirname, '../prompts');
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
  const loaded = loadPrompts(
    names.map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') })),
  );
  if (!loaded.ok) throw new Error('the prompts that ship do not load');
  return loaded.set;
}

/** A call with 4 KB of arguments; another one for each number. */
export function toQuestion(at: number): JudgeQuestion {
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
