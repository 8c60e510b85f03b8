import type { JudgeConfig } from '../files/judge-config.ts';
import { openaiModel } from '../models/openai.ts';
import type { JudgeSettings } from './settings.ts';

/** The judging model that a configuration file names; the key of its provider comes from the environment. */
export function judgeFromConfig(config: JudgeConfig): JudgeSettings {
  const { supervisor, model, stage1Model, secondOpinionModel, baseUrl, api, settings } = config;
  const open = (name: string) =>
    openaiModel({
      model: name,
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(api === undefined ? {} : { api }),
    });
  return {
    supervisor,
    model: open(model),
    ...(stage1Model === undefined ? {} : { stage1Model: open(stage1Model) }),
    ...(secondOpinionModel === undefined ? {} : { secondOpinionModel: open(secondOpinionModel) }),
    ...settings,
  };
}
