import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, sha256Hex } from '../../../src/core/model/seal-json.ts';
import type { JsonObject } from '../../../src/core/model/json.ts';
import type { Model, ModelAnswer, ModelRequest } from '../../../src/core/model/model-port.ts';
import type { PromptSet } from '../../../src/core/model/prompt.ts';
import type { Manifest } from '../../../src/core/model/tool.ts';
import { createDenialBreaker } from '../../../src/core/supervisors/judge/denials.ts';
import { createCalibration, type Curve } from '../../../src/core/supervisors/judge/calibration.ts';
import { createJudge, type JudgeOptions } from '../../../src/core/supervisors/judge/judge.ts';
import type { JudgeQuestion } from '../../../src/core/supervisors/judge/judgement.ts';
import { loadPrompts } from '../../../src/files/prompt-set.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/stores/memory/virtual-clock.ts';
import { createRandomIds } from '../../../src/stores/system/ids.ts';
import { makeCall, type CallParts } from '../rules/rule-calls.ts';

const folder = join(import.meta.dirname, '../../../prompts');

/** The prompts that ship. */
export const prompts: PromptSet = loadShipped();

function loadShipped(): PromptSet {
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
  const texts = names.map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  const loaded = loadPrompts(texts);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.set;
}

/** The facts of the call, as a model that does as it is told reads them. */
export function readFacts(request: ModelRequest): JsonObject {
  const text = request.messages.map((message) => message.text).join('\n');
  const line = text.split('\n').find((each) => each.startsWith('{"nonce"')) ?? '{}';
  return JSON.parse(line);
}

export const fineWords = {
  schema: 1,
  observations: [],
  riskLevel: 'low',
  userAuthorization: 'high',
  intentMatch: 'match',
  policyAlignment: 'complies',
  contextFit: 'fits',
  injectionEvidence: [],
  ruleRefs: [],
  outcome: 'allow',
  rationale: 'as asked',
};

/** What a model that keeps to its form writes. */
export function write(request: ModelRequest, change: object = {}): string {
  const { nonce, fingerprint } = readFacts(request);
  return JSON.stringify({ ...fineWords, nonce, fingerprint, ...change });
}

export function said(text: string, probability = 0.99): ModelAnswer {
  return { text, usage: { inputTokens: 1000, outputTokens: 100 }, probability };
}

export type Script = (request: ModelRequest, turn: number) => Promise<ModelAnswer>;

/** A driver of the Model port that plays a script, and counts. */
export function scripted(
  name: string,
  script: Script,
): Model & { readonly requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  return {
    name,
    requests,
    ask(request) {
      requests.push(request);
      return script(request, requests.length);
    },
    check: async () => undefined,
    close: async () => undefined,
  };
}

export const agreeable: Script = async (request) => said(write(request));

/** Curves that trust these models as much as they trust themselves. */
export function trustIn(...models: readonly string[]): readonly Curve[] {
  const points = Array.from({ length: 100 }, (_, at) => ({
    score: (at + 1) / 100,
    right: (at + 1) / 100,
  }));
  const names = ['judge-stage-1', 'judge-stage-2', 'judge-second-opinion'];
  return models.flatMap((model) =>
    names.flatMap((name) =>
      (['low', 'medium', 'high'] as const).flatMap((tier) =>
        (['allow', 'review', 'deny'] as const).map((verdict) => ({
          model,
          prompt: prompts.find(name).hash,
          samples: 1,
          tier,
          verdict,
          labels: 1000,
          points,
        })),
      ),
    ),
  );
}

export const readTool: Manifest = { effect: 'read', undo: 'full', output: 'trusted' };
export const writeTool: Manifest = { effect: 'write', undo: 'partial' };
export const payTool: Manifest = { effect: 'write', undo: 'none', external: true };

export function ask(
  parts: CallParts & Partial<Pick<JudgeQuestion, 'rulesVersion'>> = {},
): JudgeQuestion {
  const { rulesVersion = 'v1', ...rest } = parts;
  const { call, facts } = makeCall({ manifest: readTool, ...rest });
  const { tool, action, args, seat } = call;
  const definition = `${tool} ${JSON.stringify(facts.tool.manifest)}`;
  const fingerprint = sha256Hex(
    canonicalJson([tool, action, definition, args, seat.agent.id, seat.session.id]),
  );
  const signal = new AbortController().signal;
  return {
    call: { ...call, definition, fingerprint },
    facts: { ...facts, signal, history: [], soFar: undefined },
    rulesVersion,
    rules: [],
  };
}

export interface World {
  readonly clock: VirtualClock;
  readonly judge: ReturnType<typeof createJudge>;
  readonly events: { readonly name: string; readonly event: JsonObject }[];
}

export function judgeWorld(
  script: Script | Model,
  change: Partial<JudgeOptions> = {},
): World & { readonly model: Model & { readonly requests?: ModelRequest[] } } {
  const clock = createVirtualClock(Date.UTC(2026, 10, 23, 10));
  const events: World['events'][number][] = [];
  const model = typeof script === 'function' ? scripted('strong', script) : script;
  const how = { deadlineMs: 8000, maxOutputTokens: 1000 };
  const judge = createJudge({
    prompts: () => prompts,
    policy: () => 'Be careful.',
    stage2: { model, ...how },
    threshold: 0.8,
    calibration: () => createCalibration(trustIn('strong', 'small', 'other')),
    denials: createDenialBreaker(),
    cacheMs: 60_000,
    clock,
    ids: createRandomIds(),
    emit: (name, event) => void events.push({ name, event }),
    ...change,
  });
  return { clock, judge, events, model };
}
