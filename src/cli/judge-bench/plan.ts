import type { Model } from '../../core/model/model-port.ts';
import type { PromptSet } from '../../core/model/prompt.ts';
import type { Curve } from '../../core/supervisors/judge/calibration.ts';
import { findPackageFile } from '../../files/package-file.ts';
import { openPromptManager } from '../../files/prompt-manager.ts';
import { readSteady } from '../../files/read-steady.ts';
import { parseCalibration, parsePolicy } from '../../judge/operator-files.ts';
import { checkJudge, type JudgeSettings } from '../../judge/settings.ts';
import { toStages } from '../../judge/stages.ts';
import { systemClock } from '../../stores/system/clock.ts';
import type { Prices } from './meter.ts';

/** Which models judge. */
export interface JudgeNames {
  readonly model: string;
  readonly stage1Model?: string;
  readonly secondOpinionModel?: string;
}

/** How the bench asks; paths are absolute. */
export type PlanSettings = Omit<
  JudgeSettings,
  'model' | 'stage1Model' | 'secondOpinionModel' | 'policy' | 'supervisor'
>;

/** A judge with everything but its models, which each question opens anew. */
export interface JudgePlan {
  stages(open: (name: string) => Model): ReturnType<typeof toStages>;
  /** Each once. */
  readonly models: readonly string[];
  readonly prompts: PromptSet;
  readonly policy: string;
  readonly curves: readonly Curve[];
  readonly threshold: number;
  readonly samples: number;
  readonly prices: Prices;
}

const maxBytes = 4 * 1_048_576;

/** Reads prompts, policy and calibration; throws what is wrong with them. */
export async function openPlan(names: JudgeNames, settings: PlanSettings): Promise<JudgePlan> {
  const { policyFile, calibrationFile, prompts: overrides, prices = {} } = settings;
  const { model, stage1Model, secondOpinionModel } = names;
  const withModels = (open: (name: string) => Model): JudgeSettings => ({
    ...settings,
    model: open(model),
    ...(stage1Model === undefined ? {} : { stage1Model: open(stage1Model) }),
    ...(secondOpinionModel === undefined ? {} : { secondOpinionModel: open(secondOpinionModel) }),
  });
  // nobody waits for a bench: no bound on all stages together
  const times = checkJudge(withModels(nobody), Number.POSITIVE_INFINITY);
  const manager = await openPromptManager({
    shipped: findPackageFile('prompts'),
    clock: systemClock,
    ...(overrides === undefined ? {} : { overrides }),
  });
  const calibration = await read(calibrationFile);
  const policy = await read(policyFile);
  return {
    stages: (open) => toStages(withModels(open), times),
    models: [...new Set([model, stage1Model, secondOpinionModel])].filter(
      (name) => name !== undefined,
    ),
    prompts: manager.current(),
    policy: policy === undefined ? '' : parsePolicy(policyFile ?? '', policy),
    curves: calibration === undefined ? [] : parseCalibration(calibrationFile ?? '', calibration),
    threshold: times.confidenceThreshold,
    samples: times.samples,
    prices,
  };
}

/** Stands for a model until a question is asked. */
function nobody(name: string): Model {
  const none = () => Promise.reject(new TypeError('nobody is asked yet'));
  return { name, ask: none, check: none, close: async () => undefined };
}

async function read(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  return readSteady(path, { maxBytes, invalid: 'CONFIG_INVALID', unsafe: 'CONFIG_INVALID' });
}
