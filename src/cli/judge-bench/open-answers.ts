import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { Model } from '../../core/model/model-port.ts';
import { openaiOptions } from '../../judge/from-config.ts';
import { openaiModel } from '../../models/openai.ts';
import type { CliIo } from '../io.ts';
import { readable } from '../trace-tools.ts';
import { liveAnswers, recordedAnswers, type Answers } from './answers.ts';
import type { BenchTask } from './options.ts';
import { readRecording } from './recording.ts';

const checkMs = 10_000;

/** The recording, or the models themselves, which are asked first whether they are there. */
export async function openAnswers(
  { recorded, asking, settings }: BenchTask,
  names: readonly string[],
  { env, signal }: CliIo,
): Promise<Answers> {
  if (recorded !== undefined) {
    await readable(recorded, () => access(recorded, constants.R_OK));
    return recordedAnswers(await readRecording(recorded));
  }
  const baseUrl = asking.baseUrl ?? given(env['OPENAI_BASE_URL']);
  const apiKey = given(env['OPENAI_API_KEY']);
  const open = (model: string): Model =>
    openaiModel({
      model,
      ...openaiOptions(asking, settings.samples),
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(apiKey === undefined ? {} : { apiKey }),
    });
  const models = names.map(open);
  // a wrong key or name is said once, and not by every question
  for (const model of models) await model.check(AbortSignal.timeout(checkMs));
  return liveAnswers(new Map(models.map((model) => [model.name, model])), signal);
}

function given(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
