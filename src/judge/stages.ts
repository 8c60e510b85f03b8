import { namedCalls } from '../core/model/named-calls.ts';
import type { JudgeOptions } from '../core/supervisors/judge/judge.ts';
import type { JudgeSettings, JudgeTimes } from './settings.ts';

/** The judges that settings name, each with how it is asked; throws `NAME_INVALID` for tools that cannot be. */
export function toStages(
  settings: JudgeSettings,
  times: JudgeTimes,
): Pick<JudgeOptions, 'stage1' | 'stage2' | 'secondOpinion' | 'atLeast'> {
  const { model, stage1Model, secondOpinionModel, prices = {}, atLeast = {} } = settings;
  const { medium = [], high = [] } = atLeast;
  const stage = (one: JudgeSettings['model'], deadlineMs: number) => {
    const price = Object.hasOwn(prices, one.name) ? prices[one.name] : undefined;
    return {
      model: one,
      deadlineMs,
      maxOutputTokens: times.maxOutputTokens,
      samples: times.samples,
      ...(price === undefined ? {} : { price }),
    };
  };
  return {
    stage2: stage(model, times.stage2Ms),
    atLeast: { medium: namedCalls(medium), high: namedCalls(high) },
    ...(stage1Model === undefined ? {} : { stage1: stage(stage1Model, times.stage1Ms) }),
    ...(secondOpinionModel === undefined
      ? {}
      : { secondOpinion: stage(secondOpinionModel, times.stage2Ms) }),
  };
}
