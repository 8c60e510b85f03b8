import type { JudgeConfig } from '../files/judge-config.ts';
import type { OpenAIModelOptions } from '../models/openai-options.ts';
import { openaiModel } from '../models/openai.ts';
import type { JudgeSettings } from './settings.ts';

/** How the models of a configuration are asked, for `openaiModel`. */
export function openaiOptions(
  {
    baseUrl,
    api,
    temperature,
    logprobs,
  }: Pick<JudgeConfig, 'baseUrl' | 'api' | 'temperature' | 'logprobs'>,
  samples = 1,
): Omit<OpenAIModelOptions, 'model'> {
  return {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(api === undefined ? {} : { api }),
    // samples must differ: no question of theirs brings a temperature, so none needs to be taken
    temperature: temperature !== false && samples === 1,
    logprobs: logprobs !== false,
  };
}

/** The judging model that a configuration file names; the key of its provider comes from the environment. */
export function judgeFromConfig(config: JudgeConfig): JudgeSettings {
  const { supervisor, model, stage1Model, secondOpinionModel, settings } = config;
  const open = (name: string) =>
    openaiModel({
      model: name,
      ...openaiOptions(config, settings.samples),
    });
  return {
    supervisor,
    model: open(model),
    ...(stage1Model === undefined ? {} : { stage1Model: open(stage1Model) }),
    ...(secondOpinionModel === undefined ? {} : { secondOpinionModel: open(secondOpinionModel) }),
    ...settings,
  };
}
