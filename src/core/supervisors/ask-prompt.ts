import type { z } from 'zod';
import { SupervisionError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { Model, ModelAnswer, ModelMessage } from '../model/model-port.ts';
import type { Prompt } from '../model/prompt.ts';
import type { Clock, Ids } from '../model/ports.ts';
import { askModel, type Deadline } from './judge/ask-model.ts';
import type { JudgeFault } from './judge/judgement.ts';
import { readForm } from './read-form.ts';

export interface PromptQuestion<T extends z.ZodObject> {
  readonly model: Model;
  readonly prompt: Prompt;
  readonly values: { readonly [input: string]: Json };
  readonly form: T;
  /** Of the form, for the provider: 1 to 64 characters of a-z, 0-9 and `_`. */
  readonly formName: string;
  readonly maxOutputTokens: number;
  /** Milliseconds: 1 or more. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  readonly again?: Deadline['again'];
}

export type Filled<T> =
  | { readonly ok: true; readonly value: T; readonly usage: ModelAnswer['usage'] }
  | {
      readonly ok: false;
      readonly fault: JudgeFault;
      readonly detail: string;
      readonly usage?: ModelAnswer['usage'];
    };

/** Fills in a prompt, asks, and reads the answer strictly. Never rejects, and never outlasts its deadline. */
export async function askPrompt<T extends z.ZodObject>(
  question: PromptQuestion<T>,
  { clock, ids }: { readonly clock: Clock; readonly ids: Ids },
): Promise<Filled<z.output<T>>> {
  const messages = render(question, ids);
  if ('detail' in messages) return { ok: false, fault: 'invalid', detail: messages.detail };
  const { model, form, formName, maxOutputTokens, deadlineMs: ms, signal, again } = question;
  const asked = await askModel(
    model,
    { messages, schema: form, schemaName: formName, maxOutputTokens, temperature: 0 },
    { clock, ms, again, ...(signal === undefined ? {} : { signal }) },
  );
  if (!asked.ok) return asked;
  const { text, usage } = asked.answer;
  const read = readForm(form, text);
  return read.ok
    ? { ok: true, value: read.value, usage }
    : { ok: false, fault: 'invalid', detail: read.detail, usage };
}

function render(
  { prompt, values }: Pick<PromptQuestion<z.ZodObject>, 'prompt' | 'values'>,
  ids: Ids,
): readonly ModelMessage[] | { readonly detail: string } {
  try {
    return prompt.render(values, ids.id());
  } catch (error) {
    // an input that does not fit, or a boundary that was guessed
    if (error instanceof SupervisionError) return { detail: error.message };
    throw error;
  }
}
