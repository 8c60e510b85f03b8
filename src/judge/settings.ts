import { SupervisionError } from '../core/model/errors.ts';
import type { Model } from '../core/model/model-port.ts';
import type { CanaryCase } from '../core/supervisors/judge/canary.ts';
import type { BudgetOptions, Price } from '../core/supervisors/judge/budget.ts';
import { findWrongChoice } from './check-choices.ts';

/** A model that judges tool calls, and how it is asked. */
export interface JudgeSettings {
  /** `hybrid`: inside the spans of rules. `llm`: every call that no rule denies, and only to tighten. Default `hybrid`. */
  readonly supervisor?: 'hybrid' | 'llm';
  /** The strong model. */
  readonly model: Model;
  /** A small one for a quick look before; left out: every call goes to the strong one. */
  readonly stage1Model?: Model;
  /** A second judge, with another prompt, where much is at stake: both must allow. */
  readonly secondOpinionModel?: Model;
  /** The operator's own words on what agents may do. */
  readonly policy?: string;
  /** Tools, or `tool.action`, of which at least so much is at stake, whatever their manifests say. */
  readonly atLeast?: { readonly medium?: readonly string[]; readonly high?: readonly string[] };
  /** A file with them instead; read again whenever it changes. */
  readonly policyFile?: string;
  /** What `ringfence judge-bench --calibrate` wrote. Without it nothing is allowed on the model's word. */
  readonly calibrationFile?: string;
  /** 0..1, default 0.8: calibrated confidence below which a person is asked. */
  readonly confidenceThreshold?: number;
  /** What becomes of a call when the model fails: default `review`. */
  readonly onUnavailable?: 'review' | 'deny';
  /** Default 1,500 milliseconds. */
  readonly stage1Ms?: number;
  /** Default 8,000 milliseconds. */
  readonly stage2Ms?: number;
  /** Of an answer: default 1,500 tokens. */
  readonly maxOutputTokens?: number;
  /** 1 to 15, default 1: questions in all, where the provider gives no token probability. */
  readonly samples?: number;
  /** By the name of the model: millionths of a currency for a million tokens. */
  readonly prices?: { readonly [model: string]: Price };
  readonly budget?: Partial<BudgetOptions>;
  /** Default false: a few sentences by a model (`stage1Model`, else `model`) for whoever is asked to approve. */
  readonly summaries?: boolean;
  /** How long an answer may be used again: default 60,000 milliseconds; 0: never. */
  readonly cacheMs?: number;
  /** Calls that must be refused, put to the judge now and then ({@link CanarySettings}). */
  readonly canaries?: CanarySettings;
  /** A folder whose prompts take the place of shipped ones of the same name. */
  readonly prompts?: string;
}

/** Calls that must be refused, put to the judge now and then. */
export interface CanarySettings {
  /** The most judgements between two of them: default 200, up to 1,000,000; 0: never. */
  readonly every?: number;
  /** How many must be refused in a row before a judge that allowed one is trusted again: 1 to 100, default 3. */
  readonly recover?: number;
  /** In the place of those that ship. */
  readonly cases?: readonly CanaryCase[];
}

/** The settings with their defaults. */
export type JudgeTimes = Required<
  Pick<
    JudgeSettings,
    | 'confidenceThreshold'
    | 'onUnavailable'
    | 'stage1Ms'
    | 'stage2Ms'
    | 'maxOutputTokens'
    | 'samples'
    | 'cacheMs'
  >
>;

const defaults: JudgeTimes = {
  confidenceThreshold: 0.8,
  onUnavailable: 'review',
  stage1Ms: 1500,
  stage2Ms: 8000,
  maxOutputTokens: 1500,
  samples: 1,
  cacheMs: 60_000,
};

/** Throws `CONFIG_INVALID` for what is no setting, and where the stages do not fit into the time for deciding. */
export function checkJudge(settings: JudgeSettings, decideTimeoutMs: number): JudgeTimes {
  const wrong = findWrongChoice(settings);
  if (wrong !== undefined) throw invalid(wrong);
  const given: Partial<JudgeTimes> = Object.fromEntries(
    Object.entries(settings).filter(([key, value]) => key in defaults && value !== undefined),
  );
  const times = { ...defaults, ...given };
  check('confidenceThreshold', times.confidenceThreshold, 0, 1);
  check('stage1Ms', times.stage1Ms, 1, 600_000);
  check('stage2Ms', times.stage2Ms, 1, 600_000);
  checkWhole('maxOutputTokens', times.maxOutputTokens, 1, 1_000_000);
  checkWhole('samples', times.samples, 1, 15);
  check('cacheMs', times.cacheMs, 0, 86_400_000);
  const stages = (settings.stage1Model === undefined ? 0 : times.stage1Ms) + times.stage2Ms;
  if (stages >= decideTimeoutMs) {
    throw invalid(
      `the stages of the judge take up to ${stages} ms, and all supervisors have ${decideTimeoutMs} ms; raise \`decideTimeoutMs\` or shorten the stages`,
    );
  }
  return times;
}

/** In the order they are asked. */
export function modelsOf(settings: JudgeSettings): readonly Model[] {
  const { stage1Model, model, secondOpinionModel } = settings;
  return [stage1Model, model, secondOpinionModel].filter((each) => each !== undefined);
}

/** Throws `CONFIG_INVALID` for a model without a price: it would cost nothing, and money would bound nothing. */
export function checkPrices(settings: JudgeSettings): void {
  const { prices = {} } = settings;
  const missing = modelsOf(settings).find(({ name }) => !Object.hasOwn(prices, name));
  if (missing === undefined) return;
  throw invalid(
    `\`judge.budget.micros\` bounds money, and \`judge.prices\` has none for \`${missing.name}\`; add it`,
  );
}

function check(name: string, value: number, min: number, max: number): void {
  if (Number.isFinite(value) && value >= min && value <= max) return;
  throw invalid(`\`judge.${name}\`: expected a number from ${min} to ${max}`);
}

/** Throws `CONFIG_INVALID`. */
export function checkWhole(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalid(`\`judge.${name}\`: expected a whole number from ${min} to ${max}`);
}

export function invalid(message: string): SupervisionError {
  return new SupervisionError('CONFIG_INVALID', message);
}
