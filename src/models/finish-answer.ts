import { SupervisionError } from '../core/model/errors.ts';
import { maxAnswerChars, type ModelAnswer, type ModelRequest } from '../core/model/model-port.ts';
import type { Said } from './openai-answer.ts';
import { probabilityOf } from './token-probability.ts';

/** The answer for the port, or `MODEL_INVALID` where there is no text or too much of it. */
export function finishAnswer(
  { text, usage, tokens }: Said,
  { probabilityOf: key }: Pick<ModelRequest, 'probabilityOf'>,
  name: string,
): ModelAnswer {
  if (text === '') throw new SupervisionError('MODEL_INVALID', `model \`${name}\` gave no text`);
  if (text.length > maxAnswerChars) throw tooLarge(name);
  const probability =
    key === undefined || tokens === undefined ? undefined : probabilityOf(key, text, tokens);
  return { text, usage, probability };
}

export function tooLarge(name: string): SupervisionError {
  const what = `gave more than ${maxAnswerChars} characters, or no text at all`;
  return new SupervisionError('MODEL_INVALID', `model \`${name}\` ${what}`);
}
