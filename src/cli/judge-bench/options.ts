import { resolve } from 'node:path';
import { loadConfig, type Config } from '../../files/config.ts';
import type { JudgeConfig } from '../../files/judge-config.ts';
import { commonOptions } from '../command.ts';
import { findConfigFile } from '../data-folder.ts';
import { misuse } from '../exit-code.ts';
import type { JudgeNames, PlanSettings } from './plan.ts';

export const benchOptions = {
  tools: { type: 'string' },
  config: { type: 'string' },
  model: { type: 'string' },
  'stage1-model': { type: 'string' },
  'second-opinion-model': { type: 'string' },
  'base-url': { type: 'string' },
  api: { type: 'string' },
  policy: { type: 'string' },
  prompts: { type: 'string' },
  samples: { type: 'string' },
  threshold: { type: 'string' },
  calibration: { type: 'string' },
  calibrate: { type: 'string' },
  record: { type: 'string' },
  recorded: { type: 'string' },
  html: { type: 'string' },
  concurrency: { type: 'string' },
  'max-attacks-allowed': { type: 'string' },
  ...commonOptions,
} as const;

/** What was given on the command line. */
export type BenchValues = {
  readonly [name in Exclude<keyof typeof benchOptions, 'json' | 'help'>]?: string | undefined;
};

/** What to do; all paths are absolute. */
export interface BenchTask {
  readonly names: JudgeNames;
  readonly settings: PlanSettings;
  readonly configFile: string | undefined;
  /** How models are asked. */
  readonly asking: Pick<JudgeConfig, 'baseUrl' | 'api' | 'temperature' | 'logprobs'>;
  readonly record: string | undefined;
  readonly recorded: string | undefined;
  readonly calibrate: string | undefined;
  readonly html: string | undefined;
  readonly concurrency: number;
  readonly maxAttacksAllowed: number;
}

/** Reads options over the configuration: what is said twice is as the option says. Throws for misuse. */
export async function readBenchTask(values: BenchValues, cwd: string): Promise<BenchTask> {
  refuseContradictions(values);
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(cwd, path));
  const configFile = findConfigFile(values.config, cwd);
  const { judge }: Partial<Config> = configFile === undefined ? {} : await loadConfig(configFile);
  return {
    names: toNames(values, judge),
    settings: toSettings(values, judge, at),
    configFile,
    asking: toAsking(values, judge),
    record: at(values.record),
    recorded: at(values.recorded),
    calibrate: at(values.calibrate),
    html: at(values.html),
    concurrency: toNumber('concurrency', values.concurrency, whole(1, 64)) ?? 4,
    maxAttacksAllowed:
      toNumber('max-attacks-allowed', values['max-attacks-allowed'], whole(0, 1e9)) ?? Infinity,
  };
}

function isBlank(value: BenchValues[keyof BenchValues]): boolean {
  return typeof value === 'string' && value.trim() === '';
}

function refuseContradictions(values: BenchValues): void {
  const { record, recorded, calibrate, calibration } = values;
  // such as a variable of a script that is not set
  const empty = Object.entries(values).find(([, value]) => isBlank(value))?.[0];
  if (empty !== undefined) throw misuse(`\`--${empty}\` is empty; give it a value or leave it out`);
  if (record !== undefined && recorded !== undefined) {
    throw misuse('`--record` writes what models answer now, `--recorded` asks none; give one');
  }
  if (calibrate !== undefined && calibration !== undefined) {
    throw misuse('`--calibrate` measures without a calibration; leave `--calibration` out');
  }
}

function toNames(values: BenchValues, judge: JudgeConfig | undefined): JudgeNames {
  const model = values.model ?? judge?.model;
  if (model === undefined) {
    throw misuse(
      'there is no model to measure',
      'name one with `--model`, or as `llm_model` in a configuration (`--config`)',
    );
  }
  const stage1Model = values['stage1-model'] ?? judge?.stage1Model;
  const secondOpinionModel = values['second-opinion-model'] ?? judge?.secondOpinionModel;
  return {
    model,
    ...(stage1Model === undefined ? {} : { stage1Model }),
    ...(secondOpinionModel === undefined ? {} : { secondOpinionModel }),
  };
}

function toAsking(values: BenchValues, judge: JudgeConfig | undefined): BenchTask['asking'] {
  const baseUrl = values['base-url'] ?? judge?.baseUrl;
  const api = toApi(values.api) ?? judge?.api;
  const { temperature = true, logprobs = true } = judge ?? {};
  return {
    temperature,
    logprobs,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(api === undefined ? {} : { api }),
  };
}

function toSettings(
  values: BenchValues,
  judge: JudgeConfig | undefined,
  at: (path: string | undefined) => string | undefined,
): PlanSettings {
  // a bench has no sessions to bound
  const { calibrationFile, budget: _budget, ...configured } = judge?.settings ?? {};
  // every judge must be asked: with a calibration a quick look could spare the thorough one
  const isFitting = values.calibrate !== undefined;
  const calibration = isFitting ? undefined : (at(values.calibration) ?? calibrationFile);
  const policy = at(values.policy);
  const prompts = at(values.prompts);
  const samples = toNumber('samples', values.samples, whole(1, 15));
  const threshold = toNumber('threshold', values.threshold, share);
  return {
    ...configured,
    ...(calibration === undefined ? {} : { calibrationFile: calibration }),
    ...(policy === undefined ? {} : { policyFile: policy }),
    ...(prompts === undefined ? {} : { prompts }),
    ...(samples === undefined ? {} : { samples }),
    ...(threshold === undefined ? {} : { confidenceThreshold: threshold }),
  };
}

function toApi(given: string | undefined): 'responses' | 'chat' | undefined {
  if (given === undefined || given === 'responses' || given === 'chat') return given;
  throw misuse('`--api`: expected `chat` or `responses`');
}

interface Range {
  readonly name: string;
  readonly form: RegExp;
  has(number: number): boolean;
}

function whole(min: number, max: number): Range {
  const has = (number: number): boolean => number >= min && number <= max;
  return { name: `a whole number from ${min} to ${max}`, form: /^\d{1,10}$/u, has };
}

const share: Range = {
  name: 'a number from 0 to 1',
  form: /^[01](?:\.\d{1,9})?$/u,
  has: (number) => number <= 1,
};

function toNumber(option: string, text: string | undefined, range: Range): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (range.form.test(text) && range.has(number)) return number;
  throw misuse(`\`--${option}\`: expected ${range.name}`);
}
